"""Claims about the notebooks: each runs from its first cell to its last, in the order of their names."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import jupytext
import pytest

NOTEBOOKS = sorted((Path(__file__).parents[1] / "notebooks").glob("*.py"))


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("notebooks")


def test_there_are_notebooks_numbered_in_reading_order() -> None:
    assert NOTEBOOKS
    assert [int(path.name[:2]) for path in NOTEBOOKS] == list(range(1, len(NOTEBOOKS) + 1))


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_uses_nothing_private(notebook: Path) -> None:
    found = {
        name
        for node in ast.walk(ast.parse(notebook.read_text(encoding="utf-8")))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in (getattr(node, "module", None) or "", *(alias.name for alias in node.names))
    }
    assert [name for name in found if any(part.startswith("_") for part in name.split("."))] == []


def stale(notebook: Path) -> list[str]:
    """Why the executed form of a notebook is not that of its source; empty where it is."""
    executed = jupytext.read(notebook.with_suffix(".ipynb"))
    source = jupytext.read(notebook, fmt="py:percent")
    cells = [cell for cell in executed.cells if cell.cell_type == "code"]
    outputs = [output for cell in cells for output in cell.outputs]
    reasons = {
        "cells differ from the source: run make notebooks": [
            (cell.cell_type, cell.source) for cell in executed.cells
        ]
        != [(cell.cell_type, cell.source) for cell in source.cells],
        "a cell was not executed, or not in order": [cell.execution_count for cell in cells]
        != list(range(1, len(cells) + 1)),
        "a cell failed": any(output.output_type == "error" for output in outputs),
        "warnings are among the outputs": any(output.get("name") == "stderr" for output in outputs),
        "more than a megabyte": notebook.with_suffix(".ipynb").stat().st_size > 1_000_000,
    }
    return [reason for reason, holds in reasons.items() if holds]


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_executed_notebook_is_in_step_with_its_source(notebook: Path) -> None:
    assert stale(notebook) == []


def test_changed_source_makes_the_executed_notebook_stale(tmp_path: Path) -> None:
    source, copy = NOTEBOOKS[0], tmp_path / NOTEBOOKS[0].name
    copy.write_text(source.read_text(encoding="utf-8") + "\n# %%\n1 + 1\n", encoding="utf-8")
    copy.with_suffix(".ipynb").write_bytes(source.with_suffix(".ipynb").read_bytes())
    assert stale(copy) == [
        "cells differ from the source: run make notebooks",
    ]


# From tables to a fit; the rest before a release.
_EACH_TIME = ("02",)


@pytest.mark.parametrize(
    "notebook",
    [
        pytest.param(
            each,
            marks=pytest.mark.slow if each.stem.startswith(_EACH_TIME) else pytest.mark.release,
            id=each.stem,
        )
        for each in NOTEBOOKS
    ],
)
def test_notebook_runs_and_what_it_asserts_holds(notebook: Path, place: Path) -> None:
    ended = subprocess.run(
        [sys.executable, notebook],
        cwd=place,
        env={**os.environ, "MPLBACKEND": "Agg"},
        capture_output=True,
        text=True,
        timeout=1200,
    )
    assert ended.returncode == 0, ended.stderr[-3000:]

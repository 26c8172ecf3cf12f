"""Claims about `windup export`: what it writes and prints, what it refuses, and what it needs."""

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from windup.fit.cli.app import app

from ....test_words import findings
from ...analyses.exchange.some import settings_of, some_problem, some_trials


def run(*arguments: object) -> Any:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """The packaged trials are a few of them."""
    pytest.importorskip("libsbml", reason="SBML is written by python-libsbml")
    pytest.importorskip("petab.v2", reason="tables are checked by petab")
    monkeypatch.setattr("windup.fit.analyses.exchange.folder.packaged_trials", some_trials)


@pytest.mark.usefixtures("few")
def test_model_is_written_and_checked(tmp_path: Path) -> None:
    result = run("export", "turnover", "--to", tmp_path / "out", "--study", "backonja1998")
    assert result.exit_code == 0, result.stderr
    assert "libSBML and PEtab's linter find nothing." in result.stdout
    assert "4 rows are measurements" in result.stdout
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        "model.xml",
        "conditions.tsv",
        "experiments.tsv",
        "measurements.tsv",
        "observables.tsv",
        "parameters.tsv",
        "problem.yaml",
        "README.md",
    }
    assert f"Written: {tmp_path / 'out' / 'problem.yaml'}" in result.stdout


@pytest.mark.usefixtures("few")
def test_existing_folder_is_refused_without_overwrite(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "model.xml").write_text("old", encoding="utf-8")
    refused = run("export", "turnover", "--to", out)
    assert refused.exit_code == 5
    assert "Give --overwrite" in refused.stderr
    assert (out / "model.xml").read_text(encoding="utf-8") == "old"
    assert run("export", "turnover", "--to", out, "--overwrite").exit_code == 0
    assert (out / "model.xml").read_text(encoding="utf-8") != "old"


@pytest.mark.usefixtures("few")
def test_unknown_model_is_one_sentence_with_the_nearest_name(tmp_path: Path) -> None:
    result = run("export", "cascad", "--to", tmp_path / "out")
    assert result.exit_code == 2
    assert result.stderr == "'cascad' is neither a model nor a run folder. Did you mean 'cascade'?\n"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("few")
def test_folder_without_a_run_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    result = run("export", tmp_path / "empty", "--to", tmp_path / "out")
    assert result.exit_code == 5
    assert "it is no finished run" in result.stderr


@pytest.mark.usefixtures("few")
def test_nominal_values_of_a_run_are_posterior_medians_with_what_stands_against_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    problem, nominal = some_problem("time_course")
    # Three draws, of which the last is far off: their mean is another number.
    draws = {name: np.stack([value, value * 1.5, value * 40.0]) for name, value in nominal.draw.items()}
    fitted = SimpleNamespace(
        folder=tmp_path,
        problem=problem,
        trials=some_trials(),
        settings=settings_of("time_course"),
        draws=lambda _: draws,
        notices=("NOT CONVERGED: do not rely on these results.",),
    )
    monkeypatch.setattr("windup.fit.runs.fitted_run.read_run", lambda _: fitted)
    result = run("export", tmp_path, "--to", tmp_path / "out", "--study", "backonja1998")
    assert result.exit_code == 0, result.stderr
    rows = [line.split("\t") for line in (tmp_path / "out" / "parameters.tsv").read_text().splitlines()]
    values = {row[0]: row[rows[0].index("nominalValue")] for row in rows[1:]}
    for name in ("relief_time", "placebo_time", "gabapentin_half_dose"):
        assert float(values[name]) == pytest.approx(1.5 * float(nominal.draw[name]))
    page = (tmp_path / "out" / "README.md").read_text(encoding="utf-8")
    assert f"medians of the posterior of {tmp_path}" in page
    assert "\n**NOT CONVERGED: do not rely on these results.**\n" in page
    assert "NOT CONVERGED" in result.stdout


def test_without_the_libraries_the_command_ends_with_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What is None among the modules cannot be imported.
    monkeypatch.setitem(sys.modules, "libsbml", None)
    result = run("export", "turnover", "--to", tmp_path / "out")
    assert result.exit_code == 2
    assert result.stderr == ('This needs libsbml, which is not installed: pip install "windup[exchange]".\n')
    assert list(tmp_path.iterdir()) == []


def test_help_of_the_command_uses_plain_words() -> None:
    assert findings(run("export", "--help").stdout) == []

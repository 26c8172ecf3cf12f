"""Execute the notebooks and write each as ``.ipynb`` next to its source; `make notebooks` runs this.

``python docs/writers/notebooks.py`` takes all, or those whose names are given, in the order of their names.
They run in one empty folder, so that a later one reads what an earlier one wrote and nothing of this machine.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

import jupytext
import nbformat
from nbclient import NotebookClient

ROOT = Path(__file__).parents[2]
_SECONDS = 1800


def executed(source: Path, place: Path) -> nbformat.NotebookNode:
    """The notebook of a source with its outputs.

    Parameters
    ----------
    source
        File in py:percent form.
    place
        Folder that it runs in.

    Raises
    ------
    nbclient.exceptions.CellExecutionError
        When a cell fails.
    """
    notebook: nbformat.NotebookNode = jupytext.read(source, fmt="py:percent")
    client = NotebookClient(
        notebook, timeout=_SECONDS, record_timing=False, resources={"metadata": {"path": str(place)}}
    )
    client.execute()
    for number, cell in enumerate(notebook.cells):
        # Names that jupytext makes at random would change each time.
        cell.id = f"cell-{number}"
        if cell.cell_type == "code":
            # Warnings of libraries name paths of the machine that executed them.
            cell.outputs = [output for output in cell.outputs if output.get("name") != "stderr"]
    return notebook


def main() -> None:
    """Execute notebooks."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("names", nargs="*", help="such as 01_cascade_and_loops; all by default")
    names = options.parse_args().names
    with tempfile.TemporaryDirectory() as place:
        for source in sorted((ROOT / "notebooks").glob("*.py")):
            if names and source.stem not in names:
                continue
            began = time.monotonic()
            target = source.with_suffix(".ipynb")
            nbformat.write(executed(source, Path(place)), target)  # type: ignore[no-untyped-call]
            print(f"{target.relative_to(ROOT)}: {time.monotonic() - began:.0f} s", flush=True)


if __name__ == "__main__":
    main()

"""What `windup init` writes: settings with every key explained, and empty tables for your trials."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from pathlib import Path

from windup.datasets import (
    CATALOGUE_TABLES,
    TABLES,
    dictionary_markdown,
    example_catalogue_files,
    packaged_trials,
)
from windup.fit.errors import RunFolderRefused
from windup.fit.settings.template import settings_toml
from windup.fit.storage.files import disk_errors, write_file

SETTINGS_FILE = "settings.toml"
TRIALS = "trials"
EXAMPLE = "example_trials"
# Changes of which some are not used, with the reason; a contrast with its interval; means with SDs.
_EXAMPLE_STUDIES = ("simpson2010", "liu2017", "lopezjornet2009")

_README = """\
# Your trials

`{trials}/` holds tables with nothing but their headers. `{example}/` holds {studies}, \
copied from the trials that come with windup; each row names its source. They show how to write results \
down and are **no part of your data**. You can remove the folder.

1. Write a study into `{trials}/studies.csv`, its arms into `{trials}/dosing.csv`, and its results into \
`{trials}/observations.csv`, as the example does. Leave a cell empty when its value is unknown. Optional \
columns may be missing: without `used`, windup decides which rows a fit uses, by the rules below. Workbooks \
(`.xlsx`) with the sheets studies, dosing and observations can take the place of the files.
2. `windup check {trials}` shows all errors at once, with file, row, column and remedy.
3. `windup fit --settings {settings}` fits them.

## Your drug, condition or instrument

A row of a table describes it. Leave these eight tables empty, or remove them, if you need none.

| table | one row is | the example has |
| :-- | :-- | :-- |
| `drugs.csv` | a drug: unit, reference dose, usual doses | duloxetine |
| `substances.csv` | how a printed dose becomes a dose of the drug | mg, and capsules of 30 mg |
| `actions.csv` | a point of action of a drug in a model, with its prior | a row for each model |
| `conditions.csv` | a condition: central share of pain, placebo group | bladder pain syndrome |
| `placebo_groups.csv` | conditions with one placebo response, and its prior | pelvic pain |
| `instruments.csv` | a scale: its ends and its direction | SF-36 bodily pain: 0 to 100, higher is better |
| `outside_classes.csv` | treatments that no model has a mechanism for, and the prior of their relief | spa \
treatment |
| `procedures.csv` | an operation that takes the cause of pain away, and in how many the cause stays | nerve \
release at the elbow |

- A drug in mg/day needs no row in `substances.csv` if its doses are printed in mg.
- A drug needs a row in `actions.csv` for the model `cascade`. In the other models a drug without a row \
takes their usual point of action.
- A condition may name a placebo group that comes with windup; it then needs no row in `placebo_groups.csv`.
- Each number has a source. Write `expert: reason` where none is published.
- After that, the other tables may use the name: `duloxetine` in `dosing.csv`, `bladder_pain` in \
`studies.csv`, `SF36_bodily_pain` in `observations.csv`.

## What every column means

{dictionary}"""


def init(folder: Path, *, trials: bool = False) -> tuple[Path, ...]:
    """Write a file of settings into a folder, and tables to begin with if asked for.

    Parameters
    ----------
    folder
        Where to; made if it does not exist.
    trials
        Whether to write tables of trials too.

    Returns
    -------
    tuple
        The files that were written.

    Raises
    ------
    RunFolderRefused
        When one of them exists; nothing is written then.
    DiskError
        When the disk refuses; nothing is left then.
    """
    files = {folder / name: content for name, content in _files(trials=trials).items()}
    present = [str(path) for path in files if path.exists() or path.is_symlink()]
    if present:
        raise RunFolderRefused(
            f"{', '.join(present)} {'exists' if len(present) == 1 else 'exist'} already, so nothing was "
            "written. Name another folder, or remove what is there."
        )
    made: list[Path] = []
    try:
        with disk_errors(f"writing to {folder}"):
            for path, content in files.items():
                made += _with_parents(path)
                write_file(path, content)
                made.append(path)
    except BaseException:
        for path in reversed(made):
            path.rmdir() if path.is_dir() else path.unlink(missing_ok=True)
        raise
    return tuple(files)


def _with_parents(path: Path) -> list[Path]:
    """Make the folders of a file; those that were not there."""
    missing = [parent for parent in reversed(path.parents) if not parent.exists()]
    path.parent.mkdir(parents=True, exist_ok=True)
    return missing


def _files(*, trials: bool) -> Mapping[str, str]:
    if not trials:
        return {SETTINGS_FILE: settings_toml(SETTINGS_FILE)}
    files = {SETTINGS_FILE: settings_toml(SETTINGS_FILE, data=TRIALS, out="runs/mine")}
    for name, content in packaged_trials().files.items():
        header, *rows = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True)
        study = header.index("study_id")
        files[f"{TRIALS}/{name}"] = _csv([[column.name for column in TABLES[name]]])
        files[f"{EXAMPLE}/{name}"] = _csv([header, *(row for row in rows if row[study] in _EXAMPLE_STUDIES)])
    for name, columns in CATALOGUE_TABLES.items():
        files[f"{TRIALS}/{name}"] = _csv([[column.name for column in columns]])
    files |= {f"{EXAMPLE}/{name}": text for name, text in example_catalogue_files().items()}
    studies = f"{', '.join(_EXAMPLE_STUDIES[:-1])} and {_EXAMPLE_STUDIES[-1]}"
    files["README.md"] = _README.format(
        trials=TRIALS,
        example=EXAMPLE,
        studies=studies,
        settings=SETTINGS_FILE,
        dictionary=dictionary_markdown(),
    )
    return files


def _csv(rows: list[list[str]]) -> str:
    stream = io.StringIO(newline="")
    csv.writer(stream, lineterminator="\n").writerows(rows)
    return stream.getvalue()

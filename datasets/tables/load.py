"""Loading a folder of trials: everything is checked before anything is returned."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib import resources
from pathlib import Path

import pandas as pd

from windup.datasets.dictionary.columns import TABLES
from windup.datasets.dictionary.exposure import with_daily_dose
from windup.datasets.files.errors import DataFaults
from windup.datasets.tables.estimates import with_estimates
from windup.datasets.tables.load_catalogue import packaged_catalogue, read_catalogue
from windup.datasets.tables.read import TextTable, read_table
from windup.datasets.tables.schema import schema_faults
from windup.datasets.tables.trials import Trials
from windup.datasets.tables.typed import typed_table
from windup.datasets.tables.validate import cross_table_faults


def _finished(table: pd.DataFrame, name: str) -> pd.DataFrame:
    result = table.reset_index(drop=True)
    for column in TABLES[name]:
        if column.type == "yes/no":
            result[column.name] = result[column.name] == "yes"
    return result


def load_trials(folder: Path | None = None) -> Trials:
    """Trials of a folder that holds ``studies.csv``, ``dosing.csv`` and ``observations.csv``.

    It may hold drugs, conditions and instruments of its own: ``drugs.csv``, ``substances.csv``,
    ``actions.csv``, ``conditions.csv``, ``placebo_groups.csv`` and ``instruments.csv``.

    Parameters
    ----------
    folder
        The folder; ``None`` means the trials that come with the package.

    Returns
    -------
    Trials
        Checked and typed tables with the computed columns.

    Raises
    ------
    DataFaults
        With every fault of these files; nothing is loaded then.

    Examples
    --------
    >>> trials = load_trials()
    >>> bool(trials.observations["used"].any())
    True
    """
    place = Path(str(resources.files("windup.datasets") / "trials")) if folder is None else Path(folder)
    own, own_files, faults = read_catalogue(place)
    tables: dict[str, TextTable] = {}
    for name, columns in TABLES.items():
        read = read_table(place, name, columns)
        if isinstance(read, TextTable):
            tables[name] = read
        else:
            faults += read
    typed: dict[str, pd.DataFrame] = {}
    for name, text in tables.items():
        typed[name], wrong = typed_table(text.cells, TABLES[name], name)
        unreadable = {(fault.row, fault.column) for fault in wrong}
        faults += wrong
        faults += [
            fault
            for fault in schema_faults(name, TABLES[name], typed[name])
            if (fault.row, fault.column) not in unreadable
        ]
    if len(typed) == len(TABLES):
        faults += cross_table_faults(typed["studies.csv"], typed["dosing.csv"], typed["observations.csv"])
    if faults:
        raise DataFaults(sorted(set(faults)))
    ready = {name: _finished(table, name) for name, table in typed.items()}
    dosing = with_daily_dose(ready["dosing.csv"])
    observations = with_estimates(ready["observations.csv"], dosing)
    files = {name: tables[name].content for name in TABLES} | own_files
    digest = hashlib.sha256(b"".join(files.values())).hexdigest()
    catalogue = packaged_catalogue().joined(own)
    return Trials(ready["studies.csv"], dosing, observations, catalogue, digest, files)


@cache
def packaged_trials() -> Trials:
    """Trials that come with the package, read once."""
    return load_trials()

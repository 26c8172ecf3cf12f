"""Loading a folder of trials: everything is checked before anything is returned."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib import resources
from pathlib import Path

import pandas as pd

from windup.datasets.catalogue.columns import CATALOGUE_TABLES
from windup.datasets.catalogue.dose_conversion import DoseConversion
from windup.datasets.catalogue.load_catalogue import packaged_catalogue, read_catalogue
from windup.datasets.catalogue.trial_columns import trial_tables
from windup.datasets.decisions.blocks import DEFAULT_BLOCKS
from windup.datasets.decisions.decide import with_decisions
from windup.datasets.decisions.fill import filled_dosing, filled_observations, filled_studies
from windup.datasets.decisions.needed import without_blocks_that_are_off
from windup.datasets.dictionary.columns import TABLES, Column
from windup.datasets.files.data_faults import DataFaults
from windup.datasets.reading.sources import find_sources
from windup.datasets.reading.tables import read_tables
from windup.datasets.tables.estimates import with_estimates
from windup.datasets.tables.risk_of_bias import with_risk_of_bias
from windup.datasets.tables.trials import Trials
from windup.datasets.tables.validate import cross_table_faults


def _finished(table: pd.DataFrame, columns: tuple[Column, ...]) -> pd.DataFrame:
    result = table.reset_index(names="line")
    for column in columns:
        if column.type == "yes/no":
            result[column.name] = result[column.name] == "yes"
    return result


def load_trials(folder: Path | None = None, *, blocks: tuple[str, ...] = DEFAULT_BLOCKS) -> Trials:
    """Trials of a folder that holds the tables ``studies``, ``dosing`` and ``observations``.

    Each is a file of its name with the ending ``.csv``, ``.tsv``, ``.txt`` or ``.xlsx``, or a sheet of its
    name in one workbook. The folder may hold drugs, conditions and instruments of its own in the same way:
    ``drugs``, ``substances``, ``actions``, ``conditions``, ``placebo_groups``,
    ``instruments``, ``outside_classes`` and ``procedures``.

    Parameters
    ----------
    folder
        The folder, or the workbook; ``None`` means the trials that come with the package.
    blocks
        Blocks of the likelihood whose rows are used, by their names in `windup.datasets.BLOCKS`.

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
    sources = find_sources(place, TABLES, CATALOGUE_TABLES)
    own, catalogue_faults = read_catalogue(sources, packaged_catalogue())
    catalogue = packaged_catalogue().joined(own)
    expected = trial_tables(catalogue)
    tables = read_tables(sources, expected)
    faults = [*sources.faults, *catalogue_faults, *tables.faults]
    typed = dict(tables.typed)
    if len(typed) == len(TABLES):
        typed["studies.csv"] = filled_studies(typed["studies.csv"])
        typed["dosing.csv"] = filled_dosing(typed["dosing.csv"])
        typed["observations.csv"] = filled_observations(typed["observations.csv"])
        both = typed["studies.csv"], typed["dosing.csv"]
        typed["observations.csv"] = with_decisions(*both, typed["observations.csv"], catalogue, blocks)
        faults += cross_table_faults(*both, typed["observations.csv"], catalogue)
    if faults:
        raise DataFaults(sources.shown(sorted(set(faults))))
    typed["observations.csv"] = without_blocks_that_are_off(typed["observations.csv"], blocks)
    studies, dosing, observations = (_finished(typed[name], columns) for name, columns in expected.items())
    conversion = DoseConversion(catalogue)
    dosing = conversion.with_daily_limits(conversion.with_daily_dose(dosing))
    studies = with_risk_of_bias(studies, observations)
    digest = hashlib.sha256(b"".join(sources.contents.values())).hexdigest()
    return Trials(
        studies,
        dosing,
        with_estimates(observations, studies, dosing, catalogue),
        catalogue,
        digest,
        sources.contents,
        (*sources.notes, *tables.notes),
        blocks,
    )


def packaged_trials(*, blocks: tuple[str, ...] = DEFAULT_BLOCKS) -> Trials:
    """Trials that come with the package, read once for each choice of blocks."""
    return _packaged(blocks)


@cache
def _packaged(blocks: tuple[str, ...]) -> Trials:
    return load_trials(blocks=blocks)


def trials_in(folder: Path | None, *, blocks: tuple[str, ...] = DEFAULT_BLOCKS) -> Trials:
    """Trials of a folder, or those that come with the package where there is none."""
    return packaged_trials(blocks=blocks) if folder is None else load_trials(folder, blocks=blocks)

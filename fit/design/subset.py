"""Subsets of the studies, for computations that would take too long with all."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection

import numpy as np
import pandas as pd

from windup.datasets import Trials
from windup.fit.errors import SettingsError


def some_studies(trials: Trials, count: int) -> Trials:
    """Studies that have all kinds of rows and all blocks among them, and others evenly from the table.

    Parameters
    ----------
    trials
        From `windup.datasets.load_trials`.
    count
        Number of studies.

    Raises
    ------
    SettingsError
        When there are fewer studies that a fit can use, or ``count`` of them cannot have every kind of row.

    Examples
    --------
    >>> from windup.datasets import packaged_trials
    >>> len(some_studies(packaged_trials(), 12).studies)
    12
    """
    used = trials.observations[trials.observations["used"]]
    names = list(dict.fromkeys(used["study_id"]))
    if count > len(names):
        raise SettingsError(f"There are {len(names)} studies to choose from; {count} were asked for.")
    chosen = set[str]()
    in_blocks = used["blocks"].str.get_dummies(";").astype(bool)
    parts = [used["kind"] == kind for kind in dict.fromkeys(used["kind"])]
    parts += [in_blocks[name] for name in in_blocks]
    # Rare ones first: a study that has one often has a common one, too.
    for part in sorted(parts, key=lambda rows: int(rows.sum())):
        having = list(dict.fromkeys(used.loc[part, "study_id"]))
        if chosen.isdisjoint(having):
            chosen.add(having[0])
    if count < len(chosen):
        raise SettingsError(
            f"Studies with all kinds of rows and all blocks are {len(chosen)}; {count} are too few."
        )
    others = [name for name in names if name not in chosen]
    places = (np.arange(count - len(chosen)) + 0.5) / max(count - len(chosen), 1) * len(others)
    chosen |= {others[int(place)] for place in places}
    return only(trials, chosen)


def only(trials: Trials, studies: Collection[str]) -> Trials:
    """The same tables with nothing but some studies; no file holds them."""

    def smaller(table: pd.DataFrame) -> pd.DataFrame:
        return table[table["study_id"].isin(studies)].reset_index(drop=True)

    return dataclasses.replace(
        trials,
        studies=smaller(trials.studies),
        dosing=smaller(trials.dosing),
        observations=smaller(trials.observations),
        files={},
    )

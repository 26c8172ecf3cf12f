"""Cells that may be empty because the table says them elsewhere, or because they are a name only."""

from __future__ import annotations

import pandas as pd

from windup.datasets.dictionary.limits import ROUNDING_WEEKS


def filled_studies(studies: pd.DataFrame) -> pd.DataFrame:
    """Studies with ``crossover`` from the design, and no withdrawal where none is stated."""
    table = studies.copy()
    crossed = table["design"].eq("crossover_rct").map({True: "yes", False: "no"})
    table["crossover"] = table["crossover"].where(table["crossover"] != "", crossed).astype("str")
    table["withdrawal"] = table["withdrawal"].where(table["withdrawal"] != "", "no").astype("str")
    return table


def filled_dosing(dosing: pd.DataFrame) -> pd.DataFrame:
    """Dosing with a substance everywhere, and phases that touch where they overlap by a rounding.

    Weeks such as 4.3 and 4.33 are one time, rounded in two ways: the later phase then begins where the
    earlier one ends.
    """
    table = dosing.copy()
    table["substance"] = table["substance"].where(table["substance"] != "", table["drug"]).astype("str")
    for _, phases in table.groupby(["study_id", "arm_id", "drug", "substance"], sort=False):
        if len(phases) == 1:
            continue
        ordered = phases.sort_values(["start_week", "end_week"])
        ends = ordered["end_week"].shift()
        overlap = ends - ordered["start_week"]
        # A phase within the other is a fault, and no rounding.
        touching = (overlap > 0.0) & (overlap <= ROUNDING_WEEKS) & (ordered["end_week"] > ends)
        table.loc[touching.index[touching], "start_week"] = ends[touching]
    return table


def filled_observations(observations: pd.DataFrame) -> pd.DataFrame:
    """Observations with a name for every row: ``study/arm/week/outcome``, numbered where several share it."""
    table = observations.copy()
    unnamed = table.index[table["row_id"] == ""]
    if not len(unnamed):
        return table
    taken = set(table["row_id"])
    columns = sorted(table.columns)
    # The order of the cells, not of the rows, numbers them: sorting a table changes no name.
    for index in sorted(unnamed, key=lambda each: tuple(map(str, table.loc[each, columns]))):
        row = table.loc[index]
        base = f"{row['study_id']}/{row['arm_id']}/{row['time_weeks']:g}/{row['outcome']}"
        name, number = base, 1
        while name in taken:
            number += 1
            name = f"{base}/{number}"
        taken.add(name)
        table.loc[index, "row_id"] = name
    return table

"""What a sensitivity analysis says of priors that the settings changed and of parameters that they fixed."""

from __future__ import annotations

import dataclasses

import pandas as pd

from windup.fit.problem.problem import Chosen
from windup.fit.runs.analysis_result import AnalysisResult, Section

FIXED = "fixed in the settings"


def with_chosen(result: AnalysisResult, chosen: Chosen) -> AnalysisResult:
    """The same result, with a section on what the settings of the run changed, if anything."""
    if not chosen.changes:
        return result
    section = Section(
        "Priors and fixed values of the settings",
        "A parameter that is fixed has no prior that could matter: it does not vary here, and no table of "
        "this analysis says what another value would change. The other priors below are those of the "
        "settings.",
        ("parameter", "unit", "prior of windup", "in this run"),
        tuple((each.parameter, each.unit, each.packaged, each.chosen) for each in chosen.changes),
    )
    numbers = {**result.numbers, "fixed": list(chosen.fixed)}
    return dataclasses.replace(result, sections=(*result.sections, section), numbers=numbers)


def with_fixed_rows(table: pd.DataFrame, fixed: tuple[str, ...]) -> pd.DataFrame:
    """A table of sensitivities with a row for each parameter that is fixed, which has none.

    Parameters
    ----------
    table
        With ``quantity`` and ``diagnosis``.
    fixed
        Names of parameters.
    """
    if not fixed:
        return table
    rows = pd.DataFrame({"quantity": fixed, "diagnosis": FIXED}).reindex(columns=table.columns)
    return pd.concat([table, rows.astype(table.dtypes.to_dict())], ignore_index=True)

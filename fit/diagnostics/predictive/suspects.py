"""Rows that look like an error of print, and studies whose effects are unusually far out."""

from __future__ import annotations

from typing import Final

import pandas as pd
import xarray as xr

from windup.fit.storage.tree import group

SUSPICION: Final = "suspicion"
"""Group of a run with the posterior probabilities of every draw; only with the error model ``mixture``."""

PROBABLE: Final = 0.5
"""Probability above which a row or a study is named."""


def with_suspicion(table: pd.DataFrame, tree: xr.DataTree, of: str) -> pd.DataFrame:
    """A table with a line for each row or study, and its mean probability where a run has it.

    Parameters
    ----------
    table
        With the columns of rows in the order of the run, or with a column ``study``.
    tree
        The run.
    of
        ``"row"``: the column ``suspect_probability``, that the row is the suspect one of its study.
        ``"study"``: ``wide_probability``, that the effects of the study come from the wide component.
    """
    if SUSPICION not in tree.children:
        return table
    name = {"row": "suspect_row", "study": "wide_study"}[of]
    means = group(tree, SUSPICION)[name].mean(("chain", "draw"))
    if of == "row":
        return table.assign(suspect_probability=means.values)
    by_name = dict(zip(means["study"].values.tolist(), means.values.tolist(), strict=True))
    return table.assign(wide_probability=table["study"].map(by_name))


def suspected_typos(rows: pd.DataFrame) -> pd.DataFrame | None:
    """Rows with a probability above 0.5, the most probable first; None where the error model has none.

    Parameters
    ----------
    rows
        Of `windup.fit.diagnostics.diagnose.Diagnosis`.

    Returns
    -------
    pandas.DataFrame or None
        ``row_id``, ``study``, ``kind``, ``observed``, ``predicted`` (units of the row), ``residual``
        (predictive standard deviations without the added variance) and ``probability``. Look each up in its
        source: near 1 the row agrees neither with the model nor with the other rows of its study.
    """
    if "suspect_probability" not in rows:
        return None
    named = rows.rename(columns={"suspect_probability": "probability"})
    named = named[named["probability"] > PROBABLE].sort_values("probability", ascending=False)
    return named[["row_id", "study", "kind", "observed", "predicted", "residual", "probability"]]


def odd_studies(studies: pd.DataFrame) -> pd.DataFrame | None:
    """Studies with a probability above 0.5 of wide effects; None as in `suspected_typos`.

    Such a study disagrees with the others as a whole: in placebo response, drug effects or scoring. The most
    probable comes first.

    Parameters
    ----------
    studies
        Of `windup.fit.diagnostics.diagnose.Diagnosis`.

    Returns
    -------
    pandas.DataFrame or None
        ``study``, ``rows``, ``root_mean_square_residual`` and ``probability``.
    """
    if "wide_probability" not in studies:
        return None
    named = studies.rename(columns={"wide_probability": "probability"})
    named = named[named["probability"] > PROBABLE].sort_values("probability", ascending=False)
    return named[["study", "rows", "root_mean_square_residual", "probability"]]

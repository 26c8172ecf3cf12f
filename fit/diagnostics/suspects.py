"""Rows that look like an error of print, and studies whose effects are unusually far out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import pandas as pd
import xarray as xr

from windup.fit.display.blocks import Block, Paragraph, Table
from windup.fit.display.format import number, probability
from windup.fit.display.labels import label
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


def suspect_blocks(record: Mapping[str, Any]) -> list[Block]:
    """Rows that look like an error of print, and odd studies; nothing where the error model has none."""
    # Records of earlier versions do not hold them.
    rows, studies = record.get("suspected_typos"), record.get("odd_studies")
    if rows is None or studies is None:
        return []
    columns = ("observation", "kind", "published", "predicted", "residual", "probability")
    lines = tuple(
        (
            str(row["row_id"]),
            label(row["kind"]),
            number(row["observed"], 2),
            number(row["predicted"], 2),
            number(row["residual"], 2),
            probability(row["probability"]),
        )
        for row in rows
    )
    odd = ", ".join(f"{row['study']} ({probability(row['probability'])})" for row in studies)
    return [
        Paragraph(
            "Observations that are probably an error of print or of reading (posterior probability above "
            "0.5). They agree neither with the model nor with the other observations of their study; each "
            f"should be looked up in its source: {'none.' if not lines else 'see the table.'}"
        ),
        *([Table(columns, lines)] if lines else []),
        Paragraph(
            "Studies whose effects as a whole are further out than those of others, with the probability "
            f"that they come from the wide component: {odd or 'none above 0.5'}."
        ),
    ]

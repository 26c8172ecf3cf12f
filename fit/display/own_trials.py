"""What a page shows of estimates next to the trials of their treatment, and of small trials among these."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from windup.fit.display.blocks import Block, Heading, Paragraph, Table
from windup.fit.display.format import number
from windup.fit.display.labels import labels_in


def own_trial_blocks(record: Mapping[str, Any]) -> list[Block]:
    """Estimates next to the pooled contrasts of their own trials; empty where they were not compared."""
    # Records of earlier versions do not hold it.
    table = record.get("own_trials", ())
    if not table:
        return []
    labels = labels_in(record)
    rows = tuple(
        (
            labels.joined(row["drug"]),
            str(row["trials"]),
            f"{row['patients']:,}",
            f"{number(row['pooled'], 2)} ({_interval(row, 'pooled_')})",
            f"{number(row['median'], 2)} ({_interval(row)})",
            number(row["z"], 1) + (" *" if row["departs"] else ""),
        )
        for row in table
    )
    departing = sum(row["departs"] for row in table)
    without = sum(row["without_error"] for row in table)
    return [
        Heading("Estimates and their own trials"),
        Paragraph(
            "Both columns are the mean difference from the control arms of the treatment's own trials, at "
            "their doses, weeks and conditions, in NRS points. 'Trials' is their pooled contrast (random "
            "effects, 95 % confidence interval), 'estimate' what the posterior expects of the same arms "
            "(median, 95 % CrI), with what small and open trials exaggerate, and by covariates. z is the "
            "departure of the estimate in standard errors of the contrast."
        ),
        Table(("treatment", "number", "patients", "trials", "estimate", "z"), rows),
        Paragraph(
            f"* {departing} of {len(table)} estimates depart by more than two standard errors. {without} "
            "trials print no standard error and are not pooled. The estimates were fitted to these trials: "
            "a small z shows agreement and not that new trials would be predicted."
        ),
        *_small_study_blocks(record),
    ]


def _small_study_blocks(record: Mapping[str, Any]) -> list[Block]:
    """Whether small trials report more relief; empty where too few trials were compared."""
    found = record.get("small_studies")
    if not found:
        return []
    measured, left = (
        f"{number(found[name]['slope'], 2)} ({_interval(found[name])})" for name in ("measured", "left")
    )
    treatments = f"{found['treatments']} treatments" if found["treatments"] > 1 else "one treatment"
    return [
        Paragraph(
            f"Small-study effects: in {found['trials']} controlled trials of {treatments} the difference "
            f"changes by {measured} points per point of its standard error, and what the estimates leave of "
            f"it by {left} (regression with an intercept for each treatment, 95 % confidence interval). "
            "Negative: small trials report more relief. Unpublished trials without an effect cause this, "
            "and so do less careful ones."
        )
    ]


def _interval(row: Mapping[str, Any], prefix: str = "") -> str:
    return f"{number(row[f'{prefix}low_95'], 2)} to {number(row[f'{prefix}high_95'], 2)}"

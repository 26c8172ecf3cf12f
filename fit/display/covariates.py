"""The part of a page on covariates of studies, by which effects of treatments may differ."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from windup.fit.display.blocks import Block, Heading, Paragraph, Table
from windup.fit.display.format import number, probability

_COLUMNS = (
    "covariate",
    "centre",
    "unit",
    "points per unit",
    "95 % CrI",
    "P(above 0)",
    "prior SD",
    "studies with it",
    "their mean",
    "of all others",
)


def covariate_blocks(record: Mapping[str, Any]) -> list[Block]:
    """Slopes of effects over covariates; none where the fit has no covariate."""
    # Records of earlier versions have none.
    found = record.get("covariates", [])
    if not found:
        return []
    rows = tuple(
        (
            each["covariate"].replace("_", " "),
            number(each["centre"], 1),
            number(each["unit"], 1),
            number(each["median"], 2),
            f"{number(each['low_95'], 2)} to {number(each['high_95'], 2)}",
            probability(each["p_positive"]),
            number(each["prior_sd"], 2),
            str(each["studies"]),
            number(each["studies_mean"], 1),
            number(each["missing"], 1),
        )
        for each in found
    )
    return [
        Heading("Effects by covariates of the studies"),
        Paragraph(
            "By how many points more any treatment relieves where the covariate is one unit above its "
            "centre. Effects on this page are those at the centres, but next to their own trials those of "
            "these trials. Studies without the number are taken to have that in the last column, which "
            "should be near the mean of those with it. Trials were not randomised to covariates."
        ),
        Table(_COLUMNS, rows),
    ]

"""The one-page account of a comparison: first its verdict."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from windup.fit.analyses.comparison.page_parts import (
    contrast_only_blocks,
    extrapolation_blocks,
    lead_blocks,
    treated_blocks,
)
from windup.fit.display.blocks import Block, Bullets, Heading, Paragraph, Table, Verdict
from windup.fit.display.format import LEVELS, number

_WORST = 10
_IN = tuple(f"in {level} %" for level in LEVELS)


def compare_page(record: Mapping[str, Any]) -> tuple[Block, ...]:
    """Page of a comparison.

    Parameters
    ----------
    record
        What its ``summary.json`` holds (`windup.fit.analyses.comparison.folder.comparison_record`).
    """
    models = [each["model"] for each in record["models"]]
    # Comparisons of earlier versions have neither these errors nor scores of treated rows.
    monte_carlo = record.get("monte_carlo_se", {})
    how = (
        f"Fits without each of {record['folds']} folds of studies predict these studies. R-hat and ESS are "
        "those of the fold that mixed worst."
        if record["folds"]
        else "Importance weights of the draws remove each study. Above a Pareto k of 0.7 (0.63 for 500 "
        "draws) the numbers of a study are not reliable; use --folds."
    )
    return (
        Heading(f"Comparison of {len(models)} models", level=1),
        Verdict(record["verdict"], good=record["cascade_needed"]),
        Bullets((*record["notices"], record["statement"])),
        Heading("Held-out studies"),
        Paragraph(
            f"{how} ELPD is the log predictive density of all observations of the studies, given their "
            "design; higher is better. Its Monte Carlo SE shows how far the number of draws leaves the ELPD "
            "open. Weights are stacking weights. CRPS is on the 0-10 scale; lower is better."
        ),
        Table(
            (
                "model",
                "ELPD",
                "difference (SE)",
                "Monte Carlo SE",
                "weight",
                *(f"in {level} %" for level in LEVELS),
                "CRPS",
                *(("R-hat", "smallest ESS") if record["folds"] else ("k > 0.7",)),
            ),
            tuple(
                _model(each, monte_carlo.get(each["model"], {}), folds=bool(record["folds"]))
                for each in record["models"]
            ),
        ),
        *(
            (
                *treated_blocks(record),
                *contrast_only_blocks(record),
                *lead_blocks(record),
                *extrapolation_blocks(record),
            )
            if monte_carlo
            else ()
        ),
        Heading(f"Studies where '{record['model']}' is furthest behind the best other model"),
        Table(
            ("study", *models, f"Pareto k of {record['model']}"),
            tuple(_study(each, models) for each in record["worst"][:_WORST]),
        ),
    )


def _model(each: Mapping[str, Any], monte_carlo: Mapping[str, Any], *, folds: bool) -> tuple[str, ...]:
    return (
        each["model"],
        number(each["elpd"], 1),
        f"{number(each['difference'], 1)} ({number(each['difference_error'], 1)})",
        number(monte_carlo.get("elpd"), 2),
        number(each["weight"], 2),
        *(number(each[f"coverage_{level}"], 2) for level in LEVELS),
        number(each["crps"], 3),
        *(
            (number(each["max_rhat"], 2), number(each["min_ess"], 0))
            if folds
            else (str(each["unreliable_studies"]),)
        ),
    )


def _study(each: Mapping[str, Any], models: list[str]) -> tuple[str, ...]:
    k = each["pareto_k"]
    return (each["study"], *(number(each[name], 2) for name in models), "" if k is None else number(k, 2))

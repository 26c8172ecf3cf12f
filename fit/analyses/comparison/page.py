"""The one-page account of a comparison: first its verdict."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

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
    how = (
        f"Each study was predicted by fits without it ({record['folds']} folds; R-hat and least bulk "
        "effective sample size are the worst coordinate's of the worst of these fits)."
        if record["folds"]
        else "Each study was left out by importance weights of the draws; where the Pareto k of a study is "
        "above 0.7 (0.63 for 500 draws) its numbers are not reliable, and only a fit without it (--folds) "
        "tells."
    )
    return (
        Heading(f"Comparison of {len(models)} models", level=1),
        Verdict(record["verdict"], good=record["cascade_needed"]),
        Bullets((*record["notices"], record["statement"])),
        Heading("Studies left out"),
        Paragraph(
            f"{how} ELPD is the log predictive density of all rows of the studies, from their design and "
            "what belongs to all studies; above is better. Weights are those of the best mixture of the "
            "models (stacking). CRPS is on the 0-10 scale of pain; below is better."
        ),
        Table(
            (
                "model",
                "ELPD",
                "difference",
                "weight",
                *(f"in {level} %" for level in LEVELS),
                "CRPS",
                *(("R-hat", "least ESS") if record["folds"] else ("k > 0.7",)),
            ),
            tuple(_model(each, folds=bool(record["folds"])) for each in record["models"]),
        ),
        Heading(f"Where '{record['model']}' predicts worst beside the best of the others"),
        Table(
            ("study", *models, f"Pareto k of {record['model']}"),
            tuple(_study(each, models) for each in record["worst"][:_WORST]),
        ),
    )


def _model(each: Mapping[str, Any], *, folds: bool) -> tuple[str, ...]:
    return (
        each["model"],
        number(each["elpd"], 1),
        f"{number(each['difference'], 1)} ± {number(each['difference_error'], 1)}",
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

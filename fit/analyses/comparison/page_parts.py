"""Parts of the page of a comparison: treated rows, the studies that carry a lead, and extrapolation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from windup.fit.analyses.comparison.limits import LATE_WEEKS, LEAST_STUDIES
from windup.fit.display.blocks import Block, Heading, Paragraph, Table
from windup.fit.display.format import LEVELS, number

_TREATED = "Treated observations given the control arms"
_KINDS: Final = {
    "highest_dose": "highest of several fixed doses",
    "beyond_16_weeks": f"visits beyond {LATE_WEEKS:.0f} weeks",
    "after_withdrawal": "visits after the last dose",
    "combination": "two treatments or more",
    "cause_removed": "cause of the pain removed",
}
_SCORES: Final = {"elpd": "all observations", "treated_given_control": "treated, given control"}


def treated_blocks(record: Mapping[str, Any]) -> tuple[Block, ...]:
    """Scores of treated rows given control rows."""
    found = record["treated_given_control"]
    if not found["studies"]:
        return (Heading(_TREATED), Paragraph("None of these studies has a control arm."))
    return (
        Heading(_TREATED),
        Paragraph(
            f"{found['rows']} observations of {found['studies']} randomised comparisons. Their log density "
            "is that of treated observations given the control arms and baselines of their study. CRPS and "
            "intervals are those of the contrast with the control arms."
        ),
        Table(
            (
                "model",
                "log density",
                "difference (SE)",
                "Monte Carlo SE",
                *(f"in {level} %" for level in LEVELS),
                "CRPS",
            ),
            tuple(
                (
                    each["model"],
                    number(each["log_density"], 1),
                    _with_error(each),
                    number(each["monte_carlo_se"], 2),
                    *(number(each[f"coverage_{level}"], 2) for level in LEVELS),
                    number(each["crps"], 3),
                )
                for each in found["models"]
            ),
        ),
    )


def contrast_only_blocks(record: Mapping[str, Any]) -> tuple[Block, ...]:
    """Scores beside a network meta-analysis of contrasts."""
    # Comparisons of earlier versions have none.
    found = record.get("contrast_only", {"contrasts": 0})
    if not found["contrasts"]:
        return ()
    return (
        Heading("Compared with a network meta-analysis"),
        Paragraph(
            f"{found['contrasts']} contrasts of {found['studies']} studies that all predict: models given "
            "the control arms, and random-effects network meta-analysis without the study. That has one "
            "effect of each treatment and no doses, courses, conditions or baselines. CRPS in NRS points; "
            "lower is better."
            + (" It leaves out one study at a time, the models a whole fold." if record["folds"] else "")
        ),
        Table(
            ("model", "CRPS", "difference (SE)", *(f"in {level} %" for level in LEVELS)),
            tuple(
                (
                    each["model"],
                    number(each["crps"], 3),
                    f"{number(each['difference'], 3)} ({number(each['difference_error'], 3)})",
                    *(number(each[f"coverage_{level}"], 2) for level in LEVELS),
                )
                for each in found["models"]
            ),
        ),
    )


def lead_blocks(record: Mapping[str, Any]) -> tuple[Block, ...]:
    """What each lead is without the study that adds most to it."""
    if not record["influence"]:
        return ()
    return (
        Heading("Studies that carry the leads"),
        Paragraph(
            "Each lead, what it is without the study that adds most to it, and the part of it that three "
            "studies add. A study changes the verdict if the lead without it becomes clear, stops being "
            "clear or has the other sign."
        ),
        Table(
            ("lead", "observations", "size (SE)", "study", "without it", "by three", "change the verdict"),
            tuple(_lead(each) for each in record["influence"]),
        ),
    )


def extrapolation_blocks(record: Mapping[str, Any]) -> tuple[Block, ...]:
    """Scores at rows where a mechanism extrapolates."""
    return (
        Heading("Where a mechanism extrapolates"),
        Paragraph(
            "Treated observations of each kind given the control arms and baselines of their study. They are "
            "held out with their whole study. Other studies with observations of the same kind were fitted. "
            f"With fewer than {LEAST_STUDIES} studies the differences are not to be read."
        ),
        Table(
            ("observations", "number", "studies", "model", "log density", "difference (SE)", "CRPS"),
            tuple(
                line for kind, each in record["extrapolations"].items() for line in _extrapolated(kind, each)
            ),
        ),
    )


def _lead(each: Mapping[str, Any]) -> tuple[str, ...]:
    heaviest = min(each["without"], key=lambda one: one["difference"] * (1 if each["difference"] > 0 else -1))
    changes = each["changes_verdict"]
    return (
        f"{each['model']} over {each['over']}",
        _SCORES[each["score"]],
        _with_error(each),
        heaviest["study"],
        _with_error(heaviest),
        number(each["share_of_largest_three"], 2),
        ", ".join(changes[:3]) + (f" and {len(changes) - 3} more" if len(changes) > 3 else "") or "none",
    )


def _extrapolated(kind: str, found: Mapping[str, Any]) -> tuple[tuple[str, ...], ...]:
    size = (str(found["rows"]), str(found["studies"]))
    if not found["models"]:
        return ((_KINDS[kind], *size, "none", "", "", ""),)
    return tuple(
        (
            _KINDS[kind],
            *size,
            each["model"],
            number(each["log_density"], 1),
            "too few" if found["too_few"] else _with_error(each),
            number(each["crps"], 3),
        )
        for each in found["models"]
    )


def _with_error(each: Mapping[str, Any]) -> str:
    return f"{number(each['difference'], 1)} ({number(each['difference_error'], 1)})"

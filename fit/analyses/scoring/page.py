"""The one-page account of a score: first whether the mechanism predicts better than no mechanism."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from windup.fit.display.blocks import Block, Bullets, Heading, Paragraph, Table, Verdict
from windup.fit.display.format import LEVELS, number

TREATED_HEADING = "Treated observations given the control arms"


def score_page(record: Mapping[str, Any]) -> tuple[Block, ...]:
    """Page of a score.

    Parameters
    ----------
    record
        What its ``summary.json`` holds (`windup.fit.analyses.scoring.folder.score_record`).
    """
    studies = record["by_study"]
    worst = sorted(studies.items(), key=lambda item: -item[1]["crps"])
    return (
        Heading(f"Score of a fit of '{record['model']}' on {len(studies)} studies", level=1),
        Verdict(record["verdict"], good=record["crps"] <= record["baseline_crps"]),
        Bullets((*record["notices"], record["statement"])),
        Heading("All rows"),
        Paragraph(
            f"{record['rows']} rows. Rows after baseline are predicted given the mean pain at baseline of "
            "their study, rows at baseline from the design alone. CRPS is on the 0-10 scale of pain (below "
            "is better), the log predictive density (ELPD) is summed over studies (above is better)."
        ),
        Table(
            ("model", *(f"in {level} %" for level in LEVELS), "CRPS", "ELPD"),
            tuple(_overall(record, who) for who in ("", "baseline_")),
        ),
        *_treated(record),
        Heading("By kind of row"),
        Table(
            ("kind", "rows", *(f"in {level} %" for level in LEVELS), "CRPS, own unit", "baseline"),
            tuple(_kind(kind, each) for kind, each in record["by_kind"].items()),
        ),
        Heading("Bias by drug"),
        Paragraph("Predicted minus observed pain of treated arms; above 0 the trials saw more relief."),
        Table(
            ("drug", "rows", "studies", "bias", "CRPS", "baseline bias", "baseline CRPS"),
            tuple(_drug(each) for each in record["by_drug"]),
        ),
        Heading("Studies predicted worst"),
        Table(
            ("study", "rows", "in 95 %", "CRPS", "ELPD", "baseline CRPS", "baseline ELPD"),
            tuple(_study(name, each) for name, each in worst[:12]),
        ),
    )


def _treated(record: Mapping[str, Any]) -> tuple[Block, ...]:
    found = record.get("treated_given_control")
    if found is None:
        # Scores of earlier versions have none.
        return ()
    if not found["studies"]:
        return (Heading(TREATED_HEADING), Paragraph("None of these studies has a control arm."))
    return (
        Heading(TREATED_HEADING),
        Paragraph(
            f"{found['rows']} observations of {found['studies']} randomised comparisons. Their log density "
            "is that of treated observations given the control arms and baselines of their study. "
            f"Difference of '{record['model']}' from the baseline: {number(found['difference'], 1)} "
            f"(SE {number(found['difference_error'], 1)}, "
            f"Monte Carlo SE {number(found['difference_monte_carlo_se'], 2)})."
        ),
        Table(
            ("model", *(f"in {level} %" for level in LEVELS), "CRPS", "log density", "Monte Carlo SE"),
            tuple(_treated_row(record, who) for who in ("", "baseline_")),
        ),
    )


def _treated_row(record: Mapping[str, Any], who: str) -> tuple[str, ...]:
    found = record["treated_given_control"]
    return (
        "time_course (baseline)" if who else record["model"],
        *(number(found[f"{who}coverage_{level}"], 2) for level in LEVELS),
        number(found[f"{who}crps"], 3),
        number(found[f"{who}log_density"], 1),
        number(found[f"{who}monte_carlo_se"], 2),
    )


def _overall(record: Mapping[str, Any], who: str) -> tuple[str, ...]:
    name = "time_course (baseline)" if who else record["model"]
    shares = (number(record[f"{who}coverage_{level}"], 2) for level in LEVELS)
    return (name, *shares, number(record[f"{who}crps"], 3), number(record[f"{who}elpd"], 1))


def _kind(kind: str, each: Mapping[str, Any]) -> tuple[str, ...]:
    shares = (number(each[f"coverage_{level}"], 2) for level in LEVELS)
    return (kind, str(each["rows"]), *shares, number(each["crps"], 3), number(each["baseline_crps"], 3))


def _drug(each: Mapping[str, Any]) -> tuple[str, ...]:
    numbers = (number(each[name], 2) for name in ("bias", "crps", "baseline_bias", "baseline_crps"))
    return (each["drug"], str(each["rows"]), str(each["studies"]), *numbers)


def _study(name: str, each: Mapping[str, Any]) -> tuple[str, ...]:
    numbers = (each["coverage_95"], each["crps"], each["elpd"], each["baseline_crps"], each["baseline_elpd"])
    return (name, str(each["rows"]), *(number(value, 2) for value in numbers))

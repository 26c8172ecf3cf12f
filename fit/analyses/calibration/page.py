"""The one-page account of a calibration: first whether it found anything."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from windup.fit.display.blocks import Block, Bullets, Heading, Paragraph, Table, Verdict
from windup.fit.display.format import number


def calibration_page(record: Mapping[str, Any]) -> tuple[Block, ...]:
    """Page of a calibration.

    Parameters
    ----------
    record
        What its ``summary.json`` holds (`windup.fit.analyses.calibration.ranks.calibration_record`).
    """
    settings = record["settings"]
    kinds = ", ".join(f"{count} {kind}" for kind, count in record["rows_by_kind"].items())
    blocks: list[Block] = [
        Heading(f"Calibration of the model '{record['model']}'", level=1),
        Verdict(_verdict(record), good=record["calibrated"]),
        Bullets((*record["notices"], record["statement"])),
        Heading("What was calibrated"),
        Paragraph(
            f"{record['replicates']} replicates: parameters from the prior, data from the likelihood on the "
            f"design of {len(record['studies'])} studies ({kinds}), a fit of each, and the rank of the true "
            f"parameters among {settings['retained']} of its draws. Studies: {', '.join(record['studies'])}."
        ),
        Paragraph(
            f"The least effective sample size of a fit was {record['least_effective']:.0f} (median "
            f"{record['median_least_effective']:.0f}), below {settings['retained']} in "
            f"{record['fits_short_of_draws']} fits; {record['divergence_share']:.2%} of draws diverged; the "
            f"median fit took {record['median_seconds']:.0f} s."
        ),
        Heading("What would have been found"),
        Paragraph("Errors of a normal posterior that this many replicates show with a power of 80 %:"),
        Table(
            ("where", "mean off by (SD)", "SD too small by factor", "SD too large by factor"),
            tuple(
                (where, *(_size(record["detectable"][key][name]) for name in ("shift", "narrow", "wide")))
                for where, key in (
                    ("in one parameter looked at alone", "alone"),
                    ("in any of all parameters", "among_all"),
                )
            ),
        ),
        Heading("Least uniform ranks"),
        Paragraph(
            "A rank mean below 0.5: draws lie above the truth. A spread above 1: the posterior is too "
            "narrow. Learned: rank correlation of truth and posterior median; at 0 the prior alone was "
            "checked."
        ),
        Table(
            ("parameter", "p", "rank mean", "rank spread", "learned"),
            tuple(_row(row) for row in record["worst"]),
        ),
    ]
    return tuple(blocks)


def _verdict(record: Mapping[str, Any]) -> str:
    bands = (
        f"{record['outside_95']} of {record['parameters']} leave their own 95 % band, where "
        f"{record['outside_95_expected']:.1f} are expected of uniform ranks; the family-wise p is "
        f"{_p(record['family_wise_p'])}."
    )
    if record["calibrated"]:
        return f"No deviation of any parameter was found. {bands}"
    return f"Ranks of {len(record['failed_checks'])} parameters are not uniform. {bands}"


def _row(row: Mapping[str, Any]) -> tuple[str, ...]:
    numbers = (number(row[name], 2) for name in ("rank_mean", "rank_spread", "learned"))
    return (row["parameter"], _p(row["p_value"]), *numbers)


def _p(value: float) -> str:
    return f"{value:.2g}"


def _size(value: float | None) -> str:
    # JSON knows no infinity.
    return "none found" if value is None or value == 0.0 else number(value, 2)

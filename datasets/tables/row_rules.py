"""Rules within one row of the observations: dispersion, interval, words, range after scaling."""

from __future__ import annotations

import math

import pandas as pd

from windup.datasets.catalogue.catalogue import Catalogue
from windup.datasets.dictionary.limits import SMALLEST_SPREAD
from windup.datasets.dictionary.usage import SHARES, STANDARDISED_KIND, is_reason, plain_kind
from windup.datasets.dictionary.vocabulary import FLAGS, INTERVALS, REASONS
from windup.datasets.files.errors import Fault, nearest

_RANGES = {
    "mean": (0.0, 10.0, "pain on 0–10"),
    "change": (-10.0, 10.0, "a change on 0–10"),
    "contrast": (-10.0, 10.0, "a contrast on 0–10"),
    # More than 5 SDs between patients are hardly ever seen: the SE may have been taken for the SD.
    STANDARDISED_KIND: (-5.0, 5.0, "a difference of -5 to 5 SDs"),
    # A reading three times the baseline is the most that a baseline of 2.5 leaves room for.
    "percent_change": (-100.0, 300.0, "a percent change of -100 to 300 %"),
    **dict.fromkeys(SHARES, (0.0, 1.0, "a share of 0–100 %")),
    "serum_mg": (0.2, 5.0, "serum magnesium of 0.2–5 mmol/L"),
    "csf_mg": (0.2, 5.0, "CSF magnesium of 0.2–5 mmol/L"),
}

type _Finding = tuple[str, str, str]


def _interval_findings(row: pd.Series) -> list[_Finding]:
    findings: list[_Finding] = [
        (
            column,
            f"{row[column]:g} is not {SMALLEST_SPREAD:g} or more.",
            "Leave the cell empty if it is not known.",
        )
        for column in ("sd", "se")
        if row[column] < SMALLEST_SPREAD
    ]
    low, high, value = row["low"], row["high"], row["value"]
    if math.isnan(low) != math.isnan(high):
        column = "low" if math.isnan(low) else "high"
        return [*findings, (column, "One limit of the interval is missing.", "Give both limits or none.")]
    if math.isnan(low):
        return findings
    if row["interval"] == "":
        findings.append(
            ("interval", "Limits are given, but not what they are.", f"Use one of: {', '.join(INTERVALS)}.")
        )
    if row["used"] == "yes" and 0.0 <= high - low < 2.0 * SMALLEST_SPREAD:
        found = f"The limits of the interval are the same, {low:g}."
        findings.append(("high", found, "Empty low, high and interval if they are not known."))
    if low > high:
        findings.append(
            ("low", f"The lower limit {low:g} is above the upper limit {high:g}.", "Exchange the limits.")
        )
    elif value < low or value > high:
        found = f"{value:g} lies outside its interval, {low:g} to {high:g}."
        findings.append(("value", found, "Check value, limits and signs."))
    return findings


def _word_findings(row: pd.Series) -> list[_Finding]:
    findings: list[_Finding] = [
        ("flags", f"'{word}' is not a flag.", nearest(word, FLAGS))
        for word in row["flags"].split(";")
        if word and word not in FLAGS
    ]
    reason = row["reason"]
    if row["used"] == "yes" and reason:
        findings.append(
            ("reason", "A used row has a reason not to be used.", "Empty the cell, or set used to no.")
        )
    if reason and not is_reason(reason):
        findings.append(("reason", f"'{reason}' is not a known reason.", nearest(reason, REASONS)))
    return findings


def _range_findings(row: pd.Series, catalogue: Catalogue) -> list[_Finding]:
    kind = catalogue.kind_of(row["outcome"], row["scale"])
    kind_of_range = kind if kind in _RANGES else plain_kind(kind)
    if kind_of_range not in _RANGES or math.isnan(row["value"]):
        return []
    low, high, words = _RANGES[kind_of_range]
    instrument = catalogue.instrument_by_name[row["scale"]]
    if low <= instrument.estimate(row["value"], kind) <= high:
        return []
    if plain_kind(kind) == "mean" and instrument.low is not None and instrument.high is not None:
        words = f"its ends, {instrument.low:g} to {instrument.high:g}"
    found = f"{row['value']:g} on the scale {row['scale']} is outside {words}."
    return [("value", found, "Check the value, its sign and its scale.")]


def _standardised_findings(row: pd.Series, catalogue: Catalogue) -> list[_Finding]:
    """A standardised difference has a standard error or its interval, and no SD: that is its unit."""
    if catalogue.kind_of(row["outcome"], row["scale"]) != STANDARDISED_KIND:
        return []
    remedy = "Give its standard error in se, or its 95 % interval; without them it follows from n."
    findings: list[_Finding] = []
    if not math.isnan(row["sd"]):
        findings.append(("sd", "A standardised difference is counted in SDs, and has none.", remedy))
    if row["interval"] not in ("", "ci95_low_high"):
        found = f"The interval '{row['interval']}' says nothing of a standardised difference."
        findings.append(("interval", found, remedy))
    return findings


def row_faults(row: pd.Series, line: int, catalogue: Catalogue) -> list[Fault]:
    """Faults of one row that need no other row.

    Parameters
    ----------
    row
        Typed row of the observations.
    line
        Its line in the file.
    catalogue
        Instruments.
    """
    findings = _interval_findings(row) + _word_findings(row) + _range_findings(row, catalogue)
    findings += _standardised_findings(row, catalogue)
    return [Fault("observations.csv", line, *finding) for finding in findings]

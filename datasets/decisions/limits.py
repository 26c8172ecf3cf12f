"""Shares of people whose pain is at a limit or above it: the limit itself, and when a fit can read them."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from windup.datasets.catalogue.catalogue import Catalogue
from windup.datasets.dictionary.usage import LIMIT_KIND, plain_kind

AT_LEAST = "share_at_least"
"""Outcome of a share that counts people at the limit itself."""

LIMIT_OUTCOMES = (AT_LEAST, "share_above")
"""Outcomes with a limit."""

NO_BASELINE = "no pain at baseline"
"""Reason of a share of people whose pain before treatment no row has."""

# Its answers are means of several ratings, which no step holds apart.
_AVERAGED = "window_mean"


def cut_of(row: pd.Series, catalogue: Catalogue) -> float:
    r"""Pain on 0-10 at which the people of a share are parted; NaN of other rows.

    Where answers are steps :math:`h` apart, a person whose pain lies between two of them gives the
    nearer one. So a limit :math:`c` that counts parts people at :math:`c - h/2`, one that does not
    at :math:`c + h/2`.

    Parameters
    ----------
    row
        Typed row of the observations.
    catalogue
        Instruments.
    """
    if catalogue.kind_of(row["outcome"], row["scale"]) != LIMIT_KIND:
        return float("nan")
    instrument = catalogue.instrument_by_name[row["scale"]]
    half = 0.0 if _AVERAGED in row["flags"].split(";") else 0.5 * instrument.step
    printed = row["limit"] + (-half if row["outcome"] == AT_LEAST else half)
    return float(instrument.offset + instrument.slope * printed)


def fact_of(row: pd.Series, catalogue: Catalogue) -> str:
    """Kind of a row as on 0-10, with where people are parted: shares at two limits are two facts."""
    kind = plain_kind(catalogue.kind_of(row["outcome"], row["scale"]))
    return f"{kind} {cut_of(row, catalogue):.10g}" if kind == LIMIT_KIND else kind


def limit_findings(row: pd.Series, catalogue: Catalogue) -> list[tuple[str, str, str]]:
    """What is wrong with the limit of a row, used or not: column, what was found, and what to do."""
    limit, outcome, instrument = row["limit"], row["outcome"], catalogue.instrument_by_name.get(row["scale"])
    if outcome not in LIMIT_OUTCOMES:
        found = f"A row of '{outcome}' has a limit; {' and '.join(LIMIT_OUTCOMES)} alone have one."
        return [] if pd.isna(limit) else [("limit", found, "Empty the cell.")]
    if pd.isna(limit):
        remedy = "Give the pain at which people are parted, in points of the scale; where it is not printed, "
        return [("limit", f"A row of '{outcome}' has no limit.", f"{remedy}write the outcome other.")]
    if instrument is None or instrument.low is None or instrument.high is None:
        return []
    low, high = instrument.low, instrument.high
    if not low <= limit <= high:
        found = f"{limit:g} is outside the scale {instrument.name}, {low:g} to {high:g}."
        return [("limit", found, "Give it in points of the scale, or correct the scale.")]
    if limit == (low if outcome == AT_LEAST else high):
        who = "Everybody is" if outcome == AT_LEAST else "Nobody is"
        at = "at" if outcome == AT_LEAST else "above"
        found = f"{who} {at} {'or above ' if outcome == AT_LEAST else ''}{limit:g} on {instrument.name}."
        return [("outcome", found, f"Check whether people at the limit count: {', '.join(LIMIT_OUTCOMES)}.")]
    return []


def use_findings(time: float, *, with_baseline: bool) -> list[tuple[str, str, str, str]]:
    """What keeps a share at a limit from a fit: column, reason, what was found, and what to do.

    Parameters
    ----------
    time
        Week of the row.
    with_baseline
        Whether its study has a usable mean of pain in week 0 or before.
    """
    found: list[tuple[str, str, str, str]] = []
    if time <= 0.0:
        what = "A share of people at a limit before treatment says whom the trial admitted."
        found.append(
            ("time_weeks", "outcome outside the model", what, "Give least_pain_at_entry in studies.csv")
        )
    if not with_baseline:
        what = "No used row of its study has the mean pain before treatment, from which people are followed."
        found.append(("used", NO_BASELINE, what, "Add the mean in week 0 or before"))
    return found


def studies_with_baseline(rows: Iterable[tuple[str, str, float]]) -> frozenset[str]:
    """Studies with a mean of pain in week 0 or before, from study, plain kind and week of usable rows."""
    return frozenset(study for study, kind, week in rows if kind == "mean" and week <= 0.0)

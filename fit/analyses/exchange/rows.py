"""Which rows of the tables PEtab can carry, and why it cannot carry the others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Int

from windup.datasets import LIMIT_KIND
from windup.fit.design.arrays import Design

PAIN, CHANGE, SERUM, CSF = "observed_pain", "observed_change", "observed_serum", "observed_csf"
"""Observables, by the rows that are measurements of them."""

_OBSERVABLE = MappingProxyType({"mean": PAIN, "change": CHANGE, "serum_mg": SERUM, "csf_mg": CSF})

_REASONS: Mapping[str, str] = MappingProxyType(
    {
        "contrast": "a difference between two arms, and a measurement has one experiment",
        "standardised_contrast": "a difference between two arms in SDs of patients",
        "percent_change": "a percent change from baseline, whose error depends on the baseline",
        "responder_30": "a share of patients, and the model is of their mean",
        "responder_50": "a share of patients, and the model is of their mean",
        LIMIT_KIND: "a share of patients, and the model is of their mean",
        "instrument_mean": "on another instrument, whose link with 0-10 varies between studies",
        "instrument_change": "on another instrument, whose link with 0-10 varies between studies",
        "instrument_contrast": "on another instrument, whose link with 0-10 varies between studies",
        "serum_mg_change": "a change or difference of serum magnesium",
    }
)
_OUTSIDE = "in an arm with a treatment that the model has no mechanism for"
_REMOVED = "in an arm of which some had the cause of their pain removed"
_LATER = "a change from a visit after the beginning"
_HOURS = "within hours of a dose, with kinetics that the model does not have"


class CarriedRows(NamedTuple):
    """Rows of some studies of a design.

    Attributes
    ----------
    rows
        Index of each row that is carried.
    observables
        What each of them is a measurement of.
    left_out
        Number of the others by kind and reason.
    """

    rows: Int[np.ndarray, " some"]
    observables: tuple[str, ...]
    left_out: Mapping[tuple[str, str], int]


def carried_rows(design: Design, *, chosen: Bool[np.ndarray, " rows"], within_hours: int) -> CarriedRows:
    """Sort rows into those that PEtab can carry and the others.

    Parameters
    ----------
    design
        With all rows.
    chosen
        Rows of the studies that are exported.
    within_hours
        Number of rows of minutes to hours of these studies, which no design holds.
    """
    reasons = {int(row): _reason(design, int(row)) for row in np.flatnonzero(chosen)}
    rows = np.array([row for row, reason in reasons.items() if not reason], int)
    left_out = Counter((design.rows.kind[row], reason) for row, reason in reasons.items() if reason)
    if within_hours:
        left_out["within hours", _HOURS] = within_hours
    return CarriedRows(rows, tuple(_OBSERVABLE[design.rows.kind[row]] for row in rows), dict(left_out))


def _reason(design: Design, row: int) -> str:
    """Why a row cannot be carried; '' where it can."""
    kind, (at, base, *_) = design.rows.kind[row], design.rows.visits[row]
    if kind not in _OBSERVABLE or design.contrast[row]:
        return _REASONS.get(kind, "a difference between two arms, and a measurement has one experiment")
    visits = {int(at), int(base)} if kind == "change" else {int(at)}
    if visits & {*map(int, design.outside.visit)}:
        return _OUTSIDE
    if visits & {*map(int, design.removal.visit)}:
        return _REMOVED
    if kind == "change" and max(design.visits.elapsed_days[base], design.visits.treated_days[base]) > 0.0:
        return _LATER
    return ""

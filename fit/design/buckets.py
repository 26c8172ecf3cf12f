"""Which rows of a study share patients or a control arm: the fixed part of their error correlation."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int

from windup.fit.design.arrays import GAUSSIAN_KINDS, RESPONDER_KINDS, Design

_BUCKETS = (4, 8, 40, 1_000_000)


class Bucket(NamedTuple):
    """Studies with about equally many rows, padded to the same number.

    Attributes
    ----------
    study
        Index of each study.
    row, present
        Rows of the study and which of them are real.
    same, opposed, half
        Where two rows' errors correlate by the visit correlation :math:`\\rho` (means of the same patients),
        by :math:`-\\sqrt{(1-\\rho)/2}` (a baseline mean and a change from it) and by one half (changes from
        the same baseline; contrasts with the same control arm).
    responder, responds
        Responder rows of the study and which of them are real.
    """

    study: Int[np.ndarray, " studies"]
    row: Int[np.ndarray, "studies rows"]
    present: Bool[np.ndarray, "studies rows"]
    same: Float[np.ndarray, "studies rows rows"]
    opposed: Float[np.ndarray, "studies rows rows"]
    half: Float[np.ndarray, "studies rows rows"]
    responder: Int[np.ndarray, "studies responders"]
    responds: Bool[np.ndarray, "studies responders"]


def build_buckets(design: Design) -> tuple[Bucket, ...]:
    """Group studies by their number of rows; those with and without responder rows apart."""
    kinds = np.array(design.rows.kind)
    members = [
        (
            np.flatnonzero((design.rows.study == s) & np.isin(kinds, GAUSSIAN_KINDS)),
            np.flatnonzero((design.rows.study == s) & np.isin(kinds, RESPONDER_KINDS)),
        )
        for s in range(len(design.studies))
    ]
    buckets = []
    for responding in (False, True):
        low = -1
        for high in _BUCKETS:
            chosen = [
                s
                for s, (rows, responders) in enumerate(members)
                if low < len(rows) <= high and bool(len(responders)) == responding
            ]
            if chosen:
                buckets.append(_bucket(design, chosen, members))
            low = high
    return tuple(buckets)


def _bucket(
    design: Design, studies: list[int], members: list[tuple[Int[np.ndarray, " a"], Int[np.ndarray, " b"]]]
) -> Bucket:
    row, present = _padded([members[s][0] for s in studies])
    responder, responds = _padded([members[s][1] for s in studies])
    same, opposed, half = (np.zeros((*row.shape, row.shape[1])) for _ in range(3))
    for i, s in enumerate(studies):
        for a in range(present[i].sum()):
            for b in range(present[i].sum()):
                if a == b:
                    continue
                which, size = _relation(design, row[i, a], row[i, b], bool(design.crossover[s]))
                {"same": same, "opposed": opposed, "half": half, "none": half}[which][i, a, b] = size
    return Bucket(np.array(studies), row, present, same, opposed, half, responder, responds)


def _relation(design: Design, a: int, b: int, crossover: bool) -> tuple[str, float]:
    kinds = {design.rows.kind[a], design.rows.kind[b]}
    visits_a, visits_b = design.rows.visits[a], design.rows.visits[b]
    arm = design.visits.arm
    same_patients = arm[visits_a[0]] == arm[visits_b[0]] or crossover
    same_control = arm[visits_a[2]] == arm[visits_b[2]]
    if kinds <= {"serum_mg", "serum_mg_change", "csf_mg"}:
        return ("same", 1.0) if kinds == {"serum_mg"} and same_patients else ("none", 0.0)
    if kinds & {"serum_mg", "serum_mg_change", "csf_mg"}:
        return "none", 0.0
    if kinds == {"mean"}:
        return ("same", 1.0) if same_patients else ("none", 0.0)
    if "contrast" in kinds:
        both = kinds == {"contrast"}
        return ("half", 0.5) if both and (same_patients or same_control) else ("none", 0.0)
    if "mean" in kinds:
        mean, change = (visits_a, visits_b) if design.rows.kind[a] == "mean" else (visits_b, visits_a)
        return ("opposed", 1.0) if same_patients and mean[0] == change[1] else ("none", 0.0)
    return ("half", 0.5) if same_patients else ("none", 0.0)


def _padded(lists: list[Int[np.ndarray, " n"]]) -> tuple[Int[np.ndarray, "s n"], Bool[np.ndarray, "s n"]]:
    width = max((len(x) for x in lists), default=0)
    index, real = np.zeros((len(lists), width), int), np.zeros((len(lists), width), bool)
    for i, x in enumerate(lists):
        index[i, : len(x)], real[i, : len(x)] = x, True
    return index, real

"""Studies with about equally many rows, side by side, and the fixed parts of their rows' covariance."""

from __future__ import annotations

from itertools import combinations
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int

from windup.fit.design.arrays import GAUSSIAN_KINDS, SHARE_KINDS, Design
from windup.fit.design.errors.row_errors import RowErrors, Shared
from windup.fit.design.errors.share_errors import ShareErrors, alike, is_share, same_visit, share_errors

_BUCKETS = (4, 8, 40, 1_000_000)


class Bucket(NamedTuple):
    """Studies with about equally many rows, padded to the same number.

    Attributes
    ----------
    study
        Index of each study.
    row, present
        Rows of the study and which of them are real.
    same, opposed, fixed
        Parts of the correlation of two rows' errors: times the visit correlation :math:`\\rho` (means of the
        same patients), times :math:`-\\sqrt{(1-\\rho)/2}` (a baseline mean and a change from it), and without
        it (changes from the same baseline; contrasts that share an arm).
    misfit
        Correlation of the misfits of two rows.
    biased
        1 for two rows of one arm that no arm is compared with: they share its bias.
    instrument
        1 for two rows on one instrument whose link with 0-10 is estimated: they share the study's deviation.
    responder, responds
        Responder rows of the study and which of them are real; none where shares are among ``row``.
    shares
        What shares among ``row`` add to the correlation of the rows' errors; None where there are none.
    """

    study: Int[np.ndarray, " studies"]
    row: Int[np.ndarray, "studies rows"]
    present: Bool[np.ndarray, "studies rows"]
    same: Float[np.ndarray, "studies rows rows"]
    opposed: Float[np.ndarray, "studies rows rows"]
    fixed: Float[np.ndarray, "studies rows rows"]
    misfit: Float[np.ndarray, "studies rows rows"]
    biased: Float[np.ndarray, "studies rows rows"]
    instrument: Float[np.ndarray, "studies rows rows"]
    responder: Int[np.ndarray, "studies responders"]
    responds: Bool[np.ndarray, "studies responders"]
    shares: ShareErrors | None = None


def build_buckets(design: Design, *, shares_as_rows: bool = False) -> tuple[Bucket, ...]:
    """Group studies by their number of rows; those with and without responder rows apart.

    With ``shares_as_rows`` shares of responders are rows with a normal error like all others.
    """
    kinds = np.array(design.rows.kind)
    normal = GAUSSIAN_KINDS + SHARE_KINDS * shares_as_rows
    others = () if shares_as_rows else SHARE_KINDS
    members = [
        (
            np.flatnonzero((design.rows.study == s) & np.isin(kinds, normal)),
            np.flatnonzero((design.rows.study == s) & np.isin(kinds, others)),
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
    parts = np.zeros((len(Shared._fields), *row.shape, row.shape[1]))
    share, of_studies = is_share(design), list[RowErrors]()
    for i, s in enumerate(studies):
        rows = row[i, present[i]]
        errors = RowErrors(design, rows, crossover=bool(design.crossover[s]))
        of_studies.append(errors)
        for a, b in combinations(range(len(rows)), 2):
            one, other = int(rows[a]), int(rows[b])
            if not (share[one] or share[other]):
                parts[:, i, a, b] = parts[:, i, b, a] = errors.between(one, other)
            elif share[one] and share[other] and same_visit(design, one, other):
                # What nothing else explains is of the visit: shares of one visit have the same.
                parts[-1, i, a, b] = parts[-1, i, b, a] = alike(design, one, other)
    same, opposed, fixed, misfit = parts
    arm = design.visits.arm[design.rows.visits[row, 0]]
    alone = design.visits.alone[design.rows.visits[row, 0]] & present
    biased = 1.0 * ((arm[:, :, None] == arm[:, None, :]) & alone[:, :, None] & alone[:, None, :])

    def others(rho: float) -> Float[np.ndarray, "studies rows rows"]:
        whole: np.ndarray = rho * same - np.sqrt((1.0 - rho) / 2.0) * opposed + fixed
        return whole + np.eye(row.shape[1])

    shares = share_errors(design, row, present, tuple(of_studies), others)
    link = np.where(present, design.rows.link[row], -1)
    instrument = 1.0 * ((link[:, :, None] == link[:, None, :]) & (link[:, :, None] >= 0))
    return Bucket(
        np.array(studies),
        row,
        present,
        same,
        opposed,
        fixed,
        misfit,
        biased,
        instrument,
        responder,
        responds,
        shares,
    )


def _padded(lists: list[Int[np.ndarray, " n"]]) -> tuple[Int[np.ndarray, "s n"], Bool[np.ndarray, "s n"]]:
    width = max((len(x) for x in lists), default=0)
    index, real = np.zeros((len(lists), width), int), np.zeros((len(lists), width), bool)
    for i, x in enumerate(lists):
        index[i, : len(x)], real[i, : len(x)] = x, True
    return index, real

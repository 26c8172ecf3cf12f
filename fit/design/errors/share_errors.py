r"""Shares of people as rows with a normal error: their scores, and errors that they share with others.

A person responds when pain at a visit has fallen to a share of the baseline. With :math:`x` responders among
:math:`n` people, :math:`r = (x + 1/2)/(n + 1)` and :math:`z = \Phi^{-1}(r)`, the score :math:`z` has the
sampling variance :math:`r (1 - r)/(n\, \phi(z)^2)` (delta method; the half person keeps shares of 0 and 1
finite). :math:`x` is the published share times :math:`n`, not rounded to a person, as :math:`n` is often that
of those randomised.

**Errors shared with means and changes.** Let the pain of a person be normal with one SD, and correlate by
:math:`\rho` between any two visits. Whether the person responds at visit :math:`t` is a cut of
:math:`D = y_t - k y_0`, and for a normal :math:`Y` (Stein 1981, lemma 1)

.. math:: \mathrm{cov}(1\{D < c\}, Y) = -\phi(z)\, \mathrm{cov}(D, Y)/\mathrm{SD}(D),

so that the share correlates with a mean or a change :math:`Y` of the same people by :math:`-a\, c`, with
:math:`a = \phi(z)/\sqrt{r (1 - r)}` and :math:`c` the correlation of :math:`D` and :math:`Y`. With weights
:math:`w` of visits that is

.. math:: c = \frac{(1 - \rho)\, w_D \cdot w_Y + \rho\, (\sum w_D)(\sum w_Y)}{s_D\, s_Y}, \quad
    s^2 = (1 - \rho)\, |w|^2 + \rho\, (\textstyle\sum w)^2.

A contrast has such a term in each of its arms, weighted as in `windup.fit.design.errors.row_errors`.

**Errors of two shares.** A share is its linear part :math:`-a D/s_D` and a remainder. Linear parts correlate
as above. Remainders correlate within one visit of one arm alone: there the shares are nested, who loses 50 %
has lost 30 %, and :math:`\mathrm{corr} = \sqrt{r_{50} (1 - r_{30})/(r_{30} (1 - r_{50}))}`. Between
visits remainders count as independent, which leaves out terms in :math:`\rho^2` and above.

**The covariance is positive definite.** Linear parts, means, changes and contrasts are linear in one
normal vector, so that their covariance is a Gram matrix. That needs one :math:`D` for both thresholds of a
visit: :math:`k = 0.6`, midway between 0.7 and 0.5 (it moves :math:`c` by 0.07 at most at
:math:`\rho = 0.5`). Remainders at one visit have the correlation of two cuts of one variable, below 1.

**A share of people at a limit or above it** is a cut of :math:`D = y_t`, and rises with pain: its
correlation has the opposite sign. It is nested with a share at another limit of the visit, not with one of
responders: remainders of these two count as independent.

**Nobody between two cuts** is no proof that they are one. Where the two published shares are equal, the
formula of nested shares at these shares would leave their difference without any error. The correlation is
therefore that of cuts around the middle of both scores which are as far apart as these, and at least 0.55: a
fifth of a baseline of 6 points over an individual SD of 2.2 (expert).

References
----------
Stein CM. Estimation of the mean of a multivariate normal distribution. Ann Stat 1981;9:1135-51.
doi:10.1214/aos/1176345632
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int
from scipy.stats import norm

from windup.datasets import MAGNESIUM_KINDS
from windup.fit.design.arrays import LARGEST_KEPT_SHARE, RESPONDER_KINDS, SHARE_KINDS, Design
from windup.fit.design.errors.row_errors import RowErrors, Term

# Least distance of the two cuts of a visit on the probit scale: a fifth of a baseline of 6 points over an
# individual SD of 2.2, the middles of their priors.
_GAP = 0.2 * 6.0 / 2.2
# Weight of the baseline in the difference that decides who responds, for both thresholds.
_KEPT = float(np.mean([*LARGEST_KEPT_SHARE.values()]))

type _Visit = tuple[int, int | None]


class Shares(NamedTuple):
    """Rows of a design that are shares of people, as published.

    Attributes
    ----------
    row
        Their indexes among all rows.
    n
        People of each.
    kept
        Share of the baseline pain that a responder keeps at most; 0 of a share at a limit.
    score, variance
        Of the share on the probit scale: standard normal score, and its sampling variance.
    slope
        :math:`\\phi(z)/\\sqrt{r (1 - r)}`: size of the correlation of the share with what it is a cut of.
    sign
        -1 where the share falls with pain, 1 where it rises.
    """

    row: Int[np.ndarray, " shares"]
    n: Float[np.ndarray, " shares"]
    kept: Float[np.ndarray, " shares"]
    score: Float[np.ndarray, " shares"]
    variance: Float[np.ndarray, " shares"]
    slope: Float[np.ndarray, " shares"]
    sign: Float[np.ndarray, " shares"]


def shares_in(design: Design) -> Shares:
    """Shares of people of a design; their variance is that of the published share, as a printed SE is."""
    row = np.flatnonzero(is_share(design))
    n = np.asarray(design.rows.n[row], float)
    kept = np.array([LARGEST_KEPT_SHARE.get(design.rows.kind[each], 0.0) for each in row], float)
    share = (design.rows.estimate[row] * n + 0.5) / (n + 1.0)
    score = norm.ppf(share)
    slope = norm.pdf(score) / np.sqrt(share * (1.0 - share))
    sign = np.where(np.isin(np.array(design.rows.kind)[row], RESPONDER_KINDS), -1.0, 1.0)
    return Shares(row, n, kept, score, 1.0 / (n * slope**2), slope, sign)


def is_share(design: Design) -> Bool[np.ndarray, " rows"]:
    """Which rows of a design are shares of people."""
    chosen: Bool[np.ndarray, " rows"] = np.isin(np.array(design.rows.kind), SHARE_KINDS)
    return chosen


def alike(design: Design, one: int, other: int) -> float:
    """1 for two shares that both rise or both fall with pain, else -1."""
    return 1.0 if _responds(design, one) == _responds(design, other) else -1.0


def _responds(design: Design, row: int) -> bool:
    return design.rows.kind[row] in RESPONDER_KINDS


class ShareErrors(NamedTuple):
    """What shares add to the correlation of the errors of the rows of a bucket's studies.

    Attributes
    ----------
    products, sums
        Of each pair of rows with a share in it: :math:`w_D \\cdot w_Y` and :math:`(\\sum w_D)(\\sum w_Y)`,
        times the part of the two rows that rests on the same people; 0 for other pairs.
    own_products, own_sums
        The same of each row with itself, for :math:`s^2`; 1 where a row is padding.
    slope
        That of `Shares` with its sign; 1 for rows that are no share.
    nested
        Correlation of the remainders of two shares of one visit.
    """

    products: Float[np.ndarray, "studies rows rows"]
    sums: Float[np.ndarray, "studies rows rows"]
    own_products: Float[np.ndarray, "studies rows"]
    own_sums: Float[np.ndarray, "studies rows"]
    slope: Float[np.ndarray, "studies rows"]
    nested: Float[np.ndarray, "studies rows rows"]

    def correlation(self, visit_correlation: Array | float) -> Float[Array, "studies rows rows"]:
        """Correlation of every pair with a share in it at a correlation of two visits; 0 elsewhere."""
        rho = visit_correlation
        pairs = (1.0 - rho) * self.products + rho * self.sums
        scaled = self.slope / jnp.sqrt((1.0 - rho) * self.own_products + rho * self.own_sums)
        return pairs * (scaled[:, :, None] * scaled[:, None, :]) + self.nested


def share_errors(
    design: Design,
    row: Int[np.ndarray, "studies rows"],
    present: Bool[np.ndarray, "studies rows"],
    errors: tuple[RowErrors, ...],
    others: Callable[[float], Float[np.ndarray, "studies rows rows"]],
) -> ShareErrors | None:
    """Shared errors of the shares among the rows of a bucket; None where it has no share.

    ``errors`` are those of each study's rows. ``others`` is the correlation of the errors of all other rows
    at a correlation of two visits.
    """
    shares = shares_in(design)
    place = {int(each): number for number, each in enumerate(shares.row)}
    if not (np.isin(row, shares.row) & present).any():
        return None
    square, flat = (*row.shape, row.shape[1]), row.shape
    found = ShareErrors(
        np.zeros(square), np.zeros(square), np.ones(flat), np.ones(flat), np.ones(flat), np.zeros(square)
    )
    for i, of_study in enumerate(errors):
        rows = [int(each) for each in row[i, present[i]]]
        for a, one in enumerate(rows):
            weights = _weights(of_study.terms[one][0], of_study, is_cut=one in place)
            found.own_products[i, a], found.own_sums[i, a] = _pair(weights, weights)
            if one in place:
                found.slope[i, a] = shares.sign[place[one]] * shares.slope[place[one]]
        for a, b in combinations(range(len(rows)), 2):
            one, other = rows[a], rows[b]
            magnesium = {design.rows.kind[one], design.rows.kind[other]} & set(MAGNESIUM_KINDS)
            if (one in place or other in place) and not magnesium:
                pair = _between(of_study, one, other, cuts=(one in place, other in place))
                found.products[i, a, b], found.sums[i, a, b] = pair
                found.products[i, b, a], found.sums[i, b, a] = pair
            nests = one in place and other in place and alike(design, one, other) > 0.0
            if nests and same_visit(design, one, other):
                nested = _nested(shares, place[one], place[other])
                found.nested[i, a, b] = found.nested[i, b, a] = nested
    return _shortened(found, np.isin(row, shares.row) & present, others)


# Correlations of two visits at which a correlation matrix is looked at.
_LOOKED_AT = (0.01, 0.2, 0.4, 0.6, 0.8, 0.99)


def _shortened(
    found: ShareErrors,
    is_share: Bool[np.ndarray, "studies rows"],
    others: Callable[[float], Float[np.ndarray, "studies rows rows"]],
) -> ShareErrors:
    """Slopes of a study shortened by tenths until its correlation is positive definite.

    Without slopes shares correlate among each other alone, which is. It is rare: where a crossover has levels
    and changes from several baselines, the errors of its other rows are not those of one normal vector.
    """
    for i in np.flatnonzero(is_share.any(axis=1)):
        nested = np.outer(*2 * [np.where(is_share[i], found.slope[i], 0.0)]) * (found.nested[i] != 0.0)
        for factor in np.linspace(1.0, 0.0, 11):
            slope, remainder = found.slope.copy(), found.nested.copy()
            slope[i] = np.where(is_share[i], factor * found.slope[i], 1.0)
            # What is no longer linear stays in the remainder.
            remainder[i] = found.nested[i] + (1.0 - factor**2) * nested
            tried = found._replace(slope=slope, nested=remainder)
            if all(_is_definite(tried, others(rho)[i], rho, int(i)) for rho in _LOOKED_AT):
                break
        found = tried
    return found


def _is_definite(tried: ShareErrors, others: Float[np.ndarray, "rows rows"], rho: float, study: int) -> bool:
    one = ShareErrors(*(part[study : study + 1] for part in tried))
    whole = others + np.asarray(one.correlation(rho))[0]
    least = np.linalg.eigvalsh(others).min()
    return bool(np.linalg.eigvalsh(whole).min() > 2e-3 * min(least, 1.0))


def same_visit(design: Design, one: int, other: int) -> bool:
    """Whether two rows are of the same arm at the same time."""
    return bool(design.rows.visits[one, 0] == design.rows.visits[other, 0])


def _between(errors: RowErrors, one: int, other: int, *, cuts: tuple[bool, bool]) -> tuple[float, float]:
    products = sums = 0.0
    for a in errors.terms[one]:
        for b in errors.terms[other]:
            if a.people == b.people:
                weight = a.sign * b.sign * a.variance / errors.scale(one, other)
                weight *= errors.of_instruments(one, other)
                pair = _pair(_weights(a, errors, is_cut=cuts[0]), _weights(b, errors, is_cut=cuts[1]))
                products, sums = products + weight * pair[0], sums + weight * pair[1]
    return products, sums


def _weights(term: Term, errors: RowErrors, *, is_cut: bool) -> dict[_Visit, float]:
    """Weights of visits in a term, of visits as they are in the errors of the other rows."""
    weights: dict[_Visit, float] = {(term.people, term.at): 1.0}
    if term.base is not None:
        apart = errors.baseline_is_apart and term.counts_from_baseline
        base: _Visit = (term.people, None if apart else term.base)
        weights[base] = weights.get(base, 0.0) - (_KEPT if is_cut else 1.0)
    return weights


def _pair(one: dict[_Visit, float], other: dict[_Visit, float]) -> tuple[float, float]:
    products = sum(weight * other.get(visit, 0.0) for visit, weight in one.items())
    return products, sum(one.values()) * sum(other.values())


def _nested(shares: Shares, one: int, other: int) -> float:
    """Correlation of the remainders of two cuts of one variable, at least `_GAP` apart."""
    scores = shares.score[[one, other]]
    half = 0.5 * max(abs(scores[0] - scores[1]), _GAP)
    low, high = norm.cdf(scores.mean() + np.array([-half, half]))
    whole = np.sqrt(low * (1.0 - high) / (high * (1.0 - low)))
    slopes = norm.pdf(norm.ppf([low, high])) / np.sqrt([low * (1.0 - low), high * (1.0 - high)])
    correlation = (whole - np.prod(slopes)) / np.sqrt(np.prod(1.0 - slopes**2))
    return float(correlation * np.sqrt(np.prod(1.0 - shares.slope[[one, other]] ** 2)))

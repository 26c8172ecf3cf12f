r"""Which errors the rows of a study share: those of patients, of baselines and of arms.

A row is a sum of terms, one for each group of people behind it. The error of a term is that of a value at a
visit, or of the difference between a visit and a baseline. A mean has one term, a change from baseline has
one, and a contrast of two arms has two of opposite sign. With errors of one person that correlate by
:math:`\rho` between visits, and :math:`n_a` people in arm :math:`a`, the errors of rows :math:`i` and
:math:`j` correlate by

.. math:: \frac{\sum_a s_{ia}\, s_{ja}\, g_{ij} / n_a}{\sqrt{\sum_a 1/n_a}\, \sqrt{\sum_b 1/n_b}}

over the people :math:`a` that both rows rest on, with signs :math:`s`, all people of the row under each root,
and a pattern :math:`g` of the two terms: 1 for the same value, :math:`\rho` for two values of the same
people, 1/2 for two differences from one baseline, :math:`\pm\sqrt{(1 - \rho)/2}` for a value and a difference
of which it is a part. Two contrasts of one visit that share an arm therefore have the covariance
:math:`\pm\sigma^2 / n_a`, the variance of the shared arm (Franchini 2012).

What no effect of the study explains (misfit) is of every visit of an arm. In a trial that prints contrasts
alone it is that of the contrast, half from each arm (Lu 2004).

What people say on two instruments at one visit correlates by 0.7: all correlations of rows on two instruments
are those on one, times 0.7.

In a crossover trial the people of all arms are the same, and a contrast is one difference of two visits.

References
----------
Franchini AJ et al. Accounting for correlation in network meta-analysis with multi-arm trials. Res Synth
Methods 2012;3:142-60. doi:10.1002/jrsm.1049

Lu G, Ades AE. Combination of direct and indirect evidence in mixed treatment comparisons. Stat Med
2004;23:3105-24. doi:10.1002/sim.1875: deviations of a trial with variance :math:`\tau^2` per contrast have
the covariance :math:`\tau^2 / 2` in two contrasts that share an arm.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float, Int

from windup.datasets import LIMIT_KIND, MAGNESIUM_KINDS, plain_kind
from windup.fit.design.arrays import SHARE_KINDS, Design

_LEVELS = ("mean", LIMIT_KIND, "serum_mg", "csf_mg")
# Correlation, within patients of a trial, of two instruments of pain at one visit (expert: correlations of
# single ratings with sums of items, such as WOMAC pain, run from about 0.6 to 0.8).
INSTRUMENT_CORRELATION = 0.7

# All changes of the same people are counted from one baseline.
_BASELINE = -1


class Shared(NamedTuple):
    r"""How much two rows share.

    Attributes
    ----------
    same, opposed, fixed
        Parts of the correlation of their sampling errors: times :math:`\rho`, times
        :math:`-\sqrt{(1-\rho)/2}`, and what does not depend on :math:`\rho`.
    misfit
        Correlation of what no effect of the study explains.
    """

    same: float
    opposed: float
    fixed: float
    misfit: float


class Term(NamedTuple):
    """People, their sign and variance, the visit, and the visit that is subtracted (None: nothing is).

    ``origin`` is -1 where the subtracted visit is the baseline of these people.
    """

    people: int
    sign: float
    variance: float
    at: int
    base: int | None = None
    origin: int = _BASELINE

    @property
    def counts_from_baseline(self) -> bool:
        """Whether it is a difference from the baseline of its people."""
        return self.base is not None and self.origin == _BASELINE


class RowErrors:
    """Errors of the rows of one study.

    Parameters
    ----------
    design
        Of all studies.
    rows
        Its rows with a normal error, and its shares of responders where these have one.
    crossover
        Whether its arms are the same people.
    """

    def __init__(self, design: Design, rows: Int[np.ndarray, " some"], *, crossover: bool) -> None:
        self._design, self._crossover = design, crossover
        of_arms = [
            row for row in rows if not design.contrast[row] and design.rows.kind[row] not in SHARE_KINDS
        ]
        kinds = {plain_kind(design.rows.kind[row]) for row in of_arms}
        self._changes = bool(kinds & {"change", "percent_change"})
        # A contrast beside nothing but baselines counts as adjusted for these: it shares no error with them.
        self._alone = not self._changes and all(self._at_baseline(row) for row in of_arms)
        self.terms = {int(row): self._terms_of(row) for row in rows}
        self._adjusted = self._alone and any(design.contrast[row] for row in rows)

    def between(self, one: int, other: int) -> Shared:
        """What two different rows share."""
        factor = self.of_instruments(one, other)
        if factor == 1.0:
            return self._of_one_instrument(one, other, misfit=False)
        return Shared(*(factor * each for each in self._of_one_instrument(one, other, misfit=True)))

    def of_instruments(self, one: int, other: int) -> float:
        """Correlation of the instruments of two rows: 1 where both have the same."""
        link = self._design.rows.link
        return 1.0 if link[one] == link[other] else INSTRUMENT_CORRELATION

    def _of_one_instrument(self, one: int, other: int, *, misfit: bool) -> Shared:
        """What the rows would share on one instrument; with ``misfit`` two levels of a visit share theirs."""
        kinds = {self._design.rows.kind[row] for row in (one, other)}
        contrasts = [bool(self._design.contrast[row]) for row in (one, other)]
        if kinds & set(MAGNESIUM_KINDS):
            return self._magnesium(one, other, kinds, any(contrasts))
        same = opposed = fixed = 0.0
        for a in self.terms[one]:
            for b in self.terms[other]:
                if a.people != b.people:
                    continue
                weight = a.sign * b.sign * a.variance / self.scale(one, other)
                if a.base is None and b.base is None:
                    same, fixed = (same, fixed + weight) if a.at == b.at else (same + weight, fixed)
                elif a.base is None or b.base is None:
                    level, difference = (a, b) if a.base is None else (b, a)
                    if not (self._alone and any(contrasts)):
                        matches = (level.at == difference.base) - float(level.at == difference.at)
                        opposed += weight * matches
                else:
                    fixed += 0.5 * weight * _overlap(a, b)
        shared = self._misfit(one, other) if misfit or any(contrasts) else 0.0
        return Shared(same, opposed, fixed, shared)

    def _magnesium(self, one: int, other: int, kinds: set[str], contrast: bool) -> Shared:
        """Levels of the same people correlate; changes share what their arms share at the same visit."""
        first, second = self.terms[one], self.terms[other]
        if kinds == {"serum_mg"} and first[0].people == second[0].people:
            return Shared(1.0, 0.0, 0.0, 0.0)
        if kinds != {"serum_mg_change"} or not contrast:
            return Shared(0.0, 0.0, 0.0, 0.0)
        shared = sum(a.sign * b.sign * a.variance for a in first for b in second if a.at == b.at)
        return Shared(0.0, 0.0, shared / self.scale(one, other), self._misfit(one, other))

    @property
    def baseline_is_apart(self) -> bool:
        """Whether the baseline that differences count from is a visit of its own, apart from those of levels.

        So it is beside contrasts that count as adjusted for it, and where changes of people with several
        baselines count from one.
        """
        terms = [term for terms in self.terms.values() for term in terms if term.counts_from_baseline]
        several = len({term.people for term in terms}) < len({(term.people, term.base) for term in terms})
        return self._adjusted or (self._changes and several)

    def scale(self, one: int, other: int) -> float:
        """Root of the product of the variances of two rows, in units of that of one person's error."""
        variances = (sum(term.variance for term in self.terms[row]) for row in (one, other))
        return float(np.sqrt(np.prod([*variances])))

    def _misfit(self, one: int, other: int) -> float:
        """Every visit of an arm has a misfit of its own; a contrast is the difference of two."""
        first, second = self._signs(one), self._signs(other)
        shared = sum(sign * second.get(visit, 0.0) for visit, sign in first.items())
        return shared / float(np.sqrt(len(first) * len(second)))

    def _signs(self, row: int) -> dict[int, float]:
        visits = self._design.rows.visits[row]
        own = {int(visits[0]): 1.0}
        return {**own, int(visits[2]): -1.0} if self._design.contrast[row] else own

    def _at_baseline(self, row: int) -> bool:
        return bool(self._design.table["time_weeks"].iloc[row] <= 0.0)

    def _terms_of(self, row: int) -> tuple[Term, ...]:
        design, kind = self._design, plain_kind(self._design.rows.kind[row])
        at, base, reference, reference_base = (int(visit) for visit in design.rows.visits[row])
        arms = design.visits.arm[[at, reference]]
        if self._crossover and kind not in ("serum_mg_change", "csf_mg"):
            if design.contrast[row]:
                return (Term(0, 1.0, 1.0, at, reference, reference),)
            return (Term(0, 1.0, 1.0, at, None if kind in _LEVELS else base),)
        variances = 1.0 / design.arm_size[arms]
        if not design.contrast[row]:
            return (Term(int(arms[0]), 1.0, variances[0], at, None if kind in _LEVELS else base),)
        # Beside means at visits a contrast is that of the values, otherwise that of the changes.
        values = not self._alone and not self._changes
        return (
            Term(int(arms[0]), 1.0, variances[0], at, None if values else base),
            Term(int(arms[1]), -1.0, variances[1], reference, None if values else reference_base),
        )


def _overlap(a: Term, b: Term) -> float:
    """Shared ends of two differences: both ends of the same sign, less those of opposite sign."""
    alike = (a.at == b.at) + (a.origin == b.origin if _BASELINE in (a.origin, b.origin) else a.base == b.base)
    return float(alike) - float(a.at == b.base) - float(a.base == b.at)


def misfits_of(table: pd.DataFrame, *, contrast: Bool[np.ndarray, " rows"]) -> Float[np.ndarray, " rows"]:
    """Number of misfits that a row adds up to: 2 for a contrast beside rows of arms after baseline, else 1.

    A trial that reports nothing but contrasts has one misfit per contrast.
    """
    magnesium = table["kind"].isin(MAGNESIUM_KINDS)
    later = (table["kind"] == "serum_mg_change") | (~magnesium & (table["time_weeks"] > 0.0))
    shares = table["kind"].isin(SHARE_KINDS)
    of_arms = table.assign(magnesium=magnesium)[later & ~contrast & ~shares]
    beside = set(zip(of_arms["study_id"], of_arms["magnesium"], strict=True))
    keys = zip(table["study_id"], magnesium, strict=True)
    return np.array([2.0 if c and key in beside else 1.0 for c, key in zip(contrast, keys, strict=True)])


def sizes_of(keys: tuple[tuple[str, str], ...], dosing: pd.DataFrame) -> Float[np.ndarray, " arms"]:
    """People of every arm; an arm without a number has the mean of its study, or 1 where no arm has one."""
    randomised = dosing.groupby(["study_id", "arm_id"])["n_randomised"].max()
    sizes = np.array([float(randomised.get(key, np.nan)) for key in keys])
    studies = np.array([study for study, _ in keys])
    for study in dict.fromkeys(studies[np.isnan(sizes)]):
        mine = sizes[studies == study]
        known = mine[~np.isnan(mine)]
        sizes[(studies == study) & np.isnan(sizes)] = known.mean() if len(known) else 1.0
    return sizes

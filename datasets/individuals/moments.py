r"""Mean vector and covariance of the patients of an arm.

Of patients :math:`p` with pains :math:`y_{pi}` at visits :math:`i`, every moment is that of the patients who
have what it needs: a mean those seen at the visit, a covariance and a change those seen at both visits,

.. math:: \bar y_i = \frac{1}{n_i} \sum_p y_{pi}, \qquad
    C_{ij} = \frac{1}{n_{ij} - 1} \sum_{p \in ij} (y_{pi} - \bar y_i^{(ij)}) (y_{pj} - \bar y_j^{(ij)}).

With every visit of every patient these are all that a likelihood of normal patients can read of them: with
the mean :math:`\mu` and the covariance :math:`\Sigma` of patients,

.. math:: \sum_p \log N(y_p; \mu, \Sigma) = -\tfrac{n}{2} \log |2 \pi \Sigma|
    - \tfrac{1}{2} \mathrm{tr}\, \Sigma^{-1} \big((n - 1) C + n (\bar y - \mu)(\bar y - \mu)^T\big).

Where visits are missing, moments of available patients are unbiased when they are missing completely at
random, and the matrix :math:`C` need not be one of any patients (its smallest eigenvalue may be negative).

References
----------
Anderson TW. An introduction to multivariate statistical analysis, 3rd edition 2003, section 3.3.3: mean and
covariance are sufficient for normal vectors.

Little RJA, Rubin DB. Statistical analysis with missing data, 3rd edition 2019, section 3.4: available cases.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Float, Int


@final
@dataclass(frozen=True, eq=False)
class PatientMoments:
    """Moments of one arm, in the unit of its scale.

    Attributes
    ----------
    study_id, arm_id
        The arm.
    patients
        Patients of the arm, seen or not.
    weeks
        Its visits, in their order, weeks.
    n
        Patients seen at each visit.
    mean
        Their mean.
    pairs
        Patients seen at both of two visits; its diagonal is ``n``.
    covariance
        Of these, with the divisor ``pairs - 1``; NaN for fewer than two.
    change, change_sd
        Mean and SD of the pain at the visit of the row minus that at the visit of the column, of these.
    """

    study_id: str
    arm_id: str
    patients: int
    weeks: Float[np.ndarray, " visits"]
    n: Int[np.ndarray, " visits"]
    mean: Float[np.ndarray, " visits"]
    pairs: Int[np.ndarray, "visits visits"]
    covariance: Float[np.ndarray, "visits visits"]
    change: Float[np.ndarray, "visits visits"]
    change_sd: Float[np.ndarray, "visits visits"]

    @property
    def sd(self) -> Float[np.ndarray, " visits"]:
        """SD between the patients seen at each visit."""
        sd: Float[np.ndarray, " visits"] = np.sqrt(np.diagonal(self.covariance))
        return sd

    @property
    def baseline(self) -> int | None:
        """Place of the last visit of week 0 or before; None where there is none."""
        before = np.flatnonzero(self.weeks <= 0.0)
        return int(before[-1]) if len(before) else None

    @property
    def read_correlation(self) -> Float[np.ndarray, "visits visits"]:
        r"""Correlation that follows from the three SDs of two visits and of their change.

        :math:`(s_i^2 + s_j^2 - s_{ij}^2) / (2 s_i s_j)`: a fit reads it of a visit and the baseline. It is
        the correlation of the patients where nobody is missing.
        """
        one, other = self.sd[:, None], self.sd[None, :]
        with np.errstate(divide="ignore", invalid="ignore"):
            read: Float[np.ndarray, "visits visits"] = (one**2 + other**2 - self.change_sd**2) / (
                2.0 * one * other
            )
        return read


def moments_of(
    study_id: str,
    arm_id: str,
    weeks: Float[np.ndarray, " visits"],
    pain: Float[np.ndarray, "patients visits"],
    patients: int,
) -> PatientMoments:
    """Moments of the patients of an arm.

    Parameters
    ----------
    study_id, arm_id
        The arm.
    weeks
        Its visits.
    pain
        Pain of each patient at each visit, NaN where it was not seen.
    patients
        Patients of the arm, those without any pain included.

    Examples
    --------
    >>> two = moments_of("s", "a", np.array([0.0, 1.0]), np.array([[6.0, 4.0], [8.0, 2.0]]), 2)
    >>> two.mean.tolist(), two.change_sd[1, 0].round(3).item(), two.read_correlation[1, 0].round(3).item()
    ([7.0, 3.0], 2.828, -1.0)
    """
    seen = np.isfinite(pain)
    visits = len(weeks)
    shape = (visits, visits)
    pairs, covariance = np.zeros(shape, int), np.full(shape, np.nan)
    change, change_sd = np.full(shape, np.nan), np.full(shape, np.nan)
    for i in range(visits):
        for j in range(visits):
            both = pain[seen[:, i] & seen[:, j]][:, [i, j]]
            pairs[i, j] = len(both)
            difference = both[:, 0] - both[:, 1]
            if len(both):
                change[i, j] = difference.mean()
            if len(both) > 1:
                covariance[i, j] = np.cov(both.T)[0, 1]
                change_sd[i, j] = difference.std(ddof=1)
    n = np.diagonal(pairs).copy()
    mean = np.array([pain[seen[:, i], i].mean() if n[i] else np.nan for i in range(visits)])
    return PatientMoments(
        study_id, arm_id, patients, np.asarray(weeks, float), n, mean, pairs, covariance, change, change_sd
    )

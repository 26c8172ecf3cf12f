r"""What a trial would print: means of changes in pain of every possible arm and visit.

.. math:: y \mid d \sim N\big(m_d,\; \Sigma_\text{study} + \Sigma_\text{error}\big)

In a draw :math:`d` of the posterior, :math:`m_d` is the mean study. :math:`\Sigma_\text{study}` is by how
much one more study deviates: its response to placebo and natural course, the same in all arms, and its
response to each drug, the same in all arms with this drug in proportion to the load.
:math:`\Sigma_\text{error}` is the sampling error of means that are adjusted for the baseline:
:math:`\sigma^2 / n` at a visit with :math:`n` patients, :math:`\rho \sigma^2 / n` between visits of an arm,
of which the earlier one has :math:`n` patients.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from windup.fit.analyses.trial_design.candidates import TrialDesign


class Expected(NamedTuple):
    """Of all arms and visits of a question.

    Attributes
    ----------
    mean
        Change of pain from baseline in the mean study, points, by draw.
    study
        Covariance between studies, points squared; arms and visits in one axis, visits fastest.
    variance, shared
        Variance of a patient's report given the baseline, and the part that its visits share, points squared.
    stays
        Share of the patients of each arm that is seen at each visit.
    """

    mean: Float[np.ndarray, "draws arms visits"]
    study: Float[np.ndarray, "cells cells"]
    variance: float
    shared: float
    stays: Float[np.ndarray, "arms visits"]

    def means(self, design: TrialDesign) -> Float[np.ndarray, "draws printed"]:
        """Of what a design prints, by draw."""
        return self.mean.reshape(len(self.mean), -1)[:, self._cells(design)]

    def between_studies(self, design: TrialDesign) -> Float[np.ndarray, "printed printed"]:
        """Covariance that no number of patients takes away."""
        cells = self._cells(design)
        return self.study[np.ix_(cells, cells)]

    def covariance(self, design: TrialDesign) -> Float[np.ndarray, "printed printed"]:
        """Of what a design prints, in one draw."""
        total = self.between_studies(design).copy()
        visits = len(design.visits)
        for number, (arm, patients) in enumerate(zip(design.arms, design.patients, strict=True)):
            seen = np.maximum(patients * self.stays[arm, list(design.visits)], 1.0)
            error = self.shared / np.maximum.outer(seen, seen)
            np.fill_diagonal(error, self.variance / seen)
            place = slice(number * visits, (number + 1) * visits)
            total[place, place] += error
        return total

    def _cells(self, design: TrialDesign) -> list[int]:
        return [arm * self.mean.shape[2] + visit for arm in design.arms for visit in design.visits]

    def of(self, draws: np.ndarray) -> Expected:
        """The same with some of the draws."""
        return self._replace(mean=self.mean[draws])

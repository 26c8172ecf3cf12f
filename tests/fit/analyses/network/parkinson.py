"""Trials of dopamine agonists in Parkinson's disease, and what others found in them.

Mean reduction of off-time in hours, by treatment (1 is placebo): example 5 of Dias S et al., NICE DSU
Technical Support Document 2 (2011, updated 2016), also in Franchini AJ et al., Res Synth Methods
2012;3:142-60, doi:10.1002/jrsm.1049. Printed results of the document: mean, SD, median and 95 % limits of the
difference from placebo of treatments 2 to 5, and mean and SD of the SD between studies (prior uniform from 0
to 5).
"""

import itertools

import numpy as np

from windup.fit.analyses.network.linear_model import LinearPriors, Study

# Study, treatment, mean, SD and number of patients of every arm.
ARMS = (
    (1, 1, -1.22, 3.70, 54),
    (1, 3, -1.53, 4.28, 95),
    (2, 1, -0.70, 3.70, 172),
    (2, 2, -2.40, 3.40, 173),
    (3, 1, -0.30, 4.40, 76),
    (3, 2, -2.60, 4.30, 71),
    (3, 4, -1.20, 4.30, 81),
    (4, 3, -0.24, 3.00, 128),
    (4, 4, -0.59, 3.00, 72),
    (5, 3, -0.73, 3.00, 80),
    (5, 4, -0.18, 3.00, 46),
    (6, 4, -2.20, 2.31, 137),
    (6, 5, -2.50, 2.18, 131),
    (7, 4, -1.80, 2.48, 154),
    (7, 5, -2.10, 2.99, 143),
)
FIXED = np.array(
    [
        (-1.81, 0.33, -1.81, -2.46, -1.16),
        (-0.47, 0.49, -0.47, -1.43, 0.49),
        (-0.52, 0.48, -0.52, -1.46, 0.43),
        (-0.82, 0.52, -0.82, -1.84, 0.22),
    ]
)
RANDOM = np.array(
    [
        (-1.85, 0.54, -1.84, -2.91, -0.85),
        (-0.50, 0.66, -0.50, -1.78, 0.75),
        (-0.53, 0.65, -0.53, -1.77, 0.71),
        (-0.83, 0.80, -0.83, -2.35, 0.69),
    ]
)
BETWEEN = (0.40, 0.43)


def studies() -> list[Study]:
    """Contrasts of every study with its first arm, whose error they share."""
    found = []
    for _, group in itertools.groupby(ARMS, key=lambda arm: arm[0]):
        (_, base, mean, sd, count), *others = group
        values = np.array([arm[2] - mean for arm in others])
        covariance = np.diag([arm[3] ** 2 / arm[4] for arm in others]) + sd**2 / count
        design = np.zeros((len(others), 4))
        for number, arm in enumerate(others):
            design[number, arm[1] - 2] = 1.0
            if base > 1:
                design[number, base - 2] = -1.0
        found.append(Study(values, covariance, design))
    return found


def vague(between_studies: float) -> LinearPriors:
    """Normal priors of SD 100 on effects, as in the document."""
    return LinearPriors(1e4 * np.eye(4), np.zeros((4, 4)), between_studies, 0.0)

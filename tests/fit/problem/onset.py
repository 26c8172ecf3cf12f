"""How far a placebo response and a natural course have set in, by hand."""

import numpy as np


def onset(weeks: float) -> float:
    return float(1.0 - np.exp(-7.0 * weeks / 14.0))


def drift(weeks: float) -> float:
    return float(1.0 - np.exp(-7.0 * weeks / 90.0))

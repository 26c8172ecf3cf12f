"""How far a placebo response has set in, by hand."""

import numpy as np


def onset(weeks: float) -> float:
    return float(1.0 - np.exp(-7.0 * weeks / 14.0))

"""Arms with the doses that a test names."""

from typing import Any

import numpy as np
import pandas as pd

from windup.datasets import packaged_catalogue
from windup.fit.design.doses import ArmDoses, arm_doses


def arm(*phases: dict[str, Any], origin_week: float = 0.0) -> ArmDoses:
    """Arm with the given phases of pregabalin, unless they say otherwise."""
    default = {
        "study_id": "s",
        "arm_id": "a",
        "drug": "pregabalin",
        "substance": "",
        "route": "oral",
        "daily_dose": 300.0,
        "administrations_per_day": np.nan,
        "bioavailability": np.nan,
        "start_week": 0.0,
        "end_week": 8.0,
    }
    return arm_doses(
        pd.DataFrame([default | phase for phase in phases]), "s", "a", origin_week, packaged_catalogue()
    )

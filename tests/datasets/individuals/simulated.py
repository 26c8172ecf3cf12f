"""Patients of two arms whose pains are drawn from a normal distribution that is known."""

from __future__ import annotations

import numpy as np
import pandas as pd

WEEKS = (0.0, 4.0, 12.0)
MEANS = {"active": (6.5, 4.5, 4.0), "placebo": (6.5, 5.5, 5.0)}
SD, CORRELATION = 1.2, 0.5
STUDY = {"study_id": "simulated", "condition": "fibromyalgia", "design": "parallel_rct"}
ARMS = pd.DataFrame({"arm_id": ["active", "placebo"], "drug": ["none", "placebo"]})


def simulated_patients(patients: int = 40, *, missing: float = 0.0, seed: int = 0) -> pd.DataFrame:
    """One row for each patient and visit; a share of the later pains is missing at random."""
    rng = np.random.default_rng(seed)
    covariance = SD**2 * ((1.0 - CORRELATION) * np.eye(3) + CORRELATION)
    rows = []
    for arm, means in MEANS.items():
        for number, pains in enumerate(rng.multivariate_normal(means, covariance, patients)):
            for week, pain in zip(WEEKS, pains, strict=True):
                gone = week > 0.0 and rng.random() < missing
                told = np.nan if gone else round(float(np.clip(pain, 0.5, 10.0)), 1)
                rows.append((arm, f"{arm}{number}", week, told))
    return pd.DataFrame(rows, columns=["arm_id", "patient_id", "time_weeks", "pain"])


def wide(table: pd.DataFrame, arm: str) -> pd.DataFrame:
    """Pains of an arm, one row for each patient and one column for each week."""
    mine = table[table["arm_id"] == arm]
    return mine.pivot(index="patient_id", columns="time_weeks", values="pain")

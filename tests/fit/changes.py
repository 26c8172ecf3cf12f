"""Small trials whose arms have a printed change of pain, without files."""

from __future__ import annotations

from typing import Any

import pandas as pd

from windup.datasets import Trials, packaged_catalogue

type Arms = dict[str, tuple[float, float]]
"""Change of pain and its standard error of the arm on each drug."""


def trials_of(studies: dict[str, Arms], **columns: Any) -> Trials:
    """Randomised trials of 50 patients an arm for 12 weeks; ``columns`` are more facts of the studies."""
    dosing, rows = [], []
    for study, arms in studies.items():
        for drug, (change, error) in arms.items():
            arm: dict[str, Any] = {"study_id": study, "arm_id": drug}
            dosing.append(arm | {"drug": drug, "n_randomised": 50.0, "start_week": 0.0, "end_week": 12.0})
            rows.append(
                arm
                | {"reference_arm": "", "time_weeks": 12.0, "kind": "change", "estimate": change}
                | {"standard_error": error, "n": 40.0, "used": True, "blocks": ""}
            )
    facts = {"citation": "A 2000", "condition": "fibromyalgia", "withdrawal": False, "design": "parallel_rct"}
    table = pd.DataFrame([{"study_id": study, **facts} for study in studies]).assign(**columns)
    return Trials(table, pd.DataFrame(dosing), pd.DataFrame(rows), packaged_catalogue(), "")

"""Claims about diaries and visit windows."""

import numpy as np
import pandas as pd
import pytest

from windup.datasets import VisitWindows, patients_to_trials

from .simulated import STUDY


def diary(days: int = 15, patients: int = 6, seed: int = 2) -> pd.DataFrame:
    """A pain on every day from -7 on, of which some are missing."""
    rng = np.random.default_rng(seed)
    rows = [
        ("a", f"p{number}", day, float(rng.integers(0, 11)) if rng.random() > 0.3 else np.nan)
        for number in range(patients)
        for day in range(-7, days)
    ]
    return pd.DataFrame(rows, columns=["arm_id", "patient_id", "time_days", "pain"])


def test_mean_over_a_window_is_the_mean_of_means_of_patients_with_enough_entries() -> None:
    table, windows = diary(), VisitWindows((0.0, 2.0), first_day=-6.0, least_entries=5)
    made = patients_to_trials(table, study=STUDY, windows=windows)
    (moments,) = made.moments
    kept = []
    for place, (first, last) in enumerate(((-6, 0), (8, 14))):
        inside = table[table["time_days"].between(first, last)].groupby("patient_id")["pain"]
        own = inside.mean()[inside.count() >= 5]
        kept.append(len(own))
        assert moments.n[place] == len(own)
        assert moments.mean[place] == pytest.approx(own.mean())
        assert moments.sd[place] == pytest.approx(own.std())
    assert 1 < min(kept) < 6
    assert any("fewer than 5 entries" in note for note in made.notes)
    assert any("lie in no window" in note for note in made.notes)


def test_mean_over_a_window_stands_at_its_middle_with_the_flag() -> None:
    made = patients_to_trials(diary(), study=STUDY, windows=VisitWindows((0.0, 2.0), first_day=-6.0))
    means = made.observations[made.observations["outcome"] == "pain_intensity"]
    np.testing.assert_allclose(means["time_weeks"].astype(float), [-3.0 / 7.0, 11.0 / 7.0])
    assert made.observations["flags"].str.contains("window_mean").all()


def test_window_of_a_baseline_ends_when_the_treatment_begins() -> None:
    windows = VisitWindows((0.0, 2.0), first_day=-3.0, last_day=3.0)
    assert windows.days_of(0.0) == (-3.0, 0.0)
    assert windows.days_of(2.0) == (11.0, 17.0)


def test_nearest_entry_of_a_window_counts_and_of_two_the_earlier() -> None:
    table = pd.DataFrame(
        {
            "arm_id": "a",
            "patient_id": [1, 1, 1, 1, 2, 2],
            "time_days": [0, 26, 30, 31, 0, 40],
            "pain": [8, 7, 3, 1, 6, 5],
        }
    )
    windows = VisitWindows((0.0, 4.0), first_day=-7.0, last_day=7.0, nearest=True)
    (moments,) = patients_to_trials(table, study=STUDY, windows=windows).moments
    assert moments.weeks.tolist() == [0.0, 4.0]
    assert moments.mean.tolist() == [7.0, 7.0]
    assert moments.n.tolist() == [2, 1]


@pytest.mark.parametrize("unit", [1.0, 7.0])
def test_windows_read_days_and_weeks_alike(unit: float) -> None:
    table, windows = diary(), VisitWindows((0.0, 1.0, 2.0), first_day=-6.0)
    name = "time_weeks" if unit == 7.0 else "time_days"
    same = table.assign(**{name: table["time_days"] / unit})
    same = same if unit == 1.0 else same.drop(columns="time_days")
    made, other = (patients_to_trials(each, study=STUDY, windows=windows) for each in (table, same))
    assert made.files == other.files

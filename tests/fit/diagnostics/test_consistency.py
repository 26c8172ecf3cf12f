"""Claims about pairs of treatments that trials compare with each other and with placebo."""

import math
from typing import Any

import numpy as np
import pytest

from windup.datasets import Trials, packaged_trials
from windup.fit.diagnostics.consistency import consistency

from ..changes import Arms, trials_of

PLACEBO = (-1.0, 0.3)
BOTH: dict[str, Arms] = {
    "a": {"pregabalin": (-2.0, 0.3), "placebo": PLACEBO},
    "b": {"snri": (-1.6, 0.4), "placebo": PLACEBO},
}


def only(trials: Trials) -> Any:
    found = consistency(trials)
    assert len(found) == 1
    return found.iloc[0]


def test_direct_and_indirect_difference_are_set_against_each_other() -> None:
    row = only(trials_of({**BOTH, "c": {"pregabalin": (-2.0, 0.3), "snri": (-2.9, 0.4)}}))
    assert (row["direct"], row["direct_standard_error"]) == pytest.approx((0.9, 0.5))
    assert row["indirect"] == pytest.approx(-0.4)
    indirect = math.sqrt(0.3**2 + 0.3**2 + 0.4**2 + 0.3**2)
    assert row["indirect_standard_error"] == pytest.approx(indirect)
    assert row["z"] == pytest.approx((0.9 + 0.4) / math.hypot(0.5, indirect))


def test_placebo_arm_of_the_direct_trial_is_no_indirect_evidence() -> None:
    with_placebo = {"pregabalin": (-2.0, 0.3), "snri": (-2.9, 0.4), "placebo": (9.0, 0.1)}
    row = only(trials_of({**BOTH, "c": with_placebo}))
    assert row["indirect"] == pytest.approx(-0.4)
    assert (row["placebo_trials_drug"], row["placebo_trials_other"]) == (1, 1)


def test_pair_without_an_indirect_way_has_no_departure() -> None:
    row = only(trials_of({"a": BOTH["a"], "c": {"pregabalin": (-2.0, 0.3), "snri": (-2.9, 0.4)}}))
    assert row["direct"] == pytest.approx(0.9)
    assert math.isnan(row["indirect"])
    assert math.isnan(row["z"])


def test_direct_trials_without_an_error_are_counted_and_not_pooled() -> None:
    row = only(trials_of({**BOTH, "c": {"pregabalin": (-2.0, math.nan), "snri": (-2.9, 0.4)}}))
    assert (row["trials"], row["without_error"]) == (0, 1)
    assert math.isnan(row["direct"])


def test_network_of_trials_that_agree_departs_as_often_as_chance_does() -> None:
    rng, found = np.random.default_rng(8), []
    true = {"pregabalin": -2.0, "snri": -1.6, "placebo": -1.0}
    for _ in range(150):
        made = {
            study: {drug: (true[drug] + rng.normal(0.0, error), error) for drug, (_, error) in arms.items()}
            for study, arms in {**BOTH, "c": {"pregabalin": (0.0, 0.3), "snri": (0.0, 0.4)}}.items()
        }
        found.append(only(trials_of(made))["z"])
    assert np.mean(np.square(found)) == pytest.approx(1.0, abs=3.0 * math.sqrt(2.0 / 150))


def test_packaged_trials_have_pairs_with_both_kinds_of_evidence() -> None:
    found = consistency(packaged_trials())
    known = found["z"].notna()
    assert known.sum() >= 5
    assert found.loc[known, ["direct", "indirect"]].notna().all(axis=None)
    assert found["z"].abs().dropna().is_monotonic_decreasing

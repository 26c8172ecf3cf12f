"""Claims about the scaling benchmark: it runs, and its last line can be read."""

import json
import math
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks.scaling import _cut, _growth, _replicated, _steps

from ..models.arms import NO_DRUG, schedule_of

ROOT = Path(__file__).parents[2]
SERIES = ("arms", "chains", "parameters", "visits", "steps", "memory_arms", "memory_chains", "memory_steps")
TRIALS = schedule_of([NO_DRUG, {"pregabalin": (300.0, 0.0, 84.0)}], visit_days=(0.0, 28.0, 84.0))


@pytest.mark.release
def test_quick_run_ends_with_finite_numbers_under_the_documented_keys() -> None:
    # What is compiled is not what is claimed: unoptimised, it takes half the time.
    ended = subprocess.run(
        [sys.executable, "-m", "benchmarks.scaling", "--quick"],
        cwd=ROOT,
        env={**os.environ, "XLA_FLAGS": "--xla_backend_optimization_level=0"},
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    found = json.loads(ended.stdout.splitlines()[-1])
    assert set(found) == {f"{kind}_{series}" for kind in ("slope", "error") for series in SERIES}
    assert all(math.isfinite(value) for value in found.values())


@pytest.mark.parametrize("power", [0.0, 0.5, 1.0])
def test_growth_of_a_power_is_its_exponent(power: float) -> None:
    found = _growth((size, 3.0 * size**power) for size in (64, 1, 8, 16))
    np.testing.assert_allclose(found, (power, 0.0, power), atol=1e-7)


def test_replicated_trials_have_studies_and_arms_of_their_own() -> None:
    thrice = _replicated(TRIALS, 3)
    assert list(thrice.study) == [0, 0, 1, 1, 2, 2]
    assert len(np.unique(np.stack([thrice.visit_arm, thrice.visit_node]), axis=1).T) == 3 * len(
        TRIALS.visit_arm
    )


def test_cut_mesh_has_that_many_times_the_steps_and_the_same_visits() -> None:
    cut = _cut(TRIALS, 4)
    assert _steps(cut) == 4 * _steps(TRIALS)
    np.testing.assert_allclose(cut.trial_days[cut.visit_node], TRIALS.trial_days[TRIALS.visit_node])

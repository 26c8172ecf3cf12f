"""Claims about several devices, in a process that is told to have two."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(scope="module")
def found() -> dict[str, Any]:
    ended = subprocess.run(
        [sys.executable, "-m", "tests.fit.sampling.kernels.two_devices"],
        cwd=Path(__file__).parents[4],
        env={**os.environ, "XLA_FLAGS": "--xla_force_host_platform_device_count=2"},
        check=True,
        capture_output=True,
        text=True,
    )
    result: dict[str, Any] = json.loads(ended.stdout.splitlines()[-1])
    return result


def test_chains_that_move_together_are_shared_by_all_devices(found: dict[str, Any]) -> None:
    assert found["devices"] == 2


@pytest.mark.parametrize("sampler", ["Nuts", "ManyChains"])
@pytest.mark.parametrize("solve", ["decay_by_windup", "decay_by_diffrax"])
def test_gradients_through_a_solver_are_right_on_two_devices(
    found: dict[str, Any], sampler: str, solve: str
) -> None:
    # The data are of a rate of 0.7 with errors of 0.03, which leaves an SD of 0.02.
    assert found["means"][f"{sampler} {solve}"] == pytest.approx(0.7, abs=0.06)

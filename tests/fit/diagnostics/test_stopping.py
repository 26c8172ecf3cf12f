"""Claims about the checks by which sampling stops: they are those of a finished run, with a margin."""

import numpy as np
import pytest
import xarray as xr

from windup.fit.diagnostics.convergence import (
    MAX_DIVERGENCE_SHARE,
    MAX_RHAT,
    MIN_EBFMI,
    MIN_ESS,
    check_convergence,
)
from windup.fit.diagnostics.stopping import CHECKS, Look, look_at


def noise(draws: int = 400, shift: float = 0.0) -> xr.DataTree:
    rng = np.random.default_rng(2)
    values = rng.normal(size=(4, draws, 3))
    values[0] += shift
    dims = ("chain", "draw")
    statistics = {"energy": rng.normal(size=(4, draws)), "diverging": rng.uniform(size=(4, draws)) < 0.01}
    return xr.DataTree.from_dict(
        {
            "posterior": xr.Dataset({"x": ((*dims, "element"), values)}),
            "sample_stats": xr.Dataset({name: (dims, each) for name, each in statistics.items()}),
        }
    )


@pytest.mark.parametrize("shift", [0.0, 0.3])
def test_numbers_of_a_look_are_those_of_the_checks_of_a_finished_run(shift: float) -> None:
    tree = noise(shift=shift)
    statistics = {name: each.values for name, each in tree["sample_stats"].to_dataset().items()}
    look, checks = look_at(tree["posterior"]["x"].values, statistics), check_convergence(tree)
    assert look[1:] == (
        checks.max_rhat,
        checks.min_ess_bulk,
        checks.min_ess_tail,
        checks.divergence_share,
        checks.min_ebfmi,
    )


# Each number at the threshold of a finished run.
AT_THRESHOLD = (MAX_RHAT, MIN_ESS, MIN_ESS, MAX_DIVERGENCE_SHARE, MIN_EBFMI + 0.001)


def test_no_check_holds_at_the_threshold_of_a_finished_run() -> None:
    assert Look(100, *AT_THRESHOLD).held == dict.fromkeys(CHECKS, False)


def test_all_checks_hold_well_beyond_the_thresholds() -> None:
    assert all(Look(100, 1.002, 900.0, 900.0, 0.0, 0.9).held.values())


def test_a_chain_that_never_moved_holds_no_check_of_mixing() -> None:
    positions = np.ones((4, 100, 1))
    statistics = {"energy": np.ones((4, 100)), "diverging": np.zeros((4, 100), bool)}
    held = look_at(positions, statistics).held
    assert [check for check in CHECKS if held[check]] == ["divergences"]

"""Claims about commands on a cluster: the numbers are those of one process."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from windup.datasets import packaged_trials
from windup.fit import Settings
from windup.fit._calibration_settings import CalibrationSettings
from windup.fit._margins import prior_margins
from windup.fit._prior_refit import FACTORS, refits
from windup.fit._progress import silent
from windup.fit._samplers import Nuts
from windup.fit._subset import some_studies
from windup.fit._sweep import sweep
from windup.fit.calibrate import calibrate
from windup.models import PlaceboOnly, Turnover

SCHEDULERS = ("none", "local")


def test_sweep_on_a_cluster_gives_the_numbers_of_one_process() -> None:
    margins = prior_margins(Turnover())
    # More than one part.
    points = np.tile(margins.draws(50, seed=0), (100, 1))
    alone, shared = (
        sweep("turnover", margins, points, scheduler=scheduler, report=silent) for scheduler in SCHEDULERS
    )
    np.testing.assert_array_equal(alone, shared)
    assert alone.shape[0] == 5000
    assert np.isfinite(alone).any()


@pytest.mark.slow
def test_calibration_on_a_cluster_gives_the_replicates_of_one_process(tmp_path: Path) -> None:
    settings = CalibrationSettings(
        model="placebo_only",
        replicates=3,
        studies=6,
        retained=9,
        sampler=Nuts(chains=2, warmup=20, draws=20, target_accept=0.8, max_tree_depth=4),
    )
    kept = tmp_path / "checkpoint"
    alone = calibrate(packaged_trials(), settings, scheduler="none", checkpoint=kept)
    # Of the three replicates one is there already.
    first = dataclasses.replace(settings, replicates=1)
    calibrate(packaged_trials(), first, scheduler="none", checkpoint=tmp_path / "first")
    shared = calibrate(packaged_trials(), settings, scheduler="local", resume_from=tmp_path / "first")
    for part in ("prior_sbc", "truth", "posterior_median"):
        xr.testing.assert_identical(alone[part].to_dataset(), shared[part].to_dataset())


@pytest.mark.slow
def test_prior_refits_on_a_cluster_give_the_draws_of_one_process(tmp_path: Path) -> None:
    trials = some_studies(packaged_trials(), 6)
    settings = Settings.from_preset(
        "quick", model="placebo_only", sampler="nuts", chains=2, warmup=10, draws=10, max_tree_depth=3
    )
    alone, shared = (
        refits(
            trials,
            PlaceboOnly(),
            settings,
            known=None,
            store=tmp_path / scheduler,
            scheduler=scheduler,
            report=silent,
        )
        for scheduler in SCHEDULERS
    )
    assert tuple(alone) == tuple(shared) == FACTORS
    for factor in FACTORS:
        xr.testing.assert_identical(
            alone[factor]["posterior"].to_dataset(), shared[factor]["posterior"].to_dataset()
        )
    assert not (tmp_path / "local").exists()

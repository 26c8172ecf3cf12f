"""Claims about commands on a cluster: the numbers are those of one process."""

import dataclasses
import io
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from typer.testing import CliRunner

from windup.datasets import packaged_trials
from windup.fit import Settings
from windup.fit.analyses.calibration.calibrate import calibrate
from windup.fit.analyses.calibration.settings import CalibrationSettings
from windup.fit.analyses.identifiability.identify import identify
from windup.fit.analyses.sensitivity.refit import Variant, refits
from windup.fit.analyses.sensitivity.sweep import sweep
from windup.fit.analyses.sensitivity.variants import FACTORS, with_prior_widths
from windup.fit.cli.app import app
from windup.fit.cli.console.exits import OK
from windup.fit.design.subset import some_studies
from windup.fit.execution.progress import silent
from windup.fit.posterior.fit_posterior import fit_posterior
from windup.fit.problem.margins import prior_margins
from windup.fit.runs.notices import QUICK
from windup.fit.runs.run_fit import run_fit
from windup.fit.settings.samplers import Nuts
from windup.models import PlaceboOnly, Turnover

SCHEDULERS = ("none", "local")


def test_sweep_on_a_cluster_gives_the_numbers_of_one_process() -> None:
    margins = prior_margins(Turnover())
    # More than one part.
    points = np.tile(margins.draws(50, seed=0), (100, 1))
    alone, shared = (
        sweep(Turnover(), margins, points, scheduler=scheduler, progress=silent) for scheduler in SCHEDULERS
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
        blocks=(),
        retained=9,
        sampler=Nuts(chains=2, warmup=20, draws=20, target_accept=0.8, max_tree_depth=4),
    )
    kept = tmp_path / "checkpoint"
    alone = calibrate(packaged_trials(blocks=()), settings, scheduler="none", checkpoint=kept)
    # Of the three replicates one is there already.
    first = dataclasses.replace(settings, replicates=1)
    calibrate(packaged_trials(blocks=()), first, scheduler="none", checkpoint=tmp_path / "first")
    shared = calibrate(
        packaged_trials(blocks=()), settings, scheduler="local", resume_from=tmp_path / "first"
    )
    for part in ("prior_sbc", "truth", "posterior_median"):
        xr.testing.assert_identical(alone[part].to_dataset(), shared[part].to_dataset())


@pytest.mark.release
def test_prior_refits_on_a_cluster_give_the_draws_of_one_process(tmp_path: Path) -> None:
    trials = some_studies(packaged_trials(blocks=()), 6)
    settings = Settings.from_preset(
        "quick", model="placebo_only", sampler="nuts", chains=2, warmup=10, draws=10, max_tree_depth=3
    )
    parameters = PlaceboOnly().parameters()
    variants = [Variant(each, with_prior_widths(settings, parameters, each)) for each in FACTORS]
    alone, shared = (
        refits(
            trials,
            variants,
            known=None,
            store=tmp_path / scheduler,
            scheduler=scheduler,
            progress=silent,
        )
        for scheduler in SCHEDULERS
    )
    assert tuple(alone) == tuple(shared) == FACTORS
    for factor in FACTORS:
        xr.testing.assert_identical(
            alone[factor]["posterior"].to_dataset(), shared[factor]["posterior"].to_dataset()
        )
    assert not (tmp_path / "local").exists()


@pytest.fixture(scope="module")
def small_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run of six studies, far from converged."""
    place = tmp_path_factory.mktemp("small")
    (place / "trials").mkdir()
    chosen = set(some_studies(packaged_trials(blocks=()), 6).studies["study_id"])
    for name, content in packaged_trials().files.items():
        table = pd.read_csv(io.BytesIO(content), dtype=str, keep_default_na=False)
        table[table["study_id"].isin(chosen)].to_csv(place / "trials" / name, index=False)
    settings = Settings.from_preset(
        "quick", model="single_loop", data=place / "trials", out=place / "run", warmup=30, draws=100
    )
    found: Path = run_fit(settings, fit_posterior).folder
    return found


@pytest.mark.release
def test_profiles_on_a_cluster_are_those_of_one_process(small_run: Path) -> None:
    alone, shared = (identify(small_run, profiles=2, scheduler=scheduler) for scheduler in SCHEDULERS)
    for name in ("profiles", "gain_profile"):
        pd.testing.assert_frame_equal(alone.tables[name], shared.tables[name])
    assert alone.tables["profiles"]["coordinate"].nunique() == 2


@pytest.mark.slow
def test_identify_writes_what_the_data_tell_of_each_parameter(small_run: Path, tmp_path: Path) -> None:
    place = tmp_path / "a"
    ended = CliRunner().invoke(app, ["identify", str(small_run), "--profiles", "1", "--out", str(place)])
    assert ended.exit_code == OK, ended.output
    assert QUICK in (place / "summary.md").read_text()
    assert {path.suffix for path in place.rglob("*.*")} >= {".csv", ".png", ".nc", ".md", ".json"}

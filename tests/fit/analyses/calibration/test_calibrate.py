"""Claims about `windup calibrate`: what it writes, prints, and how it ends."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax
import numpy as np
import pandas as pd
import pytest
import xarray as xr
from typer.testing import CliRunner

from windup.datasets import packaged_trials
from windup.fit import Prior
from windup.fit.analyses.calibration.calibrate import calibrate, calibration_tree
from windup.fit.analyses.calibration.ranks import calibration_record, calibration_table, ranks_of
from windup.fit.analyses.calibration.replicates import LOG_DENSITY, Ranked, Replicate
from windup.fit.analyses.calibration.settings import CalibrationSettings
from windup.fit.analyses.calibration.simulator import problem_experiment
from windup.fit.cli.app import app
from windup.fit.design.subset import some_studies
from windup.fit.errors import Interrupted
from windup.fit.execution.progress import silent
from windup.fit.problem.build import build_problem, model_named
from windup.fit.problem.prior_predictive import Simulated, simulate
from windup.fit.problem.target import build_target, prior_draw
from windup.fit.settings.samplers import Nuts

from .calibrations import exact, run, tree_of

FILES = {"calibration.nc", "ranks.csv", "ranks.png", "settings.json", "summary.json", "summary.md"}


def windup(*arguments: object) -> Any:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture
def ranks_from(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Make `windup calibrate` find given ranks, or end with a given error after a first replicate."""

    def use(ending: object) -> None:
        def calibrator(*_: object, checkpoint: Path, **__: object) -> object:
            checkpoint.write_bytes(b"replicates")
            if isinstance(ending, BaseException):
                raise ending
            return ending

        monkeypatch.setattr("windup.fit.cli.commands.calibrate._calibrator", lambda: calibrator)

    return use


@pytest.fixture(scope="module")
def right() -> xr.DataTree:
    return tree_of(run(exact()))


@pytest.fixture(scope="module")
def wrong() -> xr.DataTree:
    return tree_of(run(exact(width=0.6)))


def test_calibrated_model_ends_with_0_and_leaves_a_whole_folder(
    tmp_path: Path, ranks_from: Callable[..., None], right: xr.DataTree
) -> None:
    ranks_from(right)
    result = windup("calibrate", "--out", tmp_path / "a")
    assert result.exit_code == 0
    assert "No deviation of any parameter was found." in result.stdout
    assert {path.name for path in (tmp_path / "a").iterdir()} == FILES
    assert (tmp_path / "a" / "ranks.png").read_bytes().startswith(b"\x89PNG")


def test_miscalibrated_model_ends_with_4_and_names_its_parameters(
    tmp_path: Path, ranks_from: Callable[..., None], wrong: xr.DataTree
) -> None:
    ranks_from(wrong)
    result = windup("calibrate", "--out", tmp_path / "a")
    assert result.exit_code == 4
    assert "Ranks of mean[0] are not uniform" in result.stderr
    table = pd.read_csv(tmp_path / "a" / "ranks.csv")
    assert table["notices"].str.contains("NOT CALIBRATED").all()
    assert table["p_value"].is_monotonic_increasing


def test_json_is_the_summary_and_nothing_else(
    tmp_path: Path, ranks_from: Callable[..., None], right: xr.DataTree
) -> None:
    ranks_from(right)
    result = windup("calibrate", "--out", tmp_path / "a", "--json")
    assert json.loads(result.stdout) == json.loads((tmp_path / "a" / "summary.json").read_text())


def test_summary_of_a_calibration_is_its_page(
    tmp_path: Path, ranks_from: Callable[..., None], right: xr.DataTree
) -> None:
    ranks_from(right)
    printed = windup("calibrate", "--out", tmp_path / "a").stdout
    assert windup("summary", tmp_path / "a").stdout == printed


@pytest.mark.parametrize("options", [(), ("--resume",)])
@pytest.mark.parametrize("stop", [Interrupted(None), KeyboardInterrupt()])
def test_interrupted_calibration_keeps_its_replicates_and_goes_on(
    tmp_path: Path,
    ranks_from: Callable[..., None],
    right: xr.DataTree,
    stop: BaseException,
    options: tuple[str, ...],
) -> None:
    ranks_from(stop)
    result = windup("calibrate", "--out", tmp_path / "a")
    assert result.exit_code == 130
    assert str(tmp_path / "a.interrupted") in result.stderr
    ranks_from(right)
    assert windup("calibrate", "--out", tmp_path / "a", *options).exit_code == 0
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_settings_of_a_fit_are_those_of_its_calibration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[CalibrationSettings] = []

    def calibrator(trials: object, settings: CalibrationSettings, **_: object) -> xr.DataTree:
        seen.append(settings)
        raise KeyboardInterrupt

    monkeypatch.setattr("windup.fit.cli.commands.calibrate._calibrator", lambda: calibrator)
    text = 'model = "single_loop"\n[priors.burden_time]\nscale = 0.2\n[fixed]\nplacebo_time = 9\n'
    (tmp_path / "mine.toml").write_text(text, encoding="utf-8")
    windup("calibrate", "--out", tmp_path / "a", "--settings", tmp_path / "mine.toml")
    assert (seen[0].model, seen[0].fixed) == ("single_loop", {"placebo_time": 9.0})
    assert seen[0].priors == {"burden_time": Prior(scale=0.2)}


def test_wrong_option_ends_with_2(tmp_path: Path) -> None:
    result = windup("calibrate", "--model", "turnvoer", "--out", tmp_path / "a")
    assert result.exit_code == 2
    assert "Did you mean 'turnover'?" in result.stderr


def test_options_reach_the_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[CalibrationSettings] = []

    def calibrator(trials: object, settings: CalibrationSettings, **_: object) -> xr.DataTree:
        seen.append(settings)
        raise KeyboardInterrupt

    monkeypatch.setattr("windup.fit.cli.commands.calibrate._calibrator", lambda: calibrator)
    options = {"model": "single_loop", "replicates": 3, "studies": 9, "retained": 19, "seed": 4}
    sampler = {"warmup": 30, "draws": 40}
    given = (f"--{name}={value}" for name, value in (options | sampler).items())
    windup("calibrate", "--out", tmp_path / "a", *given)
    assert {name: getattr(seen[0], name) for name in options} == options
    assert {name: getattr(seen[0].sampler, name) for name in sampler} == sampler


@pytest.fixture(scope="module")
def problem() -> Any:
    return build_problem(some_studies(packaged_trials(blocks=()), 8), model_named("turnover"))


def test_tree_of_a_calibration_names_every_parameter(problem: Any) -> None:
    drawn = jax.jit(lambda key: prior_draw(problem, key))(jax.random.key(0))
    ranked = {name: Ranked(*(np.asarray(x)[None],) * 3) for name, x in {**drawn, LOG_DENSITY: 1.0}.items()}
    found = Replicate(ranked, *np.ones((4, 1)))
    tree = calibration_tree(found, problem, CalibrationSettings())
    labels = [label for label, _ in ranks_of(tree)]
    assert len(labels) == len(set(labels)) == len(build_target(problem).initial) + 1
    assert {"burden_time", "enrolment_by_study[rice2001]", "drug_spread_by_drug[pregabalin]"} < set(labels)


@pytest.mark.calibration
def test_calibration_of_a_model_ranks_every_parameter_of_it(problem: Any) -> None:
    settings = CalibrationSettings(
        replicates=2, studies=8, sampler=Nuts(chains=2, warmup=40, draws=40, max_tree_depth=6)
    )
    tree = calibrate(packaged_trials(), settings)
    labels = [label for label, ranks in ranks_of(tree) if ((ranks > 0.0) & (ranks < 1.0)).all()]
    assert len(labels) == len(build_target(problem).initial) + 1


@pytest.mark.calibration
def test_fits_of_data_with_twice_the_error_are_not_calibrated(problem: Any) -> None:
    errors = 2.0 * problem.design.rows.standard_error

    def wrong(key: jax.Array, problem: Any) -> Simulated:
        rows = problem.design.rows._replace(standard_error=errors)
        return simulate(key, problem._replace(design=problem.design._replace(rows=rows)))

    settings = CalibrationSettings(studies=8)
    experiment = problem_experiment(problem, settings.sampler, progress=silent, simulator=wrong)
    tree = calibration_tree(run(experiment, replicates=60), problem, settings)
    record = calibration_record(tree, calibration_table(tree))
    assert not record["calibrated"]

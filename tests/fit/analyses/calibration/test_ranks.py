"""Claims about simulation-based calibration, on a Gaussian whose posterior is known."""

from pathlib import Path
from typing import Any

import jax.numpy as jnp
import numpy as np
import numpyro
import numpyro.distributions as dist
import pytest

from windup.fit.analyses.calibration.ranks import calibration_record, calibration_table, rejected
from windup.fit.analyses.calibration.replicates import LOG_DENSITY
from windup.fit.analyses.calibration.settings import CalibrationSettings
from windup.fit.analyses.calibration.simulator import Simulator, target_experiment
from windup.fit.errors import RunFolderRefused, SettingsError
from windup.fit.execution.progress import silent
from windup.fit.sampling.chains.sample import Chains
from windup.fit.sampling.target.target import target_of
from windup.fit.settings.samplers import Nuts

from .calibrations import RETAINED, SIZE, exact, log_density, pair, run, tree_of


def record_of(experiment: Simulator) -> Any:
    tree = tree_of(run(experiment))
    return calibration_record(tree, calibration_table(tree))


def test_draws_from_the_true_posterior_are_calibrated() -> None:
    record = record_of(exact())
    assert record["calibrated"]
    assert record["failed_checks"] == []
    assert record["parameters"] == SIZE + 1


@pytest.mark.parametrize("wrong", [{"width": 0.6}, {"width": 1.6}, {"shift": 0.5}, {"shift": -0.5}], ids=str)
def test_posterior_of_wrong_width_or_place_is_caught(wrong: dict[str, float]) -> None:
    record = record_of(exact(**wrong))
    assert not record["calibrated"]
    assert any(name in failure for failure in record["failed_checks"] for name in ("mean[0]", "mean[1]"))


def test_posterior_that_forgot_its_data_is_caught_by_its_log_density_alone() -> None:
    table = calibration_table(tree_of(run(exact(knows=0.0)))).set_index("parameter")
    assert table.loc[LOG_DENSITY, "p_value"] < 1e-6
    assert table.drop(LOG_DENSITY)["p_value"].min() > 0.01
    assert abs(table.loc["mean[0]", "learned"]) < 0.2


def test_spread_and_mean_of_ranks_tell_how_a_posterior_is_wrong() -> None:
    narrow = calibration_table(tree_of(run(exact(width=0.6)))).set_index("parameter")
    assert narrow.loc["mean[0]", "rank_spread"] > 1.1
    above = calibration_table(tree_of(run(exact(shift=0.5)))).set_index("parameter")
    assert above.loc["mean[0]", "rank_mean"] < 0.45
    right = calibration_table(tree_of(run(exact()))).set_index("parameter")
    assert right.loc["mean[0]", "learned"] == pytest.approx(np.sqrt(0.5), abs=0.15)


def test_sampler_of_the_engine_is_calibrated_on_data_that_follow_each_other() -> None:
    def model(y: Any) -> None:
        mean = numpyro.sample("mean", dist.Normal(0.0, 1.0).expand((SIZE,)).to_event(1))
        numpyro.sample("y", dist.Normal(mean, 1.0).to_event(1), obs=y)

    target = target_of(model, data=(jnp.zeros(SIZE),))
    sampler = Nuts(chains=2, warmup=50, draws=50)
    experiment = target_experiment(target, sampler, pair, target.constrain, progress=silent)
    found = run(experiment, replicates=60)
    table = calibration_table(tree_of(found)).set_index("parameter")
    assert rejected(table["p_value"].to_numpy()) == 0
    assert table.loc["mean[0]", "learned"] > 0.4
    assert found.effective.min() >= RETAINED


def test_more_chains_are_drawn_until_enough_draws_are_effective() -> None:
    def sticky(key: Any, data: Any) -> Chains:
        chains = exact().draw(key, data)
        x = np.repeat(chains.unconstrained[:, ::10], 10, axis=1)
        return chains._replace(unconstrained=x, statistics={**chains.statistics, "lp": log_density(x, data)})

    found = run(exact()._replace(draw=sticky), replicates=3)
    assert (found.chains > 2).all()


def test_resumed_calibration_gives_the_replicates_that_it_would_have_given(tmp_path: Path) -> None:
    kept = tmp_path / "checkpoint"
    run(exact(), replicates=4, checkpoint=kept)
    resumed = run(exact(), replicates=6, resume_from=kept)
    whole = run(exact(), replicates=6)
    for field in ("pit", "truth", "median"):
        for name, ranked in whole.ranked.items():
            np.testing.assert_array_equal(getattr(resumed.ranked[name], field), getattr(ranked, field))


def test_finished_replicates_are_not_drawn_again(tmp_path: Path) -> None:
    def never(key: Any, data: Any) -> Chains:
        raise AssertionError("a replicate was drawn")

    kept = tmp_path / "checkpoint"
    first = run(exact(), replicates=4, checkpoint=kept)
    again = run(exact()._replace(draw=never), replicates=4, resume_from=kept)
    np.testing.assert_array_equal(again.effective, first.effective)


def test_calibration_of_something_else_is_not_continued(tmp_path: Path) -> None:
    kept = tmp_path / "checkpoint"
    run(exact(), replicates=2, checkpoint=kept)
    with pytest.raises(RunFolderRefused, match="seed was 0 and is 1 now"):
        run(exact(), replicates=4, resume_from=kept, identity={"seed": "1"})


def test_few_replicates_are_marked_and_say_what_they_can_find() -> None:
    tree = tree_of(run(exact(), replicates=20))
    record = calibration_record(tree, calibration_table(tree))
    assert "NOT for conclusions" in record["notices"][0]
    many = record_of(exact())
    assert record["detectable"]["alone"]["shift"] > many["detectable"]["alone"]["shift"]
    assert many["notices"] == []


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"model": "turnvoer"}, "Did you mean 'turnover'?"),
        ({"replicates": 0}, "replicates is 0"),
        ({"retained": 3}, "retained is 3"),
        ({"studies": 0}, "studies is 0"),
    ],
)
def test_wrong_setting_is_refused(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        CalibrationSettings(**wrong)

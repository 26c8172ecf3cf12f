"""Claims about a run that an earlier state of this version wrote: what is read, and what is refused."""

import json
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from windup.datasets import load_trials
from windup.fit.errors import RunFolderRefused
from windup.fit.problem.build import problem_of
from windup.fit.problem.priors import mechanism_priors, observation_priors, whitened_priors
from windup.fit.runs.fitted_run import FittedRun, read_run
from windup.fit.settings.fit import Settings

from ...datasets.tiny import write_tables
from ..problem.people.treated import one_trial

# A fit of a few draws to a few made-up trials, written before the packages had rooms.
EARLIER = Path(__file__).parent / "data" / "run_0_1"


def test_run_of_a_model_with_other_parameters_is_read_but_not_evaluated() -> None:
    run = read_run(EARLIER)
    assert run.draws(5)["placebo_time"].shape == (5,)
    assert (run.settings.errors, run.settings.blocks) == ("student_t", ())
    with pytest.raises(RunFolderRefused, match="run the fit again") as refused:
        _ = run.problem
    assert "bias_open_label" in str(refused.value)


def test_trials_of_an_earlier_run_are_those_that_it_keeps() -> None:
    assert sorted(read_run(EARLIER).trials.studies["study_id"]) == ["alpha", "beta", "gamma"]


def test_run_of_earlier_packaged_tables_is_not_read_with_the_corrected_ones(tmp_path: Path) -> None:
    tree = xr.DataTree()
    tree.attrs["data_sha256"] = json.dumps("ed21e352c00cf9988b651a55cf59a56dda79881888830e61f8ce7e64f2bd9cc8")
    run = FittedRun(tmp_path, tree, Settings.from_preset("quick"), ())
    with pytest.raises(RunFolderRefused, match="ed21e352c00c"):
        _ = run.trials


def test_run_of_people_who_reported_alike_in_all_studies_is_not_evaluated(tmp_path: Path) -> None:
    data = write_tables(tmp_path, one_trial())
    settings = Settings.from_preset("quick", model="single_loop", patients="population", data=data)
    problem = problem_of(load_trials(data, blocks=settings.blocks), settings)
    priors = mechanism_priors(problem) | observation_priors(problem) | whitened_priors(problem)
    draws = {
        name: (("chain", "draw", *(f"{name}_{axis}" for axis in range(len(prior.shape())))),
               np.zeros((1, 1, *prior.shape())))
        for name, prior in priors.items()
    }  # fmt: skip

    def run_with(names: Iterable[str]) -> FittedRun:
        tree = xr.DataTree.from_dict({"posterior": xr.Dataset({name: draws[name] for name in names})})
        tree.attrs["data_sha256"] = json.dumps(load_trials(data, blocks=settings.blocks).sha256)
        return FittedRun(tmp_path / "run", tree, settings, ())

    assert run_with(draws).problem.design.studies == problem.design.studies
    with pytest.raises(RunFolderRefused, match="passing_report_by_study is missing"):
        _ = run_with(draws.keys() - {"passing_report_by_study"}).problem

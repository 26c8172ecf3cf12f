"""Claims about effects that are carried to the covariates of a regimen."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from windup.datasets import Regimen, RegimenPhase
from windup.fit import SettingsError
from windup.fit.analyses.prediction.courses import predicted
from windup.fit.analyses.prediction.predict import predict
from windup.fit.analyses.prediction.transport import beyond_covariates
from windup.fit.runs.fitted_run import FittedRun

from ...prior_run import prior_run

DECADES: dict[str, Any] = {"year": {"centre": 2010, "unit": 10, "sd": 0.05}}


def regimen(**covariates: float) -> Regimen:
    phase = RegimenPhase(
        drug="pregabalin", dose=150.0, unit="mg", administrations_per_day=2.0, start_week=0.0, end_week=12.0
    )
    return Regimen(name="pregabalin", condition="fibromyalgia", covariates=covariates, phase=(phase,))


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> FittedRun:
    return prior_run(tmp_path_factory.mktemp("run"), draws=20, covariates=DECADES)


def effect(run: FittedRun, chosen: Regimen, week: float = 12.0) -> np.ndarray:
    ((course,),) = predicted(run, (chosen,), (run.draws(20),))
    return course.at((week,))[:, 0]


def test_pain_is_lower_by_the_slope_per_unit_from_the_centre_as_it_builds_up(run: FittedRun) -> None:
    draws = run.draws(20)
    slope, days = np.asarray(draws["effect_by_covariate"])[:, 0], np.asarray(draws["placebo_time"])
    for week in (4.0, 12.0):
        moved = effect(run, regimen(year=2030.0), week) - effect(run, regimen(), week)
        expected = -2.0 * slope * (1.0 - np.exp(-7.0 * week / days))
        np.testing.assert_allclose(moved, expected, atol=1e-9)


def test_study_at_the_centre_has_the_effect_of_the_run(run: FittedRun) -> None:
    np.testing.assert_array_equal(effect(run, regimen(year=2010.0)), effect(run, regimen()))


def test_study_outside_those_of_the_run_is_an_extrapolation(run: FittedRun) -> None:
    assert beyond_covariates(run, regimen(year=2015.0)) == ()
    assert beyond_covariates(run, regimen(year=2100.0)) == ("year of 2100 outside that of the studies",)


def test_regimen_of_several_drugs_is_not_carried(run: FittedRun) -> None:
    first = regimen(year=2020.0)
    second = first.phase[0].model_copy(update={"drug": "gabapentin"})
    with pytest.raises(SettingsError, match="has covariates and 2 drugs"):
        effect(run, first.model_copy(update={"phase": (*first.phase, second)}))


def test_no_dose_response_and_no_washout_is_carried(run: FittedRun) -> None:
    ((course,),) = predicted(run, (regimen(year=2020.0),), (run.draws(20),))
    assert course.by_dose.size == 0
    tables = predict(run, (regimen(year=2020.0),), draws=20).tables
    assert tables["doses"].empty
    assert tables["washout"].empty
    assert len(tables["effects"]) > 0


def test_covariate_that_the_run_does_not_have_is_refused_by_name(run: FittedRun, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"Regimen 'pregabalin' has the covariate 'yaer'.*'year'"):
        effect(run, regimen(yaer=2020.0))
    with pytest.raises(SettingsError, match="Fit with"):
        effect(prior_run(tmp_path, draws=20), regimen(year=2020.0))

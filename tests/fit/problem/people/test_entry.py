"""How exactly the patients of a study report at entry."""

from pathlib import Path

import jax.numpy as jnp
import numpy as np
import pytest

from windup.fit import Settings
from windup.fit.problem.build import problem_of
from windup.fit.problem.people.one_patient import OnePatient
from windup.fit.problem.people.population import Crowd
from windup.fit.problem.priors import whitened_sizes
from windup.fit.problem.problem import Problem

from ....datasets.tiny import Tables
from ...designs import trials_of
from .simulated import loop_values
from .treated import one_trial

SPREADS = {
    "drive_spread": 0.6,
    "lasting_report_spread": 0.8,
    "passing_report_spread": 1.0,
    "passing_report_log_sd": 0.3,
    "sensitivity_spread": 0.6,
}


def beside_another() -> Tables:
    """Two trials, ``alpha`` and ``beta``, alike in all but their names."""
    tables = one_trial()
    tables["studies.csv"].append({**tables["studies.csv"][0], "study_id": "beta"})
    for name in ("dosing.csv", "observations.csv"):
        tables[name] += [{**row, "study_id": "beta"} for row in tables[name]]
    tables["observations.csv"] = [
        {**row, "row_id": f"{row['study_id']}{row['row_id']}"} for row in tables["observations.csv"]
    ]
    return tables


def problem_with(folder: Path) -> Problem:
    settings = Settings.from_preset(model="single_loop", patients="common_gain")
    return problem_of(trials_of(folder, beside_another()), settings)


def spreads(problem: Problem, deviations: list[float], **others: float) -> np.ndarray:
    """SD of the reports at entry of both studies."""
    draw = {name: jnp.asarray(each) for name, each in (SPREADS | others).items()}
    draw |= {"enrolment_by_study": jnp.zeros(2), "passing_report_by_study": jnp.asarray(deviations)}
    people = problem.people.enrolled(problem.model, problem.design, draw, loop_values(0.5))
    crowd = people.arms
    assert isinstance(crowd, Crowd)
    return np.sqrt(np.asarray(crowd.admitted.first_variance))


def test_reports_of_a_study_at_entry_vary_by_its_passing_spread_and_by_that_of_no_other(
    tmp_path: Path,
) -> None:
    problem = problem_with(tmp_path)
    alike = spreads(problem, [0.0, 0.0])
    found = spreads(problem, [0.0, 1.5])
    assert alike[0] == pytest.approx(alike[1], abs=1e-12)
    assert found[0] == pytest.approx(alike[0], abs=1e-12)
    everywhere = spreads(problem, [0.0, 0.0], passing_report_spread=float(np.exp(0.3 * 1.5)))
    assert found[1] == pytest.approx(everywhere[1], abs=1e-12)
    assert found[1] > alike[1] + 0.1
    no_studies_differ = spreads(problem, [0.0, 1.5], passing_report_log_sd=0.0)
    assert no_studies_differ[1] == pytest.approx(alike[1], abs=1e-12)


def test_fit_has_one_deviation_of_every_painful_study_and_none_of_one_patient(tmp_path: Path) -> None:
    problem = problem_with(tmp_path)
    assert whitened_sizes(problem)["passing_report_by_study"] == 2
    one_patient = problem._replace(people=OnePatient())
    assert "passing_report_by_study" not in whitened_sizes(one_patient)

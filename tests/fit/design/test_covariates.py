"""Claims about effects that differ by covariates of studies."""

from pathlib import Path
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest

from windup.fit import Settings, SettingsError, SettingsFaults
from windup.fit.analyses.exchange.export import export
from windup.fit.analyses.exchange.nominal import prior_medians
from windup.fit.display.blocks import markdown
from windup.fit.display.covariates import covariate_blocks
from windup.fit.problem.build import problem_of
from windup.fit.problem.observation import expect
from windup.fit.problem.priors import observation_priors
from windup.fit.problem.problem import Problem

from ...datasets.tiny import tiny_tables
from ..designs import course_of, nuisance_of, trials_of
from ..prior_run import prior_run

DECADES: dict[str, Any] = {"year": {"centre": 2010, "unit": 10, "sd": 0.3}}


def problem_with(folder: Path, years: dict[str, str], covariates: dict[str, Any] | None = None) -> Problem:
    """Small trials, of the given years."""
    tables = tiny_tables()
    tables["studies.csv"] = [
        {**row, "year": years.get(row["study_id"], "2010")} for row in tables["studies.csv"]
    ]
    settings = Settings.from_preset(
        "quick", model="time_course", covariates=DECADES if covariates is None else covariates
    )
    return problem_of(trials_of(folder, tables), settings)


def values_of_arms(problem: Problem) -> dict[str, float]:
    """Covariate of the last visit of every arm."""
    visits = problem.design.visits
    return {problem.design.arms[arm]: float(visits.covariates[n, 0]) for n, arm in enumerate(visits.arm)}


def test_treated_arms_of_comparisons_have_the_covariate_in_its_units_from_its_centre(tmp_path: Path) -> None:
    problem = problem_with(tmp_path, {"alpha": "2025", "beta": "2000"})
    values = values_of_arms(problem)
    treated = {arm: value for arm, value in values.items() if value != 0.0}
    assert set(treated.values()) <= {1.5, -1.0}
    assert treated
    assert all(value == 0.0 for arm, value in values.items() if arm.endswith("placebo"))


def test_study_without_the_number_has_the_value_of_the_settings_and_else_the_centre(tmp_path: Path) -> None:
    none = {row["study_id"]: "" for row in tiny_tables()["studies.csv"]}
    problem = problem_with(tmp_path, none)
    assert set(values_of_arms(problem).values()) == {0.0}
    assert problem.design.covariates[0].values == ()
    (tmp_path / "given").mkdir()
    given = problem_with(tmp_path / "given", none, {"year": {"centre": 2010, "unit": 10, "missing": 2015}})
    assert set(values_of_arms(given).values()) == {0.0, 0.5}


def test_centre_moves_no_study_where_the_missing_value_stays(tmp_path: Path) -> None:
    # All values move by the same, so that only the effect at the centre is another one.
    found = []
    for number, centre in enumerate((2000, 2020)):
        (tmp_path / str(number)).mkdir()
        chosen = {"year": {"centre": centre, "unit": 10, "missing": 2012}}
        found.append(
            values_of_arms(problem_with(tmp_path / str(number), {"alpha": "2025", "beta": ""}, chosen))
        )
    moved = {arm: found[0][arm] - found[1][arm] for arm in found[0] if found[0][arm] or found[1][arm]}
    assert set(np.round(list(moved.values()), 12)) == {2.0}


def test_slope_lowers_pain_of_treated_arms_as_the_placebo_response_builds_up(tmp_path: Path) -> None:
    years = {row["study_id"]: "2030" for row in tiny_tables()["studies.csv"]}
    design = problem_with(tmp_path, years).design
    plain, course = nuisance_of(design), course_of(design)
    steep = plain._replace(exaggeration=(0.0, 0.0, jnp.array([0.4])))
    change = np.asarray(expect(design, course, steep).mean - expect(design, course, plain).mean)
    rows = {name: change[i] for i, name in enumerate(design.table["row_id"])}
    built_up = -np.expm1(-8 * 7 / 14.0)
    np.testing.assert_allclose(rows["a1"], -0.4 * 2.0 * built_up, rtol=1e-9)
    np.testing.assert_allclose([rows["a2"], rows["g1"]], 0.0, atol=1e-12)


def test_slopes_have_the_prior_of_the_settings_and_fits_without_covariates_have_none(tmp_path: Path) -> None:
    prior = observation_priors(problem_with(tmp_path, {}))["effect_by_covariate"]
    np.testing.assert_allclose(prior.variance, [0.09])
    (tmp_path / "none").mkdir()
    plain = problem_with(tmp_path / "none", {}, covariates={})
    assert "effect_by_covariate" not in observation_priors(plain)


def test_prior_of_slopes_is_changed_where_the_covariates_stand(tmp_path: Path) -> None:
    settings = Settings.from_preset(
        "quick", model="time_course", covariates=DECADES, fixed={"effect_by_covariate": 0.0}
    )
    with pytest.raises(SettingsFaults, match=r"stands in \[covariates\]"):
        problem_of(trials_of(tmp_path, tiny_tables()), settings)


def test_run_with_covariates_is_read_with_them(tmp_path: Path) -> None:
    run = prior_run(tmp_path, covariates=DECADES)
    assert [each.name for each in run.problem.design.covariates] == ["year"]


def test_formulas_of_effects_by_covariates_are_not_exported(tmp_path: Path) -> None:
    settings = Settings.from_preset("quick", model="time_course", covariates=DECADES)
    trials = trials_of(tmp_path, tiny_tables())
    problem = problem_of(trials, settings)
    with pytest.raises(SettingsError, match="cannot be exported"):
        export(problem, prior_medians(problem), trials=trials, settings=settings)


def test_page_names_every_slope() -> None:
    row = {"covariate": "baseline_pain", "centre": 6.0, "unit": 1.0, "prior_sd": 0.5}
    row |= {"studies": 63, "studies_mean": 5.89, "missing": 6.0}
    row |= {"median": -0.24, "low_95": -0.4, "high_95": -0.1, "p_positive": 0.01}
    page = markdown(tuple(covariate_blocks({"covariates": [row]})))
    assert "| baseline pain | 6.0 | 1.0 | −0.24 | −0.40 to −0.10 | 0.01 | 0.50 | 63 | 5.9 | 6.0 |" in page
    assert covariate_blocks({}) == []

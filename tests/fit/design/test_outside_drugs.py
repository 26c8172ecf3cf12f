"""Claims about rows of arms with a treatment outside the models, in a fit that takes them."""

from __future__ import annotations

from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.special import expit, logit

from windup.datasets import OUTSIDE_DRUGS, Trials, load_trials, packaged_catalogue, packaged_trials
from windup.fit.analyses.scoring.held_out import Seen, named_of_trials
from windup.fit.design.build import build_design
from windup.fit.errors import SettingsFaults
from windup.fit.problem.build import build_problem
from windup.fit.problem.choices import chosen_priors
from windup.fit.problem.model import evaluate_sites
from windup.fit.problem.observation import expect
from windup.fit.problem.prior_predictive import simulate
from windup.fit.problem.priors import observation_priors, outside_priors
from windup.fit.problem.target import prior_draw
from windup.models import PlaceboOnly

from ...datasets.catalogue.own import own_tables
from ...datasets.tiny import Tables, write_tables
from ..designs import course_of, nuisance_of, tables_of

BLOCKS = (OUTSIDE_DRUGS,)


def tables(drug: str = "snri", **phase: str) -> Tables:
    """One study: placebo, pregabalin, and pregabalin with a treatment of a class."""
    made = tables_of({}, "control", "single", "both")
    control, single, both = made["dosing.csv"]
    pregabalin = {
        "drug": "pregabalin", "substance": "pregabalin", "dose_per_administration": "150",
        "dose_unit": "mg", "administrations_per_day": "2",
    }  # fmt: skip
    made["dosing.csv"] = [
        control,
        single | pregabalin,
        both | pregabalin,
        both | {"drug": drug, "substance": "x"} | phase,
    ]
    return made


def loaded(folder: Path, made: Tables, *, blocks: tuple[str, ...] = BLOCKS) -> Trials:
    return load_trials(write_tables(folder, made), blocks=blocks)


@pytest.fixture(scope="module")
def packaged() -> Trials:
    return packaged_trials(blocks=BLOCKS)


def test_rows_of_an_arm_with_an_outside_class_are_used_only_with_the_block(tmp_path: Path) -> None:
    made = tables()
    without = loaded(tmp_path, made, blocks=()).observations.set_index("arm_id")
    used = loaded(tmp_path, made).observations
    assert used["used"].all()
    assert set(without.index[without["used"]]) == {"control", "single"}
    assert set(without.loc["both", "reason"]) == {"treatment outside the cascade"}


def test_arm_with_nothing_but_an_outside_class_has_no_dose_in_the_solve(tmp_path: Path) -> None:
    made = tables()
    del made["dosing.csv"][2]
    design = build_design(loaded(tmp_path, made))
    arm = design.arms.index("alpha/both")
    assert all((dose[:, arm] == 0.0).all() for dose in design.schedule.doses.values())
    assert design.arm_drugs[arm] == ("snri",)


def test_outside_class_leaves_the_schedule_of_the_solve_as_it_is(tmp_path: Path) -> None:
    made = tables(start_week="1.3", end_week="6.1")
    with_class = build_design(loaded(tmp_path, made)).schedule
    del made["dosing.csv"][3]
    without = build_design(loaded(tmp_path, made)).schedule
    np.testing.assert_array_equal(with_class.trial_days, without.trial_days)
    for name, dose in with_class.doses.items():
        np.testing.assert_array_equal(dose, without.doses[name])


def test_expected_pain_of_an_arm_falls_by_the_closed_form_of_the_relief(tmp_path: Path) -> None:
    design = build_design(loaded(tmp_path, tables()))
    nuisance = nuisance_of(design, drugs=2)
    course = course_of(design)
    plain = np.asarray(expect(design, course, nuisance).mean)
    relief = nuisance._replace(outside_relief=jnp.array([0.7]), outside_days=jnp.array([10.0]))
    found = np.asarray(expect(design, course, relief).mean) - plain
    load = -np.expm1(-56.0 / 10.0)
    treated = (design.table["arm_id"] == "both") & (design.table["time_weeks"] > 0.0)
    wanted = np.where(treated, 10.0 * expit(logit(0.6) - 0.7 * load) - 6.0, 0.0)
    np.testing.assert_allclose(found, wanted, atol=1e-12)


def test_class_counts_as_a_drug_of_its_study_with_deviations_of_its_own(tmp_path: Path) -> None:
    problem = build_problem(loaded(tmp_path, tables()), PlaceboOnly())
    assert problem.design.study_drugs == (("pregabalin", "snri"),)
    assert problem.drugs == ("pregabalin", "snri")
    both = problem.design.visits.arm == problem.design.arms.index("alpha/both")
    assert (problem.design.visits.drug_load[both].max(axis=0)[:2] > 0.9).all()


def test_own_class_of_a_folder_has_its_prior_and_acts_on_after_its_phase(tmp_path: Path) -> None:
    made = tables("leeches", start_week="0", end_week="2") | {
        "outside_classes.csv": own_tables()["outside_classes.csv"]
    }
    design = build_design(loaded(tmp_path, made))
    assert design.outside.classes == ("leeches",)
    last = design.outside.visit == design.outside.visit.max()
    assert (design.outside.on_days[last].tolist(), design.outside.off_days[last].tolist()) == ([42.0], [14.0])
    priors = outside_priors(design)
    np.testing.assert_allclose(priors["outside_relief"].variance, 0.3**2)
    np.testing.assert_allclose(priors["outside_days"].mean, 5.0 * np.exp(0.2**2 / 2.0))


def test_relief_has_its_prior_whatever_its_time_constant(tmp_path: Path) -> None:
    """The response after six weeks is what is sampled."""
    problem = build_problem(loaded(tmp_path, tables()), PlaceboOnly())
    draws = jax.vmap(lambda key: prior_draw(problem, key))(jax.random.split(jax.random.key(0), 4000))
    relief, log_days = np.asarray(draws["outside_relief"])[:, 0], np.log(draws["outside_days"])[:, 0]
    assert "outside_response" not in draws
    for some in (log_days < np.median(log_days), log_days >= np.median(log_days)):
        assert relief[some].std() == pytest.approx(0.65, rel=0.06)
        assert relief[some].mean() == pytest.approx(0.0, abs=0.06)


def test_response_is_the_relief_times_the_share_that_six_weeks_build_up(tmp_path: Path) -> None:
    problem = build_problem(loaded(tmp_path, tables()), PlaceboOnly())
    sites = simulate(jax.random.key(1), problem).sites
    draw, _ = evaluate_sites(problem, sites)
    days = np.asarray(draw["outside_days"])
    expected = np.asarray(draw["outside_relief"]) * (1.0 - np.exp(-42.0 / days))
    np.testing.assert_allclose(sites["outside_response"], expected, rtol=1e-10)


def test_fit_without_such_arms_has_no_parameter_of_the_block(tmp_path: Path) -> None:
    problem = build_problem(loaded(tmp_path, tables(), blocks=()), PlaceboOnly())
    assert problem.design.outside.classes == ()
    assert problem.drugs == ("pregabalin",)
    assert not {"outside_relief", "outside_days"} & set(observation_priors(problem))


def test_setting_that_changes_the_prior_of_a_class_is_sent_to_its_table() -> None:
    with pytest.raises(SettingsFaults, match=r"outside_classes\.csv"):
        chosen_priors(PlaceboOnly(), packaged_catalogue(), {}, {"outside_relief": 0.0})


def test_block_adds_this_many_rows_and_studies(packaged: Trials) -> None:
    on, off = packaged.observations, packaged_trials(blocks=()).observations
    gained = on[on["used"] & ~off["used"]]
    assert (len(gained), gained["study_id"].nunique()) == (350, 93)
    assert (off["used"] <= on["used"]).all()
    assert gained["blocks"].str.contains(OUTSIDE_DRUGS).all()


def test_every_trial_that_the_block_takes_compares_arms(packaged: Trials) -> None:
    on, off = packaged.observations, packaged_trials(blocks=()).observations
    mine = set(on.loc[on["used"] & ~off["used"], "study_id"])
    used = on[on["used"] & on["study_id"].isin(mine)]
    arms = {
        study: set(rows["arm_id"]) | set(rows["reference_arm"]) - {""}
        for study, rows in used.groupby("study_id")
    }
    assert min(map(len, arms.values())) >= 2


def test_held_out_trial_takes_the_relief_of_its_class_from_the_fit(tmp_path: Path) -> None:
    problem = build_problem(loaded(tmp_path, tables()), PlaceboOnly())
    response = jnp.ones(len(problem.design.catalogue.placebo_groups))
    draw = {
        "outside_relief": jnp.array([0.1, 0.8]),
        "outside_days": jnp.array([3.0, 9.0]),
        "placebo_response": response,
    }
    found = named_of_trials(jax.random.key(0), draw, problem, Seen(("cannabinoid", "pregabalin", "snri")))
    assert found["outside_relief"].tolist() == [draw["outside_relief"][1]]
    assert found["outside_days"].tolist() == [9.0]


def test_held_out_trial_draws_the_relief_of_a_class_that_the_fit_did_not_have(tmp_path: Path) -> None:
    problem = build_problem(loaded(tmp_path, tables()), PlaceboOnly())
    response = jnp.ones(len(problem.design.catalogue.placebo_groups))
    draw = {
        "outside_relief": jnp.array([7.0]),
        "outside_days": jnp.array([3.0]),
        "placebo_response": response,
    }
    seen = Seen(("cannabinoid",))
    drawn = [
        float(named_of_trials(jax.random.key(n), draw, problem, seen)["outside_relief"][0])
        for n in range(200)
    ]
    assert abs(np.std(drawn) - 0.65) < 0.1

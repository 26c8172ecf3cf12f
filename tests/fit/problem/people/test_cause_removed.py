"""Claims about arms whose cause of pain is taken away, against people solved by adaptive diffrax."""

from __future__ import annotations

from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from numpyro.infer.util import log_density
from scipy.stats import kstest, norm

from windup.datasets import load_trials
from windup.fit import Settings
from windup.fit.analyses.scoring.held_out import Seen, named_of_trials
from windup.fit.problem.build import problem_of
from windup.fit.problem.model import posterior_model
from windup.fit.problem.people.levels import limit_rows, score_above
from windup.fit.problem.prior_predictive import simulate
from windup.fit.problem.problem import Problem
from windup.fit.problem.target import build_target
from windup.models import Drive, Schedule
from windup.models.integrator.truth import solve_adaptive

from ....datasets.tiny import write_tables
from ...designs import tables_of
from .operated import LATE_WEEK, course_at, operated, operated_trial, trials_with
from .simulated import drives_at, loop_values, steady_pains
from .test_population import GROUPS, PEOPLE, SPREADS

DAYS_AFTER = 7.0 * (LATE_WEEK - 2)
AT_ONCE, NEVER = -40.0, 40.0
"""Log odds with which the cause stays in nobody, and in everybody."""


def late_visit(problem: Problem, arm: str) -> int:
    visits = problem.design.visits
    mine = visits.arm == problem.design.arms.index(f"{problem.design.studies[0]}/{arm}")
    return int(np.flatnonzero(mine & (visits.elapsed_days > 0.0))[0])


def solved_without_cause(problem: Problem, pains: np.ndarray, values: dict[str, jax.Array]) -> jax.Array:
    """Pain of people 50 weeks after their peripheral drive became 0, each solved by himself."""
    share = np.full(len(pains), problem.design.central_share[0])
    each = problem.model.at_enrolment(jnp.asarray(pains), share, np.ones(len(pains)), values)
    nothing = jnp.zeros(len(pains))
    drive = Drive(nothing, each.strength * share, nothing, jnp.ones(len(pains)))
    schedule = Schedule(
        trial_days=np.array([0.0, DAYS_AFTER]),
        study=np.arange(len(pains)),
        doses={name: np.zeros((1, len(pains))) for name in problem.design.catalogue.dose_columns},
        visit_arm=np.arange(len(pains)),
        visit_node=np.ones(len(pains), int),
    )
    tolerance = {"relative_tolerance": 1e-9, "absolute_tolerance": 1e-9}
    return solve_adaptive(problem.model, schedule, drive, values, enrolled=each.state, **tolerance).pain


@pytest.mark.parametrize(("gain", "outlives"), [(0.5, False), (1.3, True)])
def test_without_its_cause_pain_goes_where_the_gain_is_below_one_and_stays_above(
    tmp_path: Path, gain: float, outlives: bool
) -> None:
    problem = operated(tmp_path)
    # 8 points: at a gain of 1.3 the loop holds 7.2 by itself, and nobody stays below.
    values, draw = loop_values(gain, pregabalin_input=0.0), {"enrolment_by_study": jnp.full(1, 2.0)}
    operated_visit, waiting_visit = late_visit(problem, "operated"), late_visit(problem, "waiting")
    pain = {name: course_at(problem, draw, values, x).mean.pain for name, x in
            (("away", AT_ONCE), ("half", 0.0), ("stays", NEVER))}  # fmt: skip
    first = float(pain["stays"][waiting_visit])
    alone = float(solved_without_cause(problem, np.array([first]), values)[0])
    assert (alone > 0.8 * first) == outlives
    assert float(pain["away"][operated_visit]) == pytest.approx(alone, abs=1e-4)
    assert float(pain["stays"][operated_visit]) == pytest.approx(first, abs=1e-9)
    assert float(pain["half"][operated_visit]) == pytest.approx(0.5 * (alone + first), abs=1e-4)
    assert all(float(each[waiting_visit]) == first for each in pain.values())


def test_people_of_a_comparator_who_changed_over_are_a_share_of_it(tmp_path: Path) -> None:
    tables = operated_trial()
    later = {**tables["dosing.csv"][0], "arm_id": "waiting", "start_week": "12", "end_week": "12"}
    tables["dosing.csv"] = [{**each, "share_treated": ""} for each in tables["dosing.csv"]]
    tables["dosing.csv"].append({**later, "share_treated": "0.25"})
    trials = trials_with(tmp_path, tables)
    problem = problem_of(trials, Settings.from_preset(model="time_course"))
    values = {each.name: jnp.asarray(each.location) for each in problem.model.parameters()}
    draw = {"enrolment_by_study": jnp.zeros(1)}
    pain = course_at(problem, draw, values, float(np.log(0.2 / 0.8))).mean.pain
    first = float(pain[problem.design.visits.elapsed_days == 0.0][0])
    # Without a loop the central share of a tenth is what is left of the pain at once.
    central = float(problem.design.central_share[0])
    for arm, share in (("operated", 1.0), ("waiting", 0.25)):
        expected = first * (1.0 - share * (1.0 - 0.2) * (1.0 - central))
        assert float(pain[late_visit(problem, arm)]) == pytest.approx(expected, rel=1e-6)
    untreated = problem.design.visits.untreated
    assert untreated[late_visit(problem, "waiting")]
    assert not untreated[late_visit(problem, "operated")]


def test_share_of_a_procedure_that_a_fit_has_seen_is_kept_for_new_trials(tmp_path: Path) -> None:
    problem = operated(tmp_path, "time_course")
    groups = len(problem.design.catalogue.placebo_groups)
    draw = {"cause_stays": jnp.array([-1.25]), "placebo_response": jnp.zeros(groups)}
    known = named_of_trials(jax.random.key(0), draw, problem, Seen(("knee_replacement",)))
    assert known["cause_stays"].tolist() == [-1.25]
    unknown = named_of_trials(jax.random.key(0), draw, problem, Seen(()))
    assert unknown["cause_stays"].shape == (1,)
    assert unknown["cause_stays"].tolist() != [-1.25]


@pytest.mark.parametrize(
    ("gain", "gain_spread", "within"),
    [(0.5, 0.0, 0.05), (1.3, 0.0, 0.05), (0.5, 0.2, 0.05), (1.3, 0.2, 0.2), (0.9, 0.2, 0.2)],
)
def test_arm_without_its_cause_has_mean_sd_and_shares_of_many_people_solved_one_by_one(
    tmp_path: Path, gain: float, gain_spread: float, within: float
) -> None:
    # Pain goes below a gain of 1 and stays above it: lines between nine gains cost up to two tenths there.
    patients = "population" if gain_spread else "common_gain"
    problem, stays = operated(tmp_path, patients=patients, limits=("1", "3", "6")), 0.2
    values = loop_values(gain, pregabalin_input=0.0)
    spreads = SPREADS | ({"gain_spread": gain_spread} if gain_spread else {})
    draw = {"enrolment_by_study": jnp.zeros(1)} | {name: jnp.asarray(x) for name, x in spreads.items()}
    found = course_at(problem, draw, values, float(np.log(stays / (1.0 - stays))))

    rng = np.random.default_rng(5)
    groups = GROUPS if gain_spread else 1
    usual = 10.0 / (1.0 + np.exp(-0.4))
    drives = drives_at(usual, SPREADS["drive_spread"], gain, gain_spread, values, PEOPLE // groups)
    solve = jax.jit(lambda values, pains: solved_without_cause(problem, pains, values))
    reports = []
    for factor in np.exp(gain_spread * norm.ppf((np.arange(groups) + 0.5) / groups)):
        theirs = values | {"feedback_gain": values["feedback_gain"] * factor}
        everybody = np.sort(steady_pains(gain * factor, drives, theirs))
        # People who can stand on either branch are there twice.
        many = round(100 * len(everybody) / len(drives))
        pains = everybody[(np.linspace(0.0, 1.0, len(drives), endpoint=False) * len(everybody)).astype(int)]
        after = np.asarray(solve(theirs, pains))
        before, change = np.repeat(pains, many), np.repeat(after - pains, many)
        change = change * (rng.uniform(size=len(before)) > stays)
        offset = rng.normal(0.0, SPREADS["lasting_report_spread"], len(before))
        passing = SPREADS["passing_report_spread"]
        first = before + offset + rng.normal(0.0, passing, len(before))
        later = before + offset + change + rng.normal(0.0, passing, len(before))
        reports.append(later[first >= 4.0])
    reported = np.concatenate(reports)
    visit = late_visit(problem, "operated")
    assert found.spread is not None
    assert float(found.mean.pain[visit]) == pytest.approx(reported.mean(), abs=within)
    assert float(found.spread[visit]) == pytest.approx(reported.std(), abs=within)
    assert found.levels is not None
    rows = limit_rows(problem.design)
    mine = problem.design.rows.visits[rows, 0] == visit
    cuts = problem.design.rows.cut[rows]
    score, _ = score_above(found.levels, found.mean.pain[problem.design.rows.visits[rows, 0]], cuts)
    shares = [np.mean(reported >= cut) for cut in cuts[mine]]
    np.testing.assert_allclose(norm.cdf(score)[mine], shares, atol=0.2 * within)


def test_pain_with_and_without_its_cause_moves_smoothly_with_the_gain(tmp_path: Path) -> None:
    # Between these gains people begin to stay where they are without their cause, one after the other.
    problem = operated(tmp_path, patients="population")
    draw = {"enrolment_by_study": jnp.zeros(1)} | {name: jnp.asarray(x) for name, x in SPREADS.items()}
    draw |= {"gain_spread": jnp.asarray(0.2)}

    @jax.jit
    def pains(gain: jax.Array) -> jax.Array:
        values = loop_values(0.5, pregabalin_input=0.0) | {"feedback_gain": gain}
        return course_at(problem, draw, values, -2.0).mean.pain

    found = np.array([pains(gain) for gain in np.arange(0.85, 1.15, 0.0025)])
    assert np.ptp(found[:, late_visit(problem, "operated")]) > 1.0
    assert np.abs(np.diff(found, 2, axis=0)).max() < 0.03


@pytest.mark.parametrize(
    ("model", "patients"),
    [
        pytest.param("cascade", "mean", marks=pytest.mark.slow),
        ("single_loop", "population"),
    ],
)
def test_gradient_of_the_density_with_the_block_agrees_with_finite_differences(
    tmp_path: Path, model: str, patients: str
) -> None:
    target = build_target(operated(tmp_path, model, patients=patients, limits=("3",)))

    def log_density(position: jax.Array) -> jax.Array:
        return -target.potential(position, target.data)

    position = jnp.asarray(target.initial) + 0.1
    along = jax.random.normal(jax.random.key(1), position.shape)
    slope = jax.jit(jax.grad(log_density))(position) @ along
    value, step = jax.jit(log_density), 1e-4
    by_difference = (value(position + step * along) - value(position - step * along)) / (2.0 * step)
    assert "cause_stays[0]" in target.coordinates
    assert float(slope) == pytest.approx(float(by_difference), rel=1e-4, abs=1e-4)


def test_without_the_block_a_fit_is_one_without_the_study(tmp_path: Path) -> None:
    other = tables_of({"sd": "1.9", "n": "80"}, "active")
    other["studies.csv"][0] |= {"study_id": "beta"}
    for name in ("dosing.csv", "observations.csv"):
        for row in other[name]:
            row |= {"study_id": "beta"}
    both = {name: [*rows, *other.get(name, [])] for name, rows in operated_trial().items()}
    targets = []
    for name, tables in (("both", both), ("one", other)):
        (tmp_path / name).mkdir()
        trials = load_trials(write_tables(tmp_path / name, tables))
        targets.append(build_target(problem_of(trials, Settings.from_preset(model="turnover"))))
    first, second = (float(each.potential(jnp.asarray(each.initial), each.data)) for each in targets)
    assert targets[0].coordinates == targets[1].coordinates
    assert first == second


@pytest.mark.release
def test_share_of_those_whose_cause_stays_is_recovered_from_simulated_trials(tmp_path: Path) -> None:
    # Given the drawn values of all other parameters, so that no chain is needed: ranks of the drawn share in
    # its posterior are uniform where density and simulation agree.
    problem = operated(tmp_path, "turnover", sd="0.8")
    grid = jnp.linspace(-6.0, 3.0, 181)

    def ranked(rng_key: jax.Array) -> tuple[jax.Array, jax.Array, jax.Array]:
        drawn = simulate(rng_key, problem)
        seen = problem._replace(observed=drawn.observed)

        def joint(log_odds: jax.Array) -> jax.Array:
            sites = drawn.sites | {"cause_stays": log_odds[None]}
            return log_density(posterior_model, (seen,), {}, sites)[0]

        weight = jax.nn.softmax(jax.lax.map(joint, grid))
        below = jnp.sum(jnp.where(grid < drawn.sites["cause_stays"][0], weight, 0.0))
        spread = jnp.sqrt(jnp.sum(weight * grid**2) - jnp.sum(weight * grid) ** 2)
        return below, spread, drawn.possible

    ranks, spreads, possible = jax.jit(lambda keys: jax.lax.map(ranked, keys))(
        jax.random.split(jax.random.key(4), 60)
    )
    prior_sd = problem.design.catalogue.procedure_by_name["knee_replacement"].log_odds_sd
    assert bool(jnp.all(possible))
    assert kstest(np.asarray(ranks), "uniform").pvalue > 0.01
    assert float(jnp.median(spreads)) < 0.92 * prior_sd

"""Claims about treated rows given the control rows of their study."""

from functools import partial
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.special import logsumexp
from scipy.stats import multivariate_t, norm

from windup.datasets import Trials, load_trials, packaged_trials
from windup.fit.analyses.scoring.densities import Densities, batch_error, log_density_of, log_mean
from windup.fit.analyses.scoring.held_out import HeldOut, _first_reports, predict_trials, seen_by
from windup.fit.analyses.scoring.score import predictions
from windup.fit.analyses.scoring.scores import elpd_of
from windup.fit.analyses.scoring.treated import GIVEN, treated_given_control, treated_rows
from windup.fit.design.build import build_design
from windup.fit.design.subset import only
from windup.fit.design.treatments.comparators import (
    NO_CONTROL,
    NO_TREATED_ROW,
    NOT_RANDOMISED,
    WITHDRAWAL,
    ComparedRows,
    compared_rows,
)
from windup.fit.problem.build import build_problem, error_model_named, model_named
from windup.fit.problem.priors import mechanism_priors, observation_priors, whitened_priors
from windup.fit.problem.problem import Problem

from ....datasets.tiny import Tables, tiny_tables, write_tables
from ...designs import tables_of, trials_of

PAIN = {("drug", "0"): "6.4", ("drug", "8"): "3.9", ("placebo", "0"): "6.5", ("placebo", "8"): "5.1"}


def trial(**study: str) -> Tables:
    """A trial of a drug and placebo, with the means of both at baseline and after eight weeks."""
    tables = tables_of({}, "drug", "placebo", study=study)
    drug = next(each for each in tiny_tables()["dosing.csv"] if each["drug"] == "pregabalin")
    tables["dosing.csv"][0] = {**drug, "study_id": "alpha", "arm_id": "drug"}
    for row in tables["observations.csv"]:
        row["value"] = PAIN[row["arm_id"], row["time_weeks"]]
    return tables


def problem_of(trials: Trials, errors: str = "student_t") -> Problem:
    return build_problem(trials, model_named("placebo_only"), errors=error_model_named(errors))


def a_draw(problem: Problem) -> Any:
    """One draw from the prior of a model in which drugs do nothing; courses have plain numbers."""
    priors = mechanism_priors(problem) | observation_priors(problem) | whitened_priors(problem)
    keys = jax.random.split(jax.random.key(3), len(priors))
    draw = {name: prior.sample(key) for key, (name, prior) in zip(keys, priors.items(), strict=True)}
    plain = {
        "placebo_per_baseline_point": 0.0,
        "placebo_per_decade": 0.0,
        "placebo_time": 14.0,
        "natural_course": 0.3,
        "natural_time": 90.0,
        "placebo_spread": 0.6,
        "natural_spread": 0.4,
        "drug_spread": 0.5,
        "offset_spread": 0.4,
        "misfit": 0.2,
        "visit_correlation": 0.6,
        "degrees_of_freedom_above_2": 4.0,
        "bias_open_label": 0.0,
        "bias_small_trial": 0.0,
    }
    known = {name: jnp.asarray(value) for name, value in plain.items() if name in draw}
    spreads = jnp.zeros_like(draw["drug_spread_by_drug"])
    return {**draw, **known, "drug_spread_by_drug": spreads}


def predicted(problem: Problem, draw: Any, given: np.ndarray, seed: int = 1) -> HeldOut:
    program = partial(predict_trials, draw=draw, problem=problem, seen=seen_by(problem), sets=(given,))
    return jax.tree.map(np.asarray, jax.jit(lambda key: program(key))(jax.random.key(seed)))


def by_hand(problem: Problem, draw: Any, responses: tuple[float, float]) -> tuple[float, float]:
    """Both log densities by integration over the pain at entry and a normal mean placebo response.

    Rows and their covariance are written down from the equations of docs/understand/likelihood.md.
    """
    table = problem.design.table
    week, arm = table["time_weeks"].to_numpy(float), table["arm_id"].to_numpy(str)
    days, treated = 7.0 * week, arm == "drug"
    onset, drift = -np.expm1(-days / 14.0), np.expm1(-days / 90.0)
    load = treated * -np.expm1(-days / 14.0)
    loads = np.column_stack([0.6 * -onset, 0.4 * drift, 0.5 * load, np.full(len(days), 0.4)])
    error = table["standard_error"].to_numpy(float)
    same = (arm[:, None] == arm[None, :]) * np.where(days[:, None] == days[None, :], 1.0, 0.6)
    scale = loads @ loads.T + same * np.outer(error, error) + 0.2**2 * np.diag(week > -1.0)
    node, weight = np.polynomial.hermite_e.hermegauss(60)
    z = np.linspace(-6.0, 6.0, 1201)
    pain = np.asarray(_first_reports(problem, draw, jnp.asarray(z)[:, None]))[:, 0]
    response = responses[0] + responses[1] * node
    mean = pain[:, None, None] - onset * response[None, :, None] + drift * 0.3
    residual = table["estimate"].to_numpy(float) - mean
    log_weight = norm.logpdf(z)[:, None] + np.log(z[1] - z[0]) + np.log(weight / weight.sum())[None]
    found = []
    for rows in (np.full(len(days), True), (arm == "placebo") | (week == 0.0)):
        one = multivariate_t(np.zeros(rows.sum()), scale[np.ix_(rows, rows)], df=6.0)
        found.append(float(logsumexp(one.logpdf(residual[..., rows]) + log_weight)))
    return found[0], found[1]


def test_density_of_treated_rows_is_that_of_numerical_integration(tmp_path: Path) -> None:
    trials = trials_of(tmp_path, trial())
    problem = problem_of(trials)
    compared, draw, count = compared_rows(trials, problem.design), a_draw(problem), 1500
    # Draws of a normal posterior of the mean placebo response; all else is known.
    response = 1.5 + 0.5 * np.random.default_rng(0).normal(size=count)
    draws = {name: jnp.broadcast_to(value, (count, *jnp.shape(value))) for name, value in draw.items()}
    groups = draw["placebo_response"].shape
    draws["placebo_response"] = jnp.broadcast_to(jnp.asarray(response)[:, None], (count, *groups))
    held_out = predictions(draws, problem, seen_by(problem), sets=(compared.given,), seed=0)
    whole = np.asarray(held_out.log_density)
    block = Densities(("alpha",), whole, np.asarray(held_out.of_some), np.zeros_like(whole))
    joint, given = by_hand(problem, draw, (1.5, 0.5))
    for found, expected in (
        (log_density_of([block]), joint),
        (log_density_of([block], rows=GIVEN), given),
        (log_density_of([block], given=GIVEN), joint - given),
    ):
        assert found.errors[0] < 0.05
        assert abs(found.values[0] - expected) < 4.0 * found.errors[0]


@pytest.mark.slow
@pytest.mark.parametrize("errors", ["student_t", "mixture"])
def test_density_of_given_rows_is_that_of_a_study_that_printed_no_others(tmp_path: Path, errors: str) -> None:
    """Of means at baseline and shares of responders: binomial in one model of errors, rows in the other."""
    tables = trial()
    for row in tables["observations.csv"]:
        if row["time_weeks"] == "8":
            row |= {"outcome": "responder_50", "scale": "percent", "value": "40", "sd": ""}
    rows = [row for row in tables["observations.csv"] if row["row_id"] != "drug8"]
    (tmp_path / "fewer").mkdir()
    # Without the block in which an arm that is alone has a bias: here the placebo arm would be alone.
    trials, fewer = (
        load_trials(write_tables(folder, each), blocks=())
        for folder, each in ((tmp_path, tables), (tmp_path / "fewer", {**tables, "observations.csv": rows}))
    )
    problem, without = problem_of(trials, errors), problem_of(fewer, errors)
    # How likely a row is an error of print depends on how many rows there are; nothing else does.
    draw = {**a_draw(problem), "suspect_share": jnp.asarray(1e-12)}
    found = predicted(problem, draw, compared_rows(trials, problem.design).given)
    np.testing.assert_allclose(
        found.of_some[0], predicted(without, draw, np.full(3, True)).log_density, rtol=1e-6
    )
    assert not np.allclose(found.log_density, found.of_some[0])


@pytest.mark.slow
def test_order_of_rows_and_arms_changes_no_density(tmp_path: Path) -> None:
    tables = trial()
    turned = {name: rows[::-1] for name, rows in tables.items()}
    (tmp_path / "turned").mkdir()
    found = []
    for folder, each in ((tmp_path, tables), (tmp_path / "turned", turned)):
        trials = trials_of(folder, each)
        problem = problem_of(trials)
        draw = a_draw(problem)
        held_out = predicted(problem, draw, compared_rows(trials, problem.design).given)
        found.append((held_out.log_density, held_out.of_some))
    np.testing.assert_allclose(found[0][0], found[1][0], rtol=1e-9)
    np.testing.assert_allclose(found[0][1], found[1][1], rtol=1e-9)


def test_treated_given_control_is_the_difference_of_the_joint_densities() -> None:
    generator = np.random.default_rng(1)
    names = ("a", "b", "c")
    whole, some = generator.normal(-5.0, 1.0, (200, 3)), generator.normal(-3.0, 1.0, (200, 1, 3))
    blocks = (
        Densities(names[:2], whole[:, :2], some[..., :2], np.zeros((200, 2))),
        Densities(names[2:], whole[:, 2:], some[..., 2:], np.zeros((200, 1))),
    )
    found = log_density_of(blocks, given=GIVEN, only={"a", "c"})
    expected = (elpd_of(whole) - elpd_of(some[:, 0]))[[0, 2]]
    assert found.studies == ("a", "c")
    np.testing.assert_allclose(found.values, expected)


def test_rows_given_control_rows_come_from_draws_as_the_control_rows_weight_them(tmp_path: Path) -> None:
    """Draws with a normal mean, weighted by a normal density of the given rows: the conjugate case."""
    trials = trials_of(tmp_path, trial())
    design = build_design(trials)
    compared = compared_rows(trials, design)
    generator = np.random.default_rng(2)
    # Each draw has its own mean; the weights by the given rows choose among them.
    centre = generator.normal(5.0, 1.0, 20000)
    replicated = np.full((len(centre), 4), np.nan)
    row = int(np.flatnonzero(compared.treated)[0])
    replicated[:, row] = centre + 0.5 * generator.normal(size=len(centre))
    log_weight = norm.logpdf(4.0, centre, 1.0)[:, None]
    found = treated_rows(design, compared, replicated, log_weight, seed=0).rows.iloc[0]
    # Posterior of the centre N(4.5, 1/2); the row adds 0.25.
    assert found["predicted"] == pytest.approx(4.5, abs=0.1)
    assert found["high_95"] - found["low_95"] == pytest.approx(2.0 * 1.96 * np.sqrt(0.75), rel=0.08)


def with_design(design: str = "parallel_rct", withdrawal: str = "no") -> Tables:
    return trial(design=design, withdrawal=withdrawal)


def only_drugs() -> Tables:
    tables = trial()
    tables["dosing.csv"][1] |= {"drug": "gabapentin", "substance": "gabapentin", "dose_unit": "mg"}
    tables["dosing.csv"][1] |= {"dose_per_administration": "600", "administrations_per_day": "3"}
    return tables


def only_baselines() -> Tables:
    tables = trial()
    tables["observations.csv"] = [r for r in tables["observations.csv"] if r["row_id"] != "drug8"]
    return tables


@pytest.mark.parametrize(
    ("tables", "reason"),
    [
        (with_design("cohort"), NOT_RANDOMISED),
        (with_design(withdrawal="yes"), WITHDRAWAL),
        (only_drugs(), NO_CONTROL),
        (only_baselines(), NO_TREATED_ROW),
    ],
)
def test_study_without_a_comparison_is_left_out_with_its_reason(
    tmp_path: Path, tables: Tables, reason: str
) -> None:
    trials = trials_of(tmp_path, tables)
    design = build_design(trials)
    compared = compared_rows(trials, design)
    assert compared.left_out == {"alpha": reason}
    assert not compared.treated.any()
    nothing = np.zeros((10, len(design.studies)))
    replicated = np.full((10, len(design.rows.study)), 5.0)
    rows = treated_rows(design, compared, replicated, nothing, seed=0)
    block = Densities(("alpha",), nothing, nothing[:, None], nothing)
    found = treated_given_control((block,), (rows,), compared.left_out).totals()
    assert (found["studies"], found["rows"], found["log_density"]) == (0, 0, 0.0)


@pytest.fixture(scope="module")
def packaged() -> tuple[Any, ComparedRows]:
    names = {"lesser2004", "gilron2009", "raskin2014", "freynhagen_open", "messier2013_kneeoa"}
    trials = only(packaged_trials(), names)
    design = build_design(trials)
    return design, compared_rows(trials, design)


def arms_of(design: Any, rows: np.ndarray, study: str) -> set[str]:
    table = design.table[rows & (design.table["study_id"] == study)]
    return set(table["arm_id"])


def test_control_arms_of_packaged_trials_have_fewer_treatments_than_others(
    packaged: tuple[Any, ComparedRows],
) -> None:
    design, compared = packaged
    treated = {study: arms_of(design, compared.treated, study) for study in design.studies}
    assert treated["lesser2004"] == {"pregabalin_75", "pregabalin_300", "pregabalin_600"}
    assert len(treated["gilron2009"]) == len(treated["messier2013_kneeoa"]) == 1
    assert compared.left_out == {"raskin2014": WITHDRAWAL, "freynhagen_open": NOT_RANDOMISED}


def test_monte_carlo_errors_are_the_spread_of_repeated_estimates() -> None:
    """Of dependent draws, for a density that is known: y given theta is N(theta, 1), theta is N(0, 1)."""
    generator = np.random.default_rng(4)
    repeats, draws, rho, y = 400, 900, 0.8, np.array([0.7, -1.2])
    theta = np.empty((draws, repeats))
    theta[0] = generator.normal(size=repeats)
    for number in range(1, draws):
        theta[number] = rho * theta[number - 1] + np.sqrt(1.0 - rho**2) * generator.normal(size=repeats)
    # The first of two rows is given; both have the mean theta.
    given = norm.logpdf(y[0], theta, 1.0)
    whole = given + norm.logpdf(y[1], theta, 1.0)
    truth = norm.logpdf(y[1], y[0] / 2.0, np.sqrt(1.5))
    values, errors, independent = [], [], []
    for number in range(repeats):
        one = whole[:, [number]]
        block = Densities(("a",), one, given[:, None, [number]], np.zeros_like(one))
        found = log_density_of([block], given=GIVEN)
        values.append(found.values[0])
        errors.append(found.error_of_sum)
        moved = log_mean(one, 0.0 * one)[1] - log_mean(given[:, [number]], 0.0 * one)[1]
        independent.append(moved.std(ddof=1) / np.sqrt(draws))
    spread = np.std(values, ddof=1)
    assert abs(np.mean(values) - truth) < 4.0 * spread / np.sqrt(repeats) + spread**2
    assert np.sqrt(np.mean(np.square(errors))) == pytest.approx(spread, rel=0.15)
    # Taken for independent, the draws would promise much less.
    assert np.mean(independent) < 0.6 * spread


def test_monte_carlo_error_of_a_sum_counts_what_its_terms_share() -> None:
    generator = np.random.default_rng(5)
    shared = generator.normal(size=(2500, 1))
    whole = 0.3 * np.hstack([shared, shared])
    block = Densities(("a", "b"), whole, whole[:, None, :], np.zeros_like(whole))
    found = log_density_of([block])
    np.testing.assert_allclose(found.error_of_sum, 2.0 * found.errors[0])
    apart = [Densities((name,), whole[:, :1], whole[:, None, :1], np.zeros((len(whole), 1))) for name in "ab"]
    np.testing.assert_allclose(log_density_of(apart).error_of_sum, np.sqrt(2.0) * found.errors[0])


def test_three_draws_have_no_monte_carlo_error() -> None:
    assert np.isnan(batch_error(np.zeros((3, 2)))).all()

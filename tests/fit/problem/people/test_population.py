"""Claims about arms as populations, against many people solved by adaptive diffrax."""

from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from windup.fit import Settings
from windup.fit.problem.build import problem_of
from windup.fit.problem.model import enrolment, evaluate_sites, sample_sites
from windup.fit.problem.people.nodes import of_nodes
from windup.fit.problem.people.population import Population
from windup.fit.problem.people.reading import GAINS
from windup.fit.problem.people.standing import ENDS, Balance, balance_of
from windup.fit.problem.people.visit_spreads import visit_spreads
from windup.fit.problem.prior_predictive import simulate
from windup.fit.problem.problem import Problem, completed, values_of
from windup.fit.problem.target import build_target
from windup.fit.sampling.target.target import Target
from windup.models import Cascade, Drive, PainModel, SingleLoop, Values, lasting_drive
from windup.models.integrator.truth import solve_adaptive

from ...designs import trials_of
from .simulated import drives_at, loop_values, steady_pains
from .treated import one_trial

# People of every gain are solved together.
PEOPLE, GROUPS = 3000, 24
SPREADS = {
    "drive_spread": 0.6,
    "lasting_report_spread": 0.8,
    "passing_report_spread": 1.0,
    "passing_report_log_sd": 0.3,
    "passing_report_by_study": 0.0,
    "placebo_spread_between_people": 1.2,
    "sensitivity_spread": 0.6,
    "sd_misfit": 0.1,
}


def problem_with(
    folder: Path, model: str = "single_loop", patients: str = "common_gain", **fixed: float
) -> Problem:
    settings = Settings.from_preset(model=model, patients=patients, fixed=fixed)
    return problem_of(trials_of(folder, one_trial()), settings)


@pytest.mark.parametrize(
    ("gain", "gain_spread", "relief", "within"),
    [
        (0.5, 0.0, 1.2, 0.03),
        # The loop keeps up what the drug takes away.
        (1.15, 0.0, -0.02, 0.03),
        (0.5, 0.2, 1.2, 0.03),
        (0.85, 0.2, 0.4, 0.03),
        # Near a gain of 1 a drug helps hardly anybody, and people between those who are solved differ.
        (1.15, 0.2, 0.0, 0.07),
        (0.9, 0.45, 0.3, 0.05),
    ],
)
def test_arm_on_a_drug_and_after_it_has_mean_and_sd_of_many_people_solved_one_by_one(
    tmp_path: Path, gain: float, gain_spread: float, relief: float, within: float
) -> None:
    tables = one_trial()
    ends = tables["observations.csv"][1::2]
    after = [{**row, "row_id": f"{row['row_id']}_after", "time_weeks": "16"} for row in ends]
    tables["observations.csv"] += after
    patients = "population" if gain_spread else "common_gain"
    settings = Settings.from_preset(model="single_loop", patients=patients)
    problem = problem_of(trials_of(tmp_path, tables), settings)
    values = loop_values(gain, pregabalin_input=0.7)
    spreads = SPREADS | ({"gain_spread": gain_spread} if gain_spread else {})
    draw = {"enrolment_by_study": jnp.zeros(1)} | {name: jnp.asarray(x) for name, x in spreads.items()}
    people = problem.people.enrolled(problem.model, problem.design, draw, values)
    found = problem.people.course(problem.model, problem.design, problem.solve, people, values, None)
    assert found.spread is not None
    for visit, reports in enumerate(_reports_of(problem, gain, gain_spread, values)):
        assert float(found.mean.pain[visit]) == pytest.approx(reports.mean(), abs=within)
        assert float(found.spread[visit]) == pytest.approx(reports.std(), abs=within)
    on_placebo, on_drug = (float(found.mean.pain[visit]) for visit in (1, 3))
    assert on_placebo - on_drug > relief


def _reports_of(problem: Problem, gain: float, gain_spread: float, values: Values) -> list[np.ndarray]:
    """Reports at every visit of people of a single loop, each solved by adaptive diffrax."""
    rng = np.random.default_rng(3)
    share, schedule = problem.design.central_share[:1], problem.design.schedule
    schedule, usual = schedule._replace(study=np.zeros(2, int)), 10.0 / (1.0 + np.exp(-0.4))
    drives = drives_at(usual, SPREADS["drive_spread"], gain, gain_spread, values, PEOPLE // GROUPS)
    groups = GROUPS if gain_spread else 1

    @jax.jit
    def solved(drive: Drive, state: Any, values: Values) -> jax.Array:
        return solve_adaptive(
            problem.model, of_nodes(schedule, len(drives)), drive, values, enrolled=state,
            relative_tolerance=1e-6, absolute_tolerance=1e-6,
        ).pain  # fmt: skip

    reported: list[list[np.ndarray]] = [[] for _ in schedule.visit_node]
    for factor in np.exp(gain_spread * stats.norm.ppf((np.arange(groups) + 0.5) / groups)):
        theirs = values | {"feedback_gain": values["feedback_gain"] * factor}
        pains = np.sort(steady_pains(gain * factor, drives, theirs))
        # People who can stand on either branch are there twice.
        many = round(300 * GROUPS / groups * len(pains) / len(drives))
        pains = pains[(np.linspace(0.0, 1.0, len(drives), endpoint=False) * len(pains)).astype(int)]
        shares = np.full(len(pains), share[0])
        each = problem.model.at_enrolment(jnp.asarray(pains), shares, np.ones(len(pains)), theirs)
        drive = lasting_drive(each.strength, shares, np.ones(len(pains)))
        at_visits = np.asarray(solved(drive, each.state, theirs)).reshape(-1, len(pains))
        for visit, pain in enumerate(at_visits):
            noise = np.repeat(pains, many)
            offset = rng.normal(0.0, SPREADS["lasting_report_spread"], len(noise))
            first = noise + offset + rng.normal(0.0, SPREADS["passing_report_spread"], len(noise))
            change = np.repeat(pain - pains, many)
            change = change * (1.0 + SPREADS["sensitivity_spread"] * rng.normal(size=len(noise)))
            later = noise + offset + change + rng.normal(0.0, SPREADS["passing_report_spread"], len(noise))
            reported[visit].append((first if schedule.visit_node[visit] == 0 else later)[first >= 4.0])
    return [np.concatenate(parts) for parts in reported]


@pytest.mark.parametrize(("model", "within"), [(SingleLoop(), 1e-9), (Cascade(), 0.02)])
def test_drive_between_the_gains_that_are_solved_is_that_of_people_with_such_a_gain(
    model: PainModel[Any, Any], within: float
) -> None:
    values = {each.name: jnp.asarray(each.location) for each in model.parameters()}

    @jax.jit
    def drive_at(factor: jax.Array) -> jax.Array:
        return balance_of(
            model,
            np.array([0.1]),
            values | {name: values[name] * factor for name in model.loop_strengths()},
        )

    factors = jnp.exp(0.2 * jnp.asarray(GAINS[len(GAINS) // 2 - 1 : len(GAINS) // 2 + 2]))
    balance = Balance(jnp.stack([drive_at(factor) for factor in factors]), factors)
    inside = (ENDS > 1.0) & (ENDS < 9.0)
    for factor in (0.85, 1.2):
        read = balance.at(jnp.array([factor]))[0]
        exact = drive_at(jnp.asarray(factor))
        # Relative to what drive and loops supply together: a gain of 0 leaves all of it to the drive.
        needed = drive_at(jnp.asarray(1e-9))
        assert float(jnp.max(jnp.abs(read - exact)[:, inside] / needed[:, inside])) < within


def test_regression_to_the_mean_lowers_untreated_reports_and_no_pain(tmp_path: Path) -> None:
    problem = problem_with(tmp_path)
    values = loop_values(0.5, pregabalin_input=0.0)
    draw = {"enrolment_by_study": jnp.zeros(1)} | {name: jnp.asarray(x) for name, x in SPREADS.items()}
    falls = {}
    for passing in (0.05, 1.5):
        draw["passing_report_spread"] = jnp.asarray(passing)
        people = problem.people.enrolled(problem.model, problem.design, draw, values)
        pain = problem.people.course(
            problem.model, problem.design, problem.solve, people, values, None
        ).mean.pain
        begins = problem.design.schedule.visit_node == 0
        falls[passing] = float(pain[begins].mean() - pain[~begins].mean())
    assert falls[0.05] == pytest.approx(0.0, abs=0.01)
    assert falls[1.5] > 0.2


@pytest.mark.parametrize("model", ["cascade", "single_loop", "time_course"])
def test_gradient_of_the_density_agrees_with_finite_differences(tmp_path: Path, model: str) -> None:
    target = build_target(problem_with(tmp_path, model, "population"))

    def log_density(position: jax.Array) -> jax.Array:
        return -target.potential(position, target.data)

    position = jnp.asarray(target.initial) + 0.1
    along = jax.random.normal(jax.random.key(1), position.shape)
    slope = jax.jit(jax.grad(log_density))(position) @ along
    value = jax.jit(log_density)
    step = 1e-4
    by_difference = (value(position + step * along) - value(position - step * along)) / (2.0 * step)
    assert float(slope) == pytest.approx(float(by_difference), rel=1e-4, abs=1e-4)


def test_printed_sds_of_means_on_0_to_10_are_data_and_others_are_not(tmp_path: Path) -> None:
    tables = one_trial()
    tables["observations.csv"][1] |= {"sd": ""}
    problem = problem_of(
        trials_of(tmp_path, tables), Settings.from_preset(model="turnover", patients="population")
    )
    printed = visit_spreads(problem.design)
    assert len(printed.visit) == len(tables["observations.csv"]) - 1
    np.testing.assert_allclose(np.exp(problem.observed.visit_log_sd), 1.9)


def test_a_larger_printed_sd_is_more_probable_where_drives_differ_more(tmp_path: Path) -> None:
    odds = {}
    for sd in ("1.2", "3.2"):
        folder = tmp_path / sd
        folder.mkdir()
        trials = trials_of(folder, one_trial(sd=sd))
        problem = problem_of(trials, Settings.from_preset(model="turnover", patients="population"))
        target = build_target(problem)
        place = target.coordinates.index("drive_spread")
        position = jnp.asarray(target.initial)
        wide, narrow = (position.at[place].add(step) for step in (0.7, -0.7))
        odds[sd] = float(target.potential(narrow, target.data) - target.potential(wide, target.data))
    assert odds["3.2"] > odds["1.2"] + 1.0


def test_simulated_data_hold_sds_around_those_of_the_drawn_population(tmp_path: Path) -> None:
    problem = problem_with(tmp_path, "turnover", sd_misfit=0.01)

    def simulated(rng_key: jax.Array) -> tuple[jax.Array, jax.Array | None]:
        drawn = simulate(rng_key, problem)
        return jnp.asarray(drawn.observed.visit_log_sd), evaluate_sites(problem, drawn.sites)[1].spread

    seen, points = jax.jit(jax.vmap(simulated))(jax.random.split(jax.random.key(0), 200))
    printed = visit_spreads(problem.design)
    begins = problem.design.schedule.visit_node[printed.visit] == 0
    error = 1.0 / np.sqrt(2.0 * (printed.patients - 1.0))
    z = (np.asarray(seen) - np.log(np.asarray(points)[:, printed.visit])) / error
    assert np.abs(z[:, begins].mean()) < 0.3
    assert z[:, begins].std() == pytest.approx(1.0, abs=0.2)


@pytest.mark.parametrize("patients", ["common_gain", "population"])
def test_slopes_are_finite_in_single_precision(tmp_path: Path, patients: str) -> None:
    problem = problem_with(tmp_path, patients=patients)

    def reading(gain: jax.Array, spread: jax.Array) -> jax.Array:
        draw = {name: jnp.asarray(each) for name, each in SPREADS.items()}
        draw |= {"enrolment_by_study": jnp.zeros(1), "gain_spread": jnp.asarray(0.2), "drive_spread": spread}
        values = loop_values(0.6, pregabalin_input=0.0) | {"feedback_gain": gain}
        people = problem.people.enrolled(problem.model, problem.design, draw, values)
        parts = jax.tree.leaves(people.arms.reading)
        return sum(map(jnp.sum, parts), jnp.sum(people.arms.node_pain))

    with jax.enable_x64(False):
        slopes = jax.grad(reading, argnums=(0, 1))(jnp.float32(0.6), jnp.float32(0.6))
    assert all(slope.dtype == jnp.float32 and bool(jnp.isfinite(slope)) for slope in slopes)


def test_density_in_single_precision_after_one_in_double_is_the_same_to_a_hundredth_of_a_nat(
    tmp_path: Path,
) -> None:
    target = build_target(problem_with(tmp_path, patients="population"))
    points = np.asarray(target.initial) + np.linspace(-0.2, 0.2, 3)[:, None]

    def density(target: Target) -> Any:
        return jax.jit(jax.vmap(jax.value_and_grad(lambda x: target.potential(x, target.data))))

    double, _ = density(target)(jnp.asarray(points))
    with jax.enable_x64(False):
        # As chains have it that move in single precision, after a start was sought in double.
        single, slopes = density(target.rebuilt())(jnp.asarray(points, jnp.float32))
    assert single.dtype == slopes.dtype == jnp.float32
    assert np.asarray(single - single[0]) == pytest.approx(np.asarray(double - double[0]), abs=0.01)
    assert bool(jnp.all(jnp.isfinite(slopes)))


@pytest.mark.parametrize("whitened", [-1.7, 0.0, 0.6, 2.1])
def test_first_reports_at_a_point_of_the_prior_are_those_of_the_people_enrolled_there(
    tmp_path: Path, whitened: float
) -> None:
    problem = problem_with(tmp_path)
    draw = _prior_draw(problem) | {"enrolment_by_study": jnp.array([whitened])}
    values = values_of(problem, draw)
    enrolled = enrolment(problem, draw, values)
    about = problem.model, problem.design, draw, values, jnp.array([[whitened]])
    reported = problem.people.first_reports(*about)
    assert float(reported[0, 0]) == pytest.approx(float(enrolled.arms.admitted.first[0]), abs=0.02)


def test_studies_of_one_kind_of_illness_share_a_curve_of_steady_states(tmp_path: Path) -> None:
    problem = problem_with(tmp_path)
    people = problem.people
    assert isinstance(people, Population)
    draw = jax.tree.map(jnp.asarray, _prior_draw(problem))
    found = enrolment(problem, draw, values_of(problem, draw))
    assert found.arms.node_pain.shape == (1, 1, len(people.levels))
    assert bool(jnp.all(jnp.diff(found.arms.node_pain, axis=2) > 0.0))


def _prior_draw(problem: Problem) -> dict[str, jax.Array]:
    from numpyro import handlers

    sites = handlers.seed(sample_sites, 0)(problem)
    return completed(problem, sites) | {"pregabalin_input": jnp.asarray(0.5)}

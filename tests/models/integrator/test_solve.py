"""Contract of the solve: the same for every model."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from windup.models import Course, PainModel, Schedule, Values, solve

from ..arms import NO_DRUG, doses_at, drive_of, finite, full_dose_regimens, medians, prior_draws, schedule_of
from ..conftest import MODELS
from ..laboratory import run

DRUGGED = {"pregabalin": (300.0, 7.0, 84.0)}
SCHEDULE = schedule_of([NO_DRUG, DRUGGED], illness_days=365.0)


def strong(model: PainModel[Any, Any]) -> Values:
    return medians(model, **{p.name: 0.5 for p in model.parameters() if p.unit.startswith("log multiplier")})


@pytest.fixture(scope="module")
def courses() -> dict[str, Course]:
    return {}


def course_of(model: PainModel[Any, Any], courses: dict[str, Course]) -> Course:
    if model.name not in courses:
        solver = jax.jit(lambda d, v: solve(model, SCHEDULE, d, v))
        courses[model.name] = solver(drive_of(0.15, 0.0, 1.0), strong(model))
    return courses[model.name]


def test_course_has_one_number_per_visit(model: PainModel[Any, Any], courses: dict[str, Course]) -> None:
    course = course_of(model, courses)
    assert {leaf.shape for leaf in course} == {SCHEDULE.visit_arm.shape}


def test_course_is_in_double_precision(model: PainModel[Any, Any], courses: dict[str, Course]) -> None:
    assert {leaf.dtype for leaf in course_of(model, courses)} == {np.dtype("float64")}


def test_arms_enrol_with_the_same_state(model: PainModel[Any, Any], courses: dict[str, Course]) -> None:
    serum = course_of(model, courses).serum_magnesium.reshape(2, -1)
    assert float(serum[0, 0]) == float(serum[1, 0])
    pain = course_of(model, courses).pain.reshape(2, -1)
    assert float(pain[0, 0]) == float(pain[1, 0])


def test_drug_that_helps_lowers_pain_from_the_second_week(
    model: PainModel[Any, Any], courses: dict[str, Course]
) -> None:
    placebo, drugged = course_of(model, courses).pain.reshape(2, -1)
    assert float(drugged[7]) < float(placebo[7]) - 0.1


def test_visits_off_the_common_mesh_lie_on_the_course(model: PainModel[Any, Any]) -> None:
    values, drive = strong(model), drive_of(0.15, 0.0, 1.0)
    days = (0.0, 40.0, 42.0, 44.0, 182.0)
    coarse, fine = (
        jax.jit(
            lambda d, v, factor=factor: solve(
                model, schedule_of([DRUGGED], illness_days=365.0, visit_days=days, factor=factor), d, v
            )
        )(drive, values).pain
        for factor in (1, 4)
    )
    np.testing.assert_allclose(coarse, fine, atol=0.02)


def test_drug_that_acts_at_once_is_not_there_at_the_first_visit(model: PainModel[Any, Any]) -> None:
    from_the_start = {"opioid": (60.0, 0.0, 84.0), "ketamine": (350.0, 0.0, 84.0)}
    schedule = schedule_of([NO_DRUG, from_the_start], illness_days=365.0)
    solver = jax.jit(lambda d, v: solve(model, schedule, d, v))
    placebo, drugged = solver(drive_of(0.15, 0.0, 1.0), strong(model)).pain.reshape(2, -1)
    assert float(drugged[0]) == float(placebo[0])
    assert float(drugged[1]) < float(placebo[1]) - 0.1


def test_solve_is_the_integration_of_the_laboratory(
    model: PainModel[Any, Any], courses: dict[str, Course]
) -> None:
    found = run(model, strong(model), drive_of(0.15, 0.0, 1.0), [NO_DRUG, DRUGGED])
    pain = course_of(model, courses).pain.reshape(2, -1)
    # The laboratory's mesh has no node at the visit of day 3.
    np.testing.assert_allclose(pain[:, 7], found.pain_at(84.0)[:2], atol=1e-3)


def test_solve_is_traced_once_for_many_draws(model: PainModel[Any, Any]) -> None:
    traces = []

    def counted(drive: Any, values: Values) -> Course:
        traces.append(1)
        return solve(model, SCHEDULE, drive, values)

    compiled, draws = jax.jit(counted), prior_draws(model, 3)
    for draw in range(3):
        compiled(drive_of(0.15), {name: value[draw] for name, value in draws.items()})
    assert len(traces) == 1


@pytest.mark.parametrize("model", MODELS[:2], ids=lambda model: model.name)
def test_gradient_of_a_course_agrees_with_finite_differences(model: PainModel[Any, Any]) -> None:
    drive, values = drive_of(0.15, 0.0, 1.0), strong(model)

    @jax.jit
    def loss(v: Values) -> jax.Array:
        return jnp.sum(solve(model, SCHEDULE, drive, v).pain)

    gradient = jax.jit(jax.grad(loss))(values)
    assert finite(gradient)
    checked = ("csf_magnesium_time", "injury_healing_time", "pregabalin_half_dose", "renal_feedback")
    own = (
        "surface_turnover_time",
        "central_time",
        "receptor_activity",
        "pregabalin_insertion",
        "burden_time",
    )
    for name in checked + tuple(name for name in own if name in values):
        step = 1e-5 * float(values[name])
        up, down = (float(loss({**values, name: values[name] + s * step})) for s in (1.0, -1.0))
        np.testing.assert_allclose(
            float(gradient[name]), (up - down) / (2.0 * step), rtol=1e-4, atol=1e-6, err_msg=name
        )


def test_derivative_is_vectorised_over_arms(model: PainModel[Any, Any]) -> None:
    values, regimens = strong(model), full_dose_regimens()
    doses = jax.tree.map(lambda x: x[3], doses_at(SCHEDULE.trial_days, regimens))
    drive = drive_of(jnp.linspace(0.05, 0.5, len(regimens)), 0.1, 1.0, studies=len(regimens))
    together = model.derivative(model.fallen_ill(drive, values), model.actions(doses, values), drive, values)
    for arm in (0, 5, len(regimens) - 1):
        only = jax.tree.map(lambda x, arm=arm: x[arm : arm + 1], (doses, drive))
        alone = model.derivative(
            model.fallen_ill(only[1], values), model.actions(only[0], values), only[1], values
        )
        for name, a, b in zip(together._fields, together, alone, strict=True):
            np.testing.assert_allclose(a[arm], b[0], rtol=1e-12, atol=1e-15, err_msg=name)


def test_studies_without_illness_enrol_in_health(model: PainModel[Any, Any]) -> None:
    schedule: Schedule = schedule_of([NO_DRUG], illness_days=0.0)
    course = jax.jit(lambda d, v: solve(model, schedule, d, v))(drive_of(), medians(model))
    np.testing.assert_allclose(course.pain, 0.0, atol=1e-12)
    np.testing.assert_allclose(course.serum_magnesium, 0.85, rtol=1e-12)


def test_dose_of_one_arm_does_not_reach_another(
    model: PainModel[Any, Any], courses: dict[str, Course]
) -> None:
    other = schedule_of([NO_DRUG, {"ketamine": (350.0, 0.0, 28.0)}], illness_days=365.0)
    found = jax.jit(lambda d, v: solve(model, other, d, v))(drive_of(0.15, 0.0, 1.0), strong(model))
    placebo = course_of(model, courses).pain.reshape(2, -1)[0]
    np.testing.assert_allclose(found.pain.reshape(2, -1)[0], placebo, rtol=1e-12)
    assert float(found.pain.reshape(2, -1)[1, 3]) < float(placebo[3])

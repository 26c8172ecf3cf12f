"""Claims about the opponent of the gradient's benchmark: it solves the same trials, and differentiates."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from benchmarks._by_hand import solve_by_hand
from windup.models import Course, Drive, Schedule, SingleLoop, Values, lasting_drive, solve, solve_adaptive

from ..models.arms import NO_DRUG, finite, medians, schedule_of

MODEL = SingleLoop()
STRENGTHS = {p.name: -0.5 for p in MODEL.parameters() if p.unit.startswith("log multiplier")}
VALUES = medians(MODEL, **STRENGTHS)
PATIENTS = MODEL.at_enrolment(jnp.array([6.0, 4.5]), np.array([0.0, 0.3]), np.ones(2), VALUES)
DRIVE: Drive = lasting_drive(PATIENTS.strength, np.array([0.0, 0.3]))


@pytest.fixture(scope="module")
def schedule() -> Schedule:
    """Two studies; visits out of order and not the same in every arm, one of them only at enrolment."""
    titrated = {"pregabalin": (300.0, 7.0, 84.0), "magnesium_oral": (300.0, 14.0, 60.0)}
    at_once = {"opioid": (60.0, 0.0, 56.0)}
    regular = schedule_of(
        [NO_DRUG, titrated, at_once, at_once], visit_days=(0.0, 14.0, 45.0, 56.0, 60.0, 84.0, 98.0)
    )
    seen = np.array([0, 3, 13, 12, 11, 7, 10, 14, 17, 18, 21])
    return regular._replace(
        study=np.array([0, 0, 1, 1]),
        visit_arm=regular.visit_arm[seen],
        visit_node=regular.visit_node[seen],
    )


@pytest.fixture(scope="module")
def by_hand(schedule: Schedule) -> tuple[Course, Values]:
    """Course, and the gradient of its mean pain."""

    def mean_pain(values: Values) -> tuple[jax.Array, Course]:
        course = solve_by_hand(MODEL, schedule, DRIVE, values, enrolled=PATIENTS.state)
        return jnp.mean(course.pain), course

    gradient, course = jax.jit(jax.grad(mean_pain, has_aux=True))(VALUES)
    return course, gradient


def test_solve_by_hand_is_within_a_hundredth_of_a_point_of_the_truth(
    schedule: Schedule, by_hand: tuple[Course, Values]
) -> None:
    found, _ = by_hand
    true = jax.jit(lambda: solve_adaptive(MODEL, schedule, DRIVE, VALUES, enrolled=PATIENTS.state))()
    np.testing.assert_allclose(found.pain, true.pain, rtol=0.0, atol=0.01)
    np.testing.assert_allclose(found.serum_magnesium, true.serum_magnesium, rtol=1e-3)
    np.testing.assert_allclose(found.csf_magnesium, true.csf_magnesium, rtol=1e-3)


def test_trials_of_this_test_move_by_far_more_than_that(
    schedule: Schedule, by_hand: tuple[Course, Values]
) -> None:
    course, _ = by_hand
    assert float(jnp.ptp(course.pain[schedule.visit_arm == 1])) > 0.5


def test_gradient_by_hand_is_the_one_that_it_is_timed_against(
    schedule: Schedule, by_hand: tuple[Course, Values]
) -> None:
    def mean_pain(values: Values) -> jax.Array:
        return jnp.mean(solve(MODEL, schedule, DRIVE, values, enrolled=PATIENTS.state).pain)

    _, theirs = by_hand
    ours = jax.jit(jax.grad(mean_pain))(VALUES)
    assert finite(theirs)
    for name in ("burden_time", "pregabalin_input", "feedback_gain", "opioid_input", "pain_from_burden"):
        np.testing.assert_allclose(theirs[name], ours[name], rtol=0.02, err_msg=name)

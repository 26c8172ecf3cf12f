"""Claims about the drive that explains a pain."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from windup.models import Cascade, PainModel, SingleLoop, Turnover, loop_gains, solve
from windup.models.core.types import positive

from ..arms import drive_of, medians, schedule_of
from ..conftest import MODELS

PAIN = np.array([3.0, 4.5, 6.0, 7.5])
# Below a total gain of 1 in every model, so that a single steady state belongs to each drive.
MODERATE: dict[str, dict[str, float]] = {
    "cascade": {"central_activity": 0.2, "nitroxidative_activity": 0.1, "glia_activity": 0.1},
    "turnover": {},
    "single_loop": {"feedback_gain": 0.4},
}
# Loops that hold pain by themselves.
STRONG: dict[str, dict[str, float]] = {
    "cascade": {"central_activity": 6.0},
    "single_loop": {"feedback_gain": 3.0},
}


def _patients(model: PainModel[Any, Any]) -> Callable[[jax.Array, dict[str, jax.Array]], Any]:
    """Compiled drive and state of patients with a tenth of the drive central and a customary intake."""

    def at(pain: jax.Array, values: dict[str, jax.Array]) -> Any:
        return model.at_enrolment(pain, np.full(len(pain), 0.1), np.ones(len(pain)), values)

    return jax.jit(at)


AT_ENROLMENT = {model.name: _patients(model) for model in MODELS}


def strength(model: PainModel[Any, Any], pain: np.ndarray, **changes: float) -> np.ndarray:
    asked = jnp.asarray(pain)
    return np.asarray(AT_ENROLMENT[model.name](asked, medians(model, **changes)).strength)


def settled_pain(model: PainModel[Any, Any], strengths: np.ndarray, **changes: float) -> np.ndarray:
    """Pain after an illness of three years with a constant drive."""
    count = len(strengths)
    drive = drive_of(
        jnp.asarray(0.9 * strengths), jnp.asarray(0.1 * strengths), jnp.zeros(count), studies=count
    )
    schedule = schedule_of([{}] * count, visit_days=(0.0, 7.0), own_studies=True)
    course = jax.jit(lambda drive, values: solve(model, schedule, drive, values).pain)
    return np.asarray(course(drive, medians(model, **changes)))[::2]


def test_drive_settles_at_the_pain_that_was_asked_for(model: PainModel[Any, Any]) -> None:
    changes = MODERATE[model.name]
    found = settled_pain(model, strength(model, PAIN, **changes), **changes)
    np.testing.assert_allclose(found, PAIN, atol=0.1)


def test_moderate_loops_have_a_total_gain_below_1(model: PainModel[Any, Any]) -> None:
    _, total = loop_gains(model, medians(model, **MODERATE[model.name]))
    assert float(total) < 1.0


def test_drive_is_positive_and_grows_with_pain(model: PainModel[Any, Any]) -> None:
    found = strength(model, np.linspace(1.0, 9.0, 17), **MODERATE[model.name])
    assert found.min() > 0.0
    assert np.diff(found).min() > 0.0


@pytest.mark.parametrize("model", [MODELS[0], MODELS[2]], ids=lambda model: model.name)
def test_drive_is_at_its_floor_where_loops_alone_hold_more_pain(model: Cascade | SingleLoop) -> None:
    changes = STRONG[model.name]
    _, total = loop_gains(model, medians(model, **changes))
    assert float(total) > 1.0
    assert 0.0 < strength(model, np.array([4.0]), **changes)[0] < 0.02


def test_gradient_is_finite_even_at_the_floor(model: PainModel[Any, Any]) -> None:
    def total(pain: jax.Array, values: dict[str, jax.Array]) -> jax.Array:
        return jnp.sum(AT_ENROLMENT[model.name](pain, values).strength)

    slopes = jax.jit(jax.grad(total, argnums=(0, 1)))
    for changes in (MODERATE[model.name], STRONG.get(model.name, {})):
        values = medians(model, **changes)
        by_pain, by_value = slopes(jnp.array([2.0, 5.0, 9.0]), values)
        assert np.isfinite(by_pain).all()
        assert all(np.isfinite(leaf).all() for leaf in by_value.values())


def test_turnover_needs_the_burden_that_the_pain_reads() -> None:
    model = Turnover()
    felt = PAIN / (10.0 - PAIN)
    expected = felt / float(medians(model)["pain_from_burden"])
    np.testing.assert_allclose(strength(model, PAIN), expected, rtol=1e-3)


def test_floor_is_smooth_positive_and_vanishes_for_strong_drives() -> None:
    found = np.asarray(positive(jnp.array([-1.0, 0.0, 0.5])))
    assert found[0] >= 0.0
    assert found[1] == pytest.approx(0.005 * np.log(2.0))
    assert found[2] == pytest.approx(0.5, abs=1e-9)


@pytest.mark.parametrize("double", [True, False])
def test_logarithm_of_the_floor_has_a_finite_slope_however_much_a_loop_holds(double: bool) -> None:
    with jax.enable_x64(double):
        value, slope = jax.vmap(jax.value_and_grad(lambda x: jnp.log(positive(x))))(
            jnp.array([-1e3, -10.0, -0.3, 0.2])
        )
    assert bool(jnp.isfinite(value).all())
    assert bool(jnp.isfinite(slope).all())


@pytest.mark.parametrize("name", ["central_activity", "superoxide_from_calcium", "pain_from_activity"])
def test_drive_is_smooth_in_the_parameters(name: str) -> None:
    model = MODELS[0]

    def drive(value: jax.Array) -> jax.Array:
        values = {**medians(model, **MODERATE["cascade"]), name: value}
        return jnp.sum(AT_ENROLMENT["cascade"](jnp.array([6.0]), values).strength)

    middle = medians(model, **MODERATE["cascade"])[name]
    step = 1e-4 * middle
    slope = (drive(middle + step) - drive(middle - step)) / (2.0 * step)
    assert float(jax.grad(drive)(middle)) == pytest.approx(float(slope), rel=1e-4, abs=1e-8)


def test_studies_with_different_central_shares_are_kept_apart() -> None:
    model, pain = MODELS[0], jnp.full(3, 6.0)
    shares, intake = np.array([0.9, 0.1, 0.9]), np.ones(3)
    found = model.at_enrolment(pain, shares, intake, medians(model)).strength
    assert float(found[0]) == float(found[2])
    assert float(found[1]) == pytest.approx(float(strength(model, np.array([6.0]))[0]))


def pain_without_treatment(model: PainModel[Any, Any], days: tuple[float, ...]) -> np.ndarray:
    """Pain of enrolled patients, integrated."""
    values = medians(model, **MODERATE[model.name])
    found = AT_ENROLMENT[model.name](jnp.asarray(PAIN), values)
    drive = drive_of(0.9 * found.strength, 0.1 * found.strength, studies=len(PAIN))
    schedule = schedule_of([{}] * len(PAIN), visit_days=days, own_studies=True)
    course = jax.jit(
        lambda drive, values, state: (
            solve(model, schedule, drive, values, enrolled=state, integrate_untreated=True).pain
        )
    )
    return np.asarray(course(drive, values, found.state)).reshape(len(PAIN), -1)


def test_enrolled_patients_have_the_pain_that_was_asked_for(model: PainModel[Any, Any]) -> None:
    np.testing.assert_allclose(pain_without_treatment(model, (0.0, 84.0))[:, 0], PAIN, atol=0.05)


def test_enrolled_patients_keep_their_pain_without_treatment(model: PainModel[Any, Any]) -> None:
    pain = pain_without_treatment(model, (0.0, 84.0))
    np.testing.assert_allclose(pain[:, 1], pain[:, 0], atol=0.1)


def margins(model: PainModel[Any, Any], pain: jax.Array, values: dict[str, jax.Array]) -> np.ndarray:
    """Margins of enrolled patients, a tenth of whose drive is central."""
    found = AT_ENROLMENT[model.name](pain, values)
    drive = drive_of(0.9 * found.strength, 0.1 * found.strength, studies=len(pain))
    return np.asarray(model.margin(found.state, drive, values))


def test_steady_states_below_a_gain_of_1_can_last(model: PainModel[Any, Any]) -> None:
    values = medians(model, **MODERATE[model.name])
    found = AT_ENROLMENT[model.name](jnp.asarray(PAIN), values)
    assert (margins(model, jnp.asarray(PAIN), values) > 0.0).all()
    assert (np.asarray(found.drive_share) > 0.0).all()


def test_the_middle_branch_of_a_fold_has_a_negative_margin_and_the_upper_one_a_positive() -> None:
    # tau x' = u + g h(x) - x, h'(x) = 4x / (1 + x^2)^2: unstable where g h' > 1, at g = 1.5 around x = 0.5.
    model = next(m for m in MODELS if m.name == "single_loop")
    values = medians(model, feedback_gain=1.5)
    felt = float(values["pain_from_burden"]) * np.array([0.5, 5.0])
    margin = margins(model, jnp.asarray(10.0 * felt / (1.0 + felt)), values)
    assert margin[0] < 0.0 < margin[1]


def test_pain_below_what_the_loops_hold_leaves_no_share_to_the_drive() -> None:
    found = AT_ENROLMENT["cascade"](jnp.array([4.0]), medians(MODELS[0], **STRONG["cascade"]))
    assert found.drive_share[0] < 0.0


def enrolled_course(model: PainModel[Any, Any], *, integrate_untreated: bool) -> np.ndarray:
    """Pain ``(arm, visit)`` of an untreated and a treated arm of one study at a pain of 6."""
    values = medians(model, **MODERATE[model.name])
    found = AT_ENROLMENT[model.name](jnp.array([6.0]), values)
    drive = drive_of(0.9 * found.strength, 0.1 * found.strength)
    treated = {"pregabalin": (300.0, 0.0, 84.0)}
    # Visits before and after the step at which finished arms are left behind.
    schedule = schedule_of([{}, treated, {}, treated], visit_days=(0.0, 28.0, 84.0, 182.0))
    values = {
        **values,
        **{n: 0.4 * jnp.ones(()) for n in values if n.startswith("pregabalin") and "half" not in n},
    }
    course = jax.jit(
        lambda drive, values, state: (
            solve(
                model, schedule, drive, values, enrolled=state, integrate_untreated=integrate_untreated
            ).pain
        )
    )
    return np.asarray(course(drive, values, found.state)).reshape(4, -1)


def test_untreated_arms_keep_the_pain_of_their_enrolment_exactly(model: PainModel[Any, Any]) -> None:
    still = enrolled_course(model, integrate_untreated=False)[::2]
    assert np.ptp(still) == 0.0


def test_treated_arms_do_not_notice_that_still_arms_are_skipped(model: PainModel[Any, Any]) -> None:
    skipped = enrolled_course(model, integrate_untreated=False)[1::2]
    integrated = enrolled_course(model, integrate_untreated=True)[1::2]
    assert np.ptp(skipped) > 0.2
    np.testing.assert_allclose(skipped, integrated, rtol=1e-12)


def test_patients_at_median_parameters_have_settled(model: PainModel[Any, Any]) -> None:
    found = AT_ENROLMENT[model.name](jnp.asarray(PAIN), medians(model))
    assert float(jnp.max(jnp.abs(found.unsettled))) < 1e-4


@pytest.mark.parametrize("inactivation", [2.75, 3.5, 4.5])
def test_patients_whose_mnsod_loop_is_near_its_fold_are_said_to_be_unsettled(inactivation: float) -> None:
    # The loop of nitration, MnSOD and glutathione closes without activity: near a fold of its own it settles
    # slowly.
    values = medians(Cascade(), mnsod_inactivation=inactivation, glutathione_consumption=inactivation)
    found = AT_ENROLMENT["cascade"](jnp.linspace(2.0, 9.0, 40), values)
    assert float(jnp.max(jnp.abs(found.unsettled))) > 0.1


@pytest.mark.parametrize("central_activity", [0.8, 1.2])
@pytest.mark.parametrize("from_input", [4.0, 8.0])
def test_patients_settle_when_receptors_follow_a_drive_that_the_loops_replace(
    central_activity: float, from_input: float
) -> None:
    # More input makes more receptors, these more activity, and so less drive: a negative feedback.
    changes = {"central_activity": central_activity, "alpha2delta1_from_input": from_input}
    found = AT_ENROLMENT["cascade"](jnp.linspace(2.0, 9.0, 40), medians(Cascade(), **changes))
    assert float(jnp.max(jnp.abs(found.unsettled))) < 0.002


def test_a_pain_that_no_activity_gives_is_read_at_the_worst_there_is() -> None:
    # Calcium takes receptors away: pain from calcium falls again at strong activity, and stays below 9.
    changes = {"pain_from_activity": 0.2, "pain_from_calcium": 1.0, "alpha2delta1_from_input": 1.2}
    pain = jnp.linspace(6.0, 9.9, 79)
    values = medians(Cascade(), **changes)
    found = AT_ENROLMENT["cascade"](pain, values)
    felt = np.asarray(pain - found.missed)
    reached = np.asarray(found.missed) < 0.01
    assert 6.5 < felt.max() < 9.5
    np.testing.assert_allclose(felt[~reached], felt.max(), atol=0.1)
    assert np.ptp(margins(Cascade(), pain, values)[~reached]) < 0.1
    assert np.abs(np.asarray(found.unsettled)).max() < 1e-3


def test_pains_that_can_be_reached_are_not_missed(model: PainModel[Any, Any]) -> None:
    found = AT_ENROLMENT[model.name](jnp.linspace(1.0, 8.0, 40), medians(model))
    np.testing.assert_allclose(np.asarray(found.missed), 0.0, atol=0.01)

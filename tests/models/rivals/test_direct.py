"""Claims about the models without a mechanism."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from windup.models import (
    Course,
    PainModel,
    PlaceboOnly,
    TimeCourse,
    Turnover,
    lasting_drive,
    loop_gains,
    solve,
)

from ..arms import DOSE_COLUMNS, FULL_DOSE, constant_doses, drive_of, medians, schedule_of
from ..core.test_parameters import Recorder

DAYS = (0.0, 7.0, 28.0, 84.0, 112.0)
PAIN = 6.5
EFFECT = 1.3


def course_of(model: PainModel[Any, Any], arms: list[Any], **changes: float) -> Course:
    """Patients with pain 6.5; arms x days."""
    values, one = medians(model, **changes), np.ones(1)
    enrolled = model.at_enrolment(jnp.full(1, PAIN), 0.1 * one, one, values)
    drive = lasting_drive(enrolled.strength, 0.1)
    schedule = schedule_of(arms, visit_days=DAYS)
    found = jax.jit(lambda: solve(model, schedule, drive, values, enrolled=enrolled.state))()
    shaped: Course = jax.tree.map(lambda x: np.asarray(x).reshape(len(arms), -1), found)
    return shaped


def reliefs() -> list[str]:
    return [row.name for row in TimeCourse().parameters() if row.is_strength]


@pytest.fixture(scope="module")
def treated() -> Course:
    one, two = {"pregabalin": (300.0, 0.0, 84.0)}, {"nsaid": (1.0, 0.0, 84.0)}
    effects = {"pregabalin_relief": EFFECT, "nsaid_relief": 0.5}
    return course_of(TimeCourse(), [{}, one, two, {**one, **two}], **effects)


def test_relief_sets_in_and_fades_with_one_time_constant(treated: Course) -> None:
    days, tau = np.array(DAYS), 14.0
    on = 1.0 - np.exp(-np.minimum(days, 84.0) / tau)
    expected = EFFECT * on * np.exp(-np.maximum(days - 84.0, 0.0) / tau)
    np.testing.assert_allclose(treated.pain[0] - treated.pain[1], expected, atol=1e-9)


def test_effects_of_two_drugs_add(treated: Course) -> None:
    off = treated.pain[0] - treated.pain
    np.testing.assert_allclose(off[3], off[1] + off[2], atol=1e-9)


def test_pain_stays_as_at_enrolment_without_a_drug(treated: Course) -> None:
    np.testing.assert_allclose(treated.pain[0], PAIN, atol=1e-12)


def test_half_of_the_maximal_effect_is_at_the_half_maximal_dose() -> None:
    arms = [{"pregabalin": (dose, 0.0, 400.0)} for dose in (400.0, 1e9)]
    found = course_of(TimeCourse(), [{}, *arms], pregabalin_relief=EFFECT)
    off = found.pain[0] - found.pain
    np.testing.assert_allclose(off[2] / np.maximum(off[1], 1e-12), [0.0, 2.0, 2.0, 2.0, 2.0], atol=1e-5)


@pytest.mark.parametrize("name", reliefs())
def test_strength_is_the_relief_by_its_own_drug_and_no_other(name: str) -> None:
    word = name.removesuffix("_relief")
    column = {"movement": "exercise_aerobic", "resistance": "exercise_resistance"}.get(word, word)
    own = [drug for drug in DOSE_COLUMNS if drug.startswith(column)]
    arms = [{drug: (FULL_DOSE[drug], 0.0, 400.0)} for drug in DOSE_COLUMNS]
    found = course_of(TimeCourse(), arms, **{name: EFFECT})
    relieved = [
        drug for drug, pain in zip(DOSE_COLUMNS, found.pain[:, -1], strict=True) if pain < PAIN - 1e-9
    ]
    assert relieved == own


def test_magnesium_follows_the_kinetics_of_every_other_model() -> None:
    arms = [{}, {"magnesium_oral": (300.0, 0.0, 84.0)}]
    direct, turnover = (course_of(model, arms) for model in (TimeCourse(), Turnover()))
    np.testing.assert_allclose(direct.serum_magnesium, turnover.serum_magnesium, rtol=1e-9)
    np.testing.assert_allclose(direct.csf_magnesium, turnover.csf_magnesium, rtol=1e-9)


def test_no_drug_does_anything_where_there_is_only_placebo() -> None:
    found = course_of(PlaceboOnly(), [{drug: (dose, 0.0, 84.0)} for drug, dose in FULL_DOSE.items()])
    np.testing.assert_allclose(found.pain, PAIN, atol=1e-12)


@pytest.mark.parametrize("model", [TimeCourse(), PlaceboOnly()], ids=lambda model: model.name)
def test_every_parameter_is_read(model: PainModel[Any, Any]) -> None:
    values = Recorder(medians(model))
    doses, drive = constant_doses(**FULL_DOSE), drive_of(6.0, 0.1, 0.0)
    actions = model.actions(doses, values)
    state = model.fallen_ill(drive, values)
    model.derivative(state, actions, drive, values)
    model.pain(state, actions, drive, values)
    model.serum_magnesium_mmol_per_L(state, values)
    model.csf_magnesium_mmol_per_L(state, values)
    assert values.read == set(values)


@pytest.mark.parametrize("model", [TimeCourse(), PlaceboOnly()], ids=lambda model: model.name)
def test_without_a_mechanism_there_is_no_loop(model: PainModel[Any, Any]) -> None:
    gains, total = loop_gains(model, medians(model))
    assert gains.shape == (0,)
    assert float(total) == 0.0

"""Claims about treatments outside the models: when they act, and what they take off pain."""

from __future__ import annotations

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp
from scipy.special import expit, logit

from windup.fit.design.treatments.outside import OutsidePhase, joined, outside_at, relief_at_visits, relieved

PHASES = (
    OutsidePhase("diet", 7.0, 35.0),
    OutsidePhase("snri", 0.0, 14.0),
    OutsidePhase("snri", 28.0, 56.0),
)
DAYS = np.array([0.0, 7.0, 10.0, 28.0, 40.0, 90.0])
RELIEF = {"diet": 0.4, "snri": -0.9}
CONSTANT = {"diet": 20.0, "snri": 6.0}


def reliefs(phases: tuple[OutsidePhase, ...], relief: dict[str, float], days: dict[str, float]) -> np.ndarray:
    """Relief of one arm at every one of ``DAYS``."""
    outside = outside_at([joined(phases)], np.zeros(len(DAYS), int), DAYS)
    ordered = [jnp.array([values[name] for name in outside.classes]) for values in (relief, days)]
    return np.asarray(relief_at_visits(outside, len(DAYS), *ordered))


def integrated(day: float) -> float:
    """The same by solving the equation of each load piece by piece."""
    total = 0.0
    for name, constant in CONSTANT.items():
        mine = [phase for phase in PHASES if phase.drug == name]
        borders = sorted({0.0, day, *(min(b, day) for phase in mine for b in phase[1:])})
        load = 0.0
        for start, end in itertools.pairwise(borders):
            on = float(any(phase.start_day <= start < phase.end_day for phase in mine))
            solved = solve_ivp(
                lambda _, level, on=on, constant=constant: (on - level) / constant,
                (start, end), [load], rtol=1e-10, atol=1e-12,
            )  # fmt: skip
            load = float(solved.y[0, -1])
        total += RELIEF[name] * load
    return total


def test_relief_at_visits_solves_the_equation_of_its_load() -> None:
    wanted = [integrated(day) for day in DAYS]
    np.testing.assert_allclose(reliefs(PHASES, RELIEF, CONSTANT), wanted, rtol=1e-7, atol=1e-9)


def test_nothing_was_taken_at_the_first_visit() -> None:
    assert reliefs(PHASES, RELIEF, CONSTANT)[0] == 0.0


def test_phases_of_one_class_that_overlap_count_once() -> None:
    twice = (OutsidePhase("snri", 0.0, 30.0), OutsidePhase("snri", 14.0, 56.0))
    once = (OutsidePhase("snri", 0.0, 56.0),)
    pair = {"snri": 1.0}, {"snri": 10.0}
    np.testing.assert_array_equal(reliefs(twice, *pair), reliefs(once, *pair))


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_order_of_phases_and_names_of_classes_change_no_relief(order: tuple[int, ...]) -> None:
    names = {"diet": "z", "snri": "a"}
    renamed = tuple(PHASES[n]._replace(drug=names[PHASES[n].drug]) for n in order)
    other = reliefs(
        renamed,
        {names[name]: value for name, value in RELIEF.items()},
        {names[name]: value for name, value in CONSTANT.items()},
    )
    np.testing.assert_allclose(other, reliefs(PHASES, RELIEF, CONSTANT), rtol=1e-12)


@settings(derandomize=True, deadline=None)
@given(st.floats(0.01, 9.99), st.floats(-6.0, 6.0))
def test_relief_shifts_the_log_odds_of_pain(pain: float, relief: float) -> None:
    found = float(relieved(jnp.array([pain]), jnp.array([relief]))[0])
    np.testing.assert_allclose(found, 10.0 * expit(logit(pain / 10.0) - relief), rtol=1e-9)


@settings(derandomize=True, deadline=None)
@given(st.floats(-3.0, 13.0))
def test_no_relief_leaves_pain_as_it_was_to_the_last_bit(pain: float) -> None:
    assert float(relieved(jnp.array([pain]), jnp.zeros(1))[0]) == float(jnp.array(pain))


@pytest.mark.parametrize("end", [0.0, 10.0])
def test_ends_of_the_scale_stay_and_have_a_finite_gradient(end: float) -> None:
    def one(pain: jax.Array, relief: jax.Array) -> jax.Array:
        return relieved(pain[None], relief[None])[0]

    assert float(one(jnp.array(end), jnp.array(1.3))) == end
    gradient = jax.grad(one, argnums=(0, 1))(jnp.array(end), jnp.array(1.3))
    assert np.isfinite(np.array(gradient)).all()

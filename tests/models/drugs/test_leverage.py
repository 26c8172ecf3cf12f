"""Claims about the first-order response of pain to a strength."""

from functools import cache

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from windup.models import (
    REFERENCE_CENTRAL_SHARE,
    REFERENCE_PAIN,
    Cascade,
    Values,
    leverages_of,
    solve,
)

from ..arms import NO_DRUG, REFERENCE_DOSE, drive_of, medians, schedule_of

MODEL = Cascade()
# Strength and the dose it belongs to; drugs whose own state builds up for weeks are left to the second claim.
ACUTE = {
    "gabapentin_insertion": "gabapentin_bioavailable",
    "curcumin_kinase": "curcumin",
    "nsaid_input": "nsaid",
    "ketamine_block": "ketamine",
    "pea_microglia": "pea",
    "ala_superoxide": "ala",
}
INERT = dict.fromkeys([*ACUTE, "movement_inhibition", "opioid_inhibition"], 0.0)


@jax.jit
def leverages(values: Values) -> Values:
    pain, share = jnp.array([REFERENCE_PAIN]), np.array([REFERENCE_CENTRAL_SHARE])
    patient = MODEL.at_enrolment(pain, share, np.ones(1), values)
    return dict(zip(INERT, leverages_of(MODEL, patient, values, tuple(INERT)), strict=True))


@cache
def found() -> dict[str, float]:
    return {name: float(value) for name, value in leverages(medians(MODEL, **INERT)).items()}


def averaged_fall(values: Values, drug: str) -> float:
    """Difference from no drug in a patient with a pain of 6, averaged over times with exp(-t/56)/56."""
    days = np.concatenate([np.linspace(0.0, 28.0, 29), np.linspace(32.0, 600.0, 143)])
    at = MODEL.at_enrolment(6.0 * jnp.ones(1), np.array([0.1]), np.ones(1), values)
    drive = drive_of(0.9 * at.strength, 0.1 * at.strength)
    arms = [{drug: (REFERENCE_DOSE[drug], 0.0, 700.0)}, NO_DRUG]
    schedule = schedule_of(arms, visit_days=tuple(days))
    course = solve(MODEL, schedule, drive, values, enrolled=at.state, integrate_untreated=True)
    treated, untreated = np.asarray(course.pain).reshape(2, -1)
    fall, weight = untreated - treated, np.exp(-days / 56.0) / 56.0
    return float(np.trapezoid(fall * weight, days) + fall[-1] * np.exp(-days[-1] / 56.0))


@pytest.mark.parametrize("strength", ACUTE)
def test_leverage_is_the_averaged_fall_of_pain_per_small_strength(strength: str) -> None:
    fall = averaged_fall(medians(MODEL, **{**INERT, strength: 0.01}), ACUTE[strength]) / 0.01
    assert found()[strength] == pytest.approx(np.hypot(fall, 0.3), rel=0.05)


@pytest.mark.parametrize("strength", INERT)
def test_leverage_is_at_least_its_floor(strength: str) -> None:
    assert found()[strength] >= 0.3


def test_drug_whose_effect_builds_up_has_the_leverage_of_its_full_effect() -> None:
    # Training multiplies inhibition H once it is complete; a lasting change of H moves pain about as the
    # opposite change of every source does.
    assert found()["movement_inhibition"] > 1.0


@pytest.mark.parametrize("name", ["nac_glutathione", "omega3_microglia", "opioid_sensitisation"])
def test_a_drug_that_is_not_asked_for_does_not_change_the_leverage(name: str) -> None:
    acting = leverages({**medians(MODEL, **INERT), name: jnp.asarray(-1.5)})
    assert {key: float(value) for key, value in acting.items()} == pytest.approx(found(), rel=1e-12)


def test_gradient_of_leverage_is_that_of_its_differences() -> None:
    signs = np.random.default_rng(0).normal(size=len(INERT))

    @jax.jit
    def total(values: Values) -> jax.Array:
        found = leverages(values)
        return sum((sign * found[name] for sign, name in zip(signs, INERT, strict=True)), start=jnp.zeros(()))

    values = medians(MODEL, **INERT)
    slopes = jax.jit(jax.grad(total))(values)
    rng = np.random.default_rng(1)
    for _ in range(4):
        way = {name: rng.normal() * abs(float(value)) for name, value in values.items()}

        def moved(step: float, way: dict[str, float] = way) -> float:
            return float(total({name: value + step * way[name] for name, value in values.items()}))

        single, double = ((moved(h) - moved(-h)) / (2.0 * h) for h in (3e-4, 6e-4))
        along = sum(float(slopes[name]) * way[name] for name in values)
        assert along == pytest.approx((4.0 * single - double) / 3.0, rel=1e-5)

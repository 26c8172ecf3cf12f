"""Claims about opioids: relief, tolerance, and a sensitisation of either sign."""

import jax.numpy as jnp
import numpy as np
import pytest

from windup.models import Cascade

from ..arms import constant_doses, drive_of, medians
from ..laboratory import Run, run

MORPHINE = {"opioid": (60.0, 0.0, 182.0)}


def given(cascade: Cascade, **changes: float) -> Run:
    return run(cascade, medians(cascade, **changes), drive_of(0.1), [{}, MORPHINE])


def test_relief_is_immediate(cascade: Cascade) -> None:
    found = given(cascade, opioid_inhibition=0.5)
    assert found.pain_at(0.5)[1] < found.pain_at(0.5)[0] - 0.2


def test_adaptation_follows_its_time_constant(cascade: Cascade) -> None:
    found = given(cascade, opioid_adaptation_time=14.0)
    np.testing.assert_allclose(found.at(14.0).opioid_adaptation[1], 1.0 - np.exp(-1.0), rtol=1e-10)


def test_tolerance_takes_away_potency(cascade: Cascade) -> None:
    values = medians(cascade, opioid_inhibition=0.5, opioid_tolerance=0.72)
    actions = cascade.actions(constant_doses(opioid=60.0), values)
    fresh, adapted = (float(np.log(actions.opioid_tone(jnp.full(1, t), values))[0]) for t in (0.0, 1.0))
    np.testing.assert_allclose(1.0 - adapted / fresh, 0.42, atol=0.005)


def test_relief_fades_with_tolerance(cascade: Cascade) -> None:
    tolerant, not_tolerant = (
        given(cascade, opioid_inhibition=0.5, opioid_tolerance=k, central_time=3.0) for k in (2.0, 0.001)
    )
    assert tolerant.pain_at(98.0)[1] > not_tolerant.pain_at(98.0)[1] + 0.1


@pytest.mark.parametrize("sign", [-1.0, 1.0])
def test_sensitisation_after_the_last_dose_has_the_sign_of_its_parameter(
    cascade: Cascade, sign: float
) -> None:
    found = given(cascade, opioid_sensitisation=0.5 * sign)
    placebo, opioid = found.at(182.0).alpha2delta1[:2]
    assert np.sign(opioid - placebo) == sign
    assert np.sign(found.pain_at(196.0)[1] - found.pain_at(196.0)[0]) == sign


def test_without_sensitisation_an_opioid_without_effect_leaves_no_trace(cascade: Cascade) -> None:
    found = given(cascade, opioid_sensitisation=0.0)
    np.testing.assert_array_equal(found.pain[:, 0], found.pain[:, 1])


def test_sensitisation_reaches_nitration(cascade: Cascade) -> None:
    found = given(cascade, opioid_sensitisation=0.5)
    placebo, opioid = found.at(182.0).nitration[:2]
    assert opioid > placebo

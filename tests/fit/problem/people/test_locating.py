"""The drive at which people have a given mean pain."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from windup.fit.problem.people.locating import PLACES, located, tabulated
from windup.fit.problem.people.standing import ENDS, LOG_ODDS, Balance, of_many_gains, of_one_gain

SLOPES = jnp.array([0.4, 1.0, 2.5])
LARGEST = jnp.array([3.0, 3.0, 3.0])


def _asked_for(shift: jax.Array) -> jax.Array:
    asked = jnp.array([-1.5, 0.0, 1.5])

    def mean(drive: jax.Array, slopes: jax.Array, shift: jax.Array) -> jax.Array:
        return slopes * drive + 0.3 * jnp.tanh(drive) + shift

    of_places = (jnp.repeat(each, len(PLACES)) for each in (SLOPES, shift))
    table = tabulated(partial(mean, **dict(zip(("slopes", "shift"), of_places, strict=True))), LARGEST)
    return located(partial(mean, slopes=SLOPES, shift=shift), asked, table)


def test_mean_at_the_drive_that_is_found_is_the_one_that_was_asked_for() -> None:
    found = _asked_for(jnp.zeros(3))
    mean = SLOPES * found + 0.3 * jnp.tanh(found)
    np.testing.assert_allclose(mean, [-1.5, 0.0, 1.5], atol=1e-9)


def test_gradient_of_the_drive_is_that_of_the_implicit_function() -> None:
    found = _asked_for(jnp.zeros(3))
    slope = SLOPES + 0.3 / jnp.cosh(found) ** 2
    gradient = jax.grad(lambda shift: jnp.sum(_asked_for(shift)))(jnp.zeros(3))
    np.testing.assert_allclose(gradient, -1.0 / slope, rtol=1e-6)


@pytest.mark.parametrize(("asked", "end"), [(-5.0, -7.0), (5.0, 5.0)])
def test_drive_is_at_an_end_with_a_finite_gradient_where_no_drive_gives_what_is_asked_for(
    asked: float, end: float
) -> None:
    def of(asked: jax.Array) -> jax.Array:
        def mean(drive: jax.Array) -> jax.Array:
            return jnp.tanh(drive + 1.0)

        return located(mean, asked, tabulated(mean, LARGEST[:1]))[0]

    assert float(of(jnp.array([asked]))) == end
    assert np.isfinite(jax.grad(of)(jnp.array([asked]))).all()


@pytest.mark.parametrize(("beginning", "end"), [(0.5, LOG_ODDS[-1]), (-0.5, LOG_ODDS[0])])
def test_without_any_drive_left_all_leave_a_branch_that_needs_some_and_none_one_that_needs_none(
    beginning: float, end: float
) -> None:
    def keeping(shift: jax.Array) -> jax.Array:
        drive = beginning + jnp.linspace(0.0, 2.0, len(LOG_ODDS)) + shift
        balance = Balance(drive[None, None], jnp.ones(1))
        return balance.keeping(jnp.ones(1), np.zeros(1))[0, 0]

    assert float(keeping(jnp.zeros(()))) == pytest.approx(end)
    assert np.isfinite(jax.grad(keeping)(jnp.zeros(())))


@pytest.mark.parametrize("gain_spread", [None, 0.08, 0.2, 0.5])
@pytest.mark.parametrize("drive_spread", [0.15, 0.25, 0.6, 1.3])
def test_people_who_are_all_alike_or_very_different_have_the_mean_pain_that_was_asked_for(
    drive_spread: float, gain_spread: float | None
) -> None:
    gains, pains = np.array([0.1, 0.4, 0.8, 1.0]), np.array([2.0, 4.0, 6.0, 8.0])
    gain, pain = (jnp.asarray(each.ravel()) for each in np.meshgrid(gains, pains))
    factors = jnp.exp((gain_spread or 0.0) * jnp.array([-1.0, 0.0, 1.0] if gain_spread else [0.0]))
    burden = ENDS / (10.0 - ENDS)
    returned = jnp.multiply.outer(factors, gain)[..., None] * 2.0 * burden**2 / (1.0 + burden**2)
    balance = Balance(burden - returned, factors)
    largest = jnp.log(balance.median.max(axis=1))

    def mean(location: jax.Array, of: Balance = balance) -> jax.Array:
        spread = jnp.asarray(drive_spread)
        if gain_spread is None:
            return of_one_gain(of, location, spread).mean_log_odds()
        return of_many_gains(of, location, spread, jnp.asarray(gain_spread)).mean_log_odds()

    asked = jnp.log(pain / (10.0 - pain))
    of_places = balance.of_studies(np.repeat(np.arange(len(pain)), len(PLACES)))
    location = located(mean, asked, tabulated(partial(mean, of=of_places), largest))
    # Loops of high gains keep up more pain than is asked for with no drive at all.
    possible = mean(largest - 10.0) < asked
    assert possible.sum() >= len(pain) // 2
    np.testing.assert_allclose(mean(location)[possible], asked[possible], atol=1e-6)
    ends = mean(largest + 2.0)
    assert float(ends.min()) > float(asked.max())

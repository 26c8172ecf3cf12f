"""The drive at which people have a given mean pain."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from windup.fit.problem.people.locating import located
from windup.fit.problem.people.standing import LOG_ODDS, Balance

SLOPES = jnp.array([0.4, 1.0, 2.5])
LARGEST = jnp.array([3.0, 3.0, 3.0])


def _asked_for(shift: jax.Array) -> jax.Array:
    asked = jnp.array([-1.5, 0.0, 1.5])
    return located(lambda drive: SLOPES * drive + 0.3 * jnp.tanh(drive) + shift, asked, LARGEST)


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
        return located(lambda drive: jnp.tanh(drive + 1.0), asked, LARGEST[:1])[0]

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

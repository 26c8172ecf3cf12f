"""Claims about the exponential integrator, on problems whose answers are known."""

from functools import partial
from typing import Any, NamedTuple

import diffrax
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jaxtyping import Array

from windup.models import integrate


class Pools(NamedTuple):
    first: Array
    second: Array


START = Pools(jnp.array([1.0, 0.5, 0.0]), jnp.array([0.2, 1.0, 2.0]))
RATES = Pools(jnp.array(0.3), jnp.array(2.0))


def steps(count: int, days: float = 8.0) -> Array:
    return jnp.full(count, days / count)


def decay(state: Pools, inputs: Array, rates: Pools) -> Pools:
    return Pools(inputs - rates.first * state.first, -rates.second * state.second)


def coupled(state: Pools, inputs: Array, constants: tuple[Array, Pools]) -> Pools:
    """Two pools that drive each other through saturating terms; smooth."""
    strength, rates = constants
    first, second = state
    return Pools(
        rates.first * (inputs + strength * second / (1.0 + second) - first),
        rates.second * (first**2 / (1.0 + first**2) - second),
    )


@partial(jax.jit, static_argnums=0)
def coupled_end(count: int, strength: Array, rates: Pools = RATES, start: Pools = START) -> Pools:
    inputs = jnp.broadcast_to(jnp.array([0.1, 0.3, 0.2]), (count, 3))
    states = integrate(coupled, start, inputs, steps(count), (strength, rates), rates)
    end: Pools = jax.tree.map(lambda x: x[-1], states)
    return end


@pytest.mark.parametrize("count", [1, 3, 40])
def test_linear_decay_towards_a_constant_is_exact_for_any_step(count: int) -> None:
    states = integrate(decay, START, jnp.full((count, 3), 0.6), steps(count), RATES, RATES)
    exact = 2.0 + (START.first - 2.0) * np.exp(-0.3 * 8.0)
    np.testing.assert_allclose(states.first[-1], exact, rtol=1e-13)


def test_stiff_decay_is_exact_for_a_step_of_a_thousand_time_constants() -> None:
    rates = Pools(jnp.array(0.3), jnp.array(1000.0))
    states = integrate(decay, START, jnp.zeros((1, 3)), jnp.array([1.0]), rates, rates)
    assert float(jnp.max(jnp.abs(states.second))) < 1e-15


def test_steady_state_is_kept_over_a_thousand_days() -> None:
    balanced = Pools(jnp.full(3, 2.0), jnp.zeros(3))
    states = integrate(decay, balanced, jnp.full((5, 3), 0.6), steps(5, 1000.0), RATES, RATES)
    np.testing.assert_allclose(states.first, 2.0, rtol=1e-14)


def test_order_of_convergence_is_four_on_a_smooth_problem() -> None:
    strength = jnp.array(1.5)
    truth = coupled_end(4096, strength)
    counts = np.array([16, 32, 64, 128])
    errors = [
        max(float(jnp.max(jnp.abs(a - b))) for a, b in zip(coupled_end(int(n), strength), truth, strict=True))
        for n in counts
    ]
    order = -np.polyfit(np.log(counts), np.log(errors), 1)[0]
    assert 3.7 < order < 4.5


def test_choice_of_linear_rates_does_not_change_the_limit() -> None:
    strength, count = jnp.array(1.5), 512
    inputs = jnp.broadcast_to(jnp.array([0.1, 0.3, 0.2]), (count, 3))
    other = Pools(jnp.array(0.0), jnp.array(3.0))
    states = integrate(coupled, START, inputs, steps(count), (strength, RATES), other)
    np.testing.assert_allclose(states.first[-1], coupled_end(count, strength).first, rtol=1e-8)


def loss(strength: Array, rates: Pools, start: Pools) -> Array:
    end = coupled_end(64, strength, rates, start)
    return jnp.sum(end.first**2) + jnp.sum(end.second)


@pytest.mark.parametrize("argument", [0, 1, 2], ids=["constants", "rates", "start"])
def test_gradient_agrees_with_finite_differences(argument: int) -> None:
    point: list[Any] = [jnp.array(1.5), RATES, START]
    gradient = jax.tree.leaves(jax.grad(loss, argnums=argument)(*point))
    leaves, structure = jax.tree.flatten(point[argument])
    for index, leaf in enumerate(leaves):
        for where in np.ndindex(leaf.shape):
            ends = []
            for sign in (1.0, -1.0):
                moved = [x.at[where].add(sign * 1e-6) if i == index else x for i, x in enumerate(leaves)]
                at = [*point]
                at[argument] = jax.tree.unflatten(structure, moved)
                ends.append(float(loss(*at)))
            estimate = (ends[0] - ends[1]) / 2e-6
            np.testing.assert_allclose(float(gradient[index][where]), estimate, rtol=1e-6, atol=1e-8)


def test_gradient_agrees_with_that_of_an_adaptive_solver() -> None:
    def adaptive(strength: Array) -> Array:
        inputs = jnp.array([0.1, 0.3, 0.2])
        solution = diffrax.diffeqsolve(
            diffrax.ODETerm(lambda t, y, args: coupled(y, inputs, (args, RATES))),
            diffrax.Dopri8(),
            0.0,
            8.0,
            None,
            START,
            strength,
            stepsize_controller=diffrax.PIDController(rtol=1e-11, atol=1e-11),
            max_steps=512,
        )
        assert solution.ys is not None
        return jnp.sum(solution.ys.first[-1] ** 2) + jnp.sum(solution.ys.second[-1])

    fine = jax.grad(lambda s: jnp.sum(coupled_end(256, s).first ** 2) + jnp.sum(coupled_end(256, s).second))
    np.testing.assert_allclose(fine(jnp.array(1.5)), jax.grad(adaptive)(jnp.array(1.5)), rtol=1e-7)


def test_gradient_of_inputs_reaches_every_step() -> None:
    def end(inputs: Array) -> Array:
        return jnp.sum(integrate(decay, START, inputs, steps(4), RATES, RATES).first[-1])

    gradient = jax.grad(end)(jnp.full((4, 3), 0.6))
    left = 2.0 * np.arange(4)[::-1]
    exact = (1.0 - np.exp(-0.3 * 2.0)) / 0.3 * np.exp(-0.3 * left)
    np.testing.assert_allclose(gradient, np.tile(exact[:, None], 3), rtol=1e-12)


def test_arms_do_not_touch_each_other() -> None:
    def first_arm(start: Pools) -> Array:
        return coupled_end(8, jnp.array(1.5), RATES, start).first[0]

    gradient = jax.grad(first_arm)(START)
    assert float(jnp.max(jnp.abs(gradient.first[1:]))) == 0.0
    assert float(jnp.abs(gradient.first[0])) > 0.0


def test_per_arm_constants_give_what_shared_ones_give() -> None:
    shared, per_arm = (coupled_end(32, jnp.array(1.5)), coupled_end(32, jnp.full(3, 1.5)))
    np.testing.assert_allclose(shared.first, per_arm.first, rtol=1e-14)


def test_failed_solve_shows_as_not_finite() -> None:
    def explodes(state: Pools, inputs: Array, constants: Pools) -> Pools:
        return Pools(state.first**3 * 1e3, state.second)

    states = integrate(explodes, START, jnp.zeros((30, 3)), steps(30), RATES, RATES)
    assert not bool(jnp.all(jnp.isfinite(states.first[-1])))


def test_groups_in_one_loop_give_what_they_give_alone() -> None:
    later = Pools(START.first + 0.3, 0.5 * START.second)
    inputs = jnp.broadcast_to(jnp.array([0.1, 0.3, 0.2]), (40, 3))

    def alone(strength: Array) -> tuple[Pools, Pools]:
        constants = strength, RATES
        first = integrate(coupled, START, inputs[:16], steps(16), constants, RATES)
        second = integrate(coupled, later, inputs[16:], steps(24), constants, RATES)
        return first, second

    def together(strength: Array) -> tuple[Pools, Pools]:
        # A renewal beyond the last step is none.
        renewed = np.array([16, 40]), jax.tree.map(lambda x: jnp.stack([x, 7.0 * x]), later)
        days = jnp.concatenate([steps(16), steps(24)])
        found = integrate(coupled, START, inputs, days, (strength, RATES), RATES, renewed=renewed)
        return jax.tree.map(lambda x: x[:16], found), jax.tree.map(lambda x: x[16:], found)

    def total(way: Any) -> Any:
        return jax.grad(lambda strength: sum(jnp.sum(x**2) for x in jax.tree.leaves(way(strength))))

    strength = jnp.array(1.5)
    for a, b in zip(jax.tree.leaves(alone(strength)), jax.tree.leaves(together(strength)), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-14)
    np.testing.assert_allclose(total(alone)(strength), total(together)(strength), rtol=1e-12)


def falling(state: Pools, inputs: Array, rates: Pools) -> Pools:
    """The first pool falls at a constant rate, which no decay would do."""
    return Pools(-jnp.ones_like(state.first), -rates.second * state.second)


LIMITS = (Pools(jnp.array(0.0), jnp.array(0.0)), Pools(jnp.array(np.inf), jnp.array(np.inf)))


def test_step_that_leaves_the_limits_ends_at_the_border() -> None:
    states = integrate(falling, START, (), steps(8), RATES, RATES, limits=LIMITS)
    assert float(jnp.min(states.first)) == 0.0
    np.testing.assert_allclose(states.second[-1], START.second * np.exp(-16.0), rtol=1e-9)


def test_state_at_the_border_passes_no_gradient_on() -> None:
    def end(start: Array) -> Array:
        first = Pools(start, START.second)
        states = integrate(falling, first, (), steps(4, 0.8), RATES, RATES, limits=LIMITS)
        return jnp.sum(states.first[-1])

    gradient = jax.grad(end)(jnp.array([1.0, 0.5, 2.0]))
    np.testing.assert_allclose(gradient, [1.0, 0.0, 1.0], atol=1e-9)


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_limits_do_not_hide_a_failed_solve(sign: float) -> None:
    def explodes(state: Pools, inputs: Array, constants: Pools) -> Pools:
        return Pools(sign * jnp.exp(1e3 * (state.first + 1.0)), state.second)

    states = integrate(explodes, START, (), steps(30), RATES, RATES, limits=LIMITS)
    assert not bool(jnp.any(jnp.isfinite(states.first[-1])))

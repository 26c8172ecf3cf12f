"""Claims about functions of scalars in many lanes."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from windup.models.integrator.lanes import hoist, lanewise, repeated

TIMES = {"fast": jnp.asarray(0.7), "slow": jnp.asarray(3.0)}
LEVEL = jnp.array([0.2, 1.1, 2.5, 4.0])
DOSE = np.array([0.0, 1.0, 0.5, 2.0])


def response(times: Any, level: Any, dose: Any) -> dict[str, Any]:
    rise = jnp.where(level > 1.0, jnp.exp(-level / times["fast"]), level**2)
    return {"rise": rise * jnp.exp(-dose) / times["slow"], "level": level * times["fast"]}


def in_lanes(times: Any, level: Any) -> Any:
    return lanewise(response, times, level, DOSE)


def broadcast(times: Any, level: Any) -> Any:
    return response(times, level, DOSE)


@pytest.mark.parametrize("name", ["rise", "level"])
def test_lanes_give_what_the_function_gives_on_arrays(name: str) -> None:
    np.testing.assert_allclose(in_lanes(TIMES, LEVEL)[name], broadcast(TIMES, LEVEL)[name], rtol=1e-14)


@pytest.mark.parametrize("argument", [0, 1])
def test_gradient_in_lanes_is_that_of_the_function_on_arrays(argument: int) -> None:
    def total(function: Any) -> Any:
        return jax.grad(lambda t, x: sum(jnp.sum(y**2) for y in function(t, x).values()), argument)

    found, expected = total(in_lanes)(TIMES, LEVEL), total(broadcast)(TIMES, LEVEL)
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-12), found, expected)


def test_a_traced_scalar_that_the_function_closes_over_has_its_gradient() -> None:
    @jax.jit
    def slope(scale: Any) -> Any:
        return jax.grad(lambda s: jnp.sum(lanewise(lambda t, x, _: x * s * scale, (), LEVEL, ())))(2.0)

    assert float(slope(3.0)) == pytest.approx(3.0 * float(jnp.sum(LEVEL)))


def test_repeating_an_update_is_its_composition() -> None:
    def halve(target: Any, state: Any, rate: Any) -> Any:
        return state + rate * (target - state)

    rate = np.array([0.5, 0.1, 0.9, 0.0])
    found = repeated(halve, LEVEL, jnp.asarray(7.0), rate, rounds=5, looks=2)
    for look, rounds in enumerate((5, 10)):
        exact = 7.0 + (1.0 - rate) ** rounds * (np.asarray(LEVEL) - 7.0)
        np.testing.assert_allclose(found[0, look], exact, rtol=1e-13)


def test_what_parameters_alone_decide_is_computed_once() -> None:
    before, within = hoist(lambda t, x: [x / jnp.exp(t)], [jnp.asarray(1.0)], [jnp.asarray(2.0)])
    of_lane = str(jax.make_jaxpr(within)(*before(jnp.asarray(1.0)), jnp.asarray(2.0)))
    assert "exp" in str(jax.make_jaxpr(before)(jnp.asarray(1.0)))
    assert "exp" not in of_lane

"""Claims about formulas of a traced function: they have its values, and name faults."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from windup.models import NoFormula, formulas_of

from .reading import values_of_formulas

FUNCTIONS: dict[str, Callable[[Any, Any], Any]] = {
    "signs": lambda x, y: -x * -(y - 2.0) - (-y) + 0.0 * x - (0.0 - y) / -x,
    "sides of differences": lambda x, y: x - (y - (x - 3.0)) - (x + y),
    "sides of quotients": lambda x, y: x / (y / (x * y)) / x * (x / y),
    "powers": lambda x, y: (x + y) ** 3 + (-x) ** 2 + x**y + x ** (-y) - x**-2 + (x**y) ** y,
    "exponentials": lambda x, y: jnp.exp(-x) + jnp.expm1(y) + jnp.log(x) - jnp.log1p(y),
    "other functions": lambda x, y: jnp.tanh(x) + jnp.sqrt(y) * jnp.sin(x) + jax.lax.rsqrt(x) + jnp.abs(-y),
    "bounds": lambda x, y: jnp.maximum(x, 1.0) + jnp.minimum(x, y) + jnp.clip(y, 0.5, 0.9),
    "choices": lambda x, y: jnp.where(x < y, x, 2.0 * y) + jnp.where((x > 1.0) & (y > 1.0), x, y),
    "floors": lambda x, y: jnp.where(x - 1.0 < 0.0, 0.0, x - 1.0) + jnp.where(y > 1.0, 1.0, y),
    "stable functions": lambda x, y: jax.nn.sigmoid(x) + jax.nn.sigmoid(-y),
    "functions in functions": lambda x, y: jax.jit(lambda z: z * y)(x) + jax.checkpoint(jnp.exp)(y),
    "constants": lambda x, y: x * np.pi + jnp.asarray(1e-300) + 1e300 * y + 24.305,
}


@pytest.mark.parametrize("case", FUNCTIONS)
@pytest.mark.parametrize("point", [(0.3, 1.7), (2.5, 0.4), (1.3, 1.2)])
def test_formula_has_the_value_of_the_function(case: str, point: tuple[float, float]) -> None:
    formulas = formulas_of(lambda x, y: {"result": FUNCTIONS[case](x, y)}, "x", "y")
    wanted = float(FUNCTIONS[case](*map(jnp.asarray, point)))
    found = values_of_formulas(formulas, dict(zip("xy", point, strict=True)))["result"]
    assert found == pytest.approx(wanted, rel=1e-14, abs=1e-14)


def test_constants_keep_all_their_digits() -> None:
    (formula,) = formulas_of(lambda x: {"y": x * 0.1 + 1.0 / 3.0}, "x")
    assert formula.text == "x * 0.1 + 0.3333333333333333"


def test_constants_keep_all_their_digits_where_a_program_works_in_single_precision() -> None:
    with jax.enable_x64(False):
        (formula,) = formulas_of(lambda x: {"y": x * 0.1}, "x")
    assert formula.text == "x * 0.1"


def test_what_two_quantities_share_is_written_once_under_its_name() -> None:
    def function(x: Any) -> dict[str, Any]:
        return {"fall": jnp.exp(-x), "rise": 1.0 - jnp.exp(-x), "twice": jnp.exp(-x) * jnp.exp(-x)}

    assert dict(formulas_of(function, "x")) == {
        "fall": "exp(-x)",
        "rise": "1 - fall",
        "twice": "fall * fall",
    }


def test_what_is_shared_without_a_name_gets_one() -> None:
    formulas = formulas_of(lambda x: {"y": jnp.exp(x) / (1.0 + jnp.exp(x))}, "x")
    assert formulas == (("term_1", "exp(x)"), ("y", "term_1 / (1 + term_1)"))


def test_a_floor_is_a_maximum_because_simulators_look_for_roots_of_conditions() -> None:
    (formula,) = formulas_of(lambda x: {"y": jnp.where(x < 0.0, 0.0, x)}, "x")
    assert formula.text == "max(x, 0)"


def test_a_quantity_that_is_an_argument_or_a_number_keeps_its_name() -> None:
    assert set(formulas_of(lambda x: {"y": x, "z": x + 1.0, "one": jnp.ones_like(x)}, "x")) == {
        ("y", "x"),
        ("z", "x + 1"),
        ("one", "1"),
    }


def test_unknown_primitive_is_named_with_its_place() -> None:
    with pytest.raises(
        NoFormula, match=r"^The primitive 'erf' has no formula \(.*test_trace.py, line \d+, in "
    ):
        formulas_of(lambda x: {"y": jax.scipy.special.erf(x)}, "x")


def test_a_loop_is_named_with_its_place() -> None:
    with pytest.raises(NoFormula, match=r"'while' has no formula \(.*test_trace.py"):
        formulas_of(lambda x: {"y": jax.lax.while_loop(lambda y: y < 3.0, lambda y: y * 2.0, x)}, "x")


def test_an_array_is_refused_with_its_shape() -> None:
    with pytest.raises(NoFormula, match=r"array of shape \(2,\).*test_trace.py"):
        formulas_of(lambda x: {"y": jnp.sum(jnp.stack([x, x]))}, "x")


def test_two_quantities_of_one_name_are_refused() -> None:
    with pytest.raises(NoFormula, match="'x' is the name of two quantities"):
        formulas_of(lambda x: {"x": x + 1.0}, "x")
    with pytest.raises(NoFormula, match="'term_1' is the name of two quantities"):
        formulas_of(lambda x: {"y": jnp.exp(x) / (1.0 + jnp.exp(x))}, "term_1")

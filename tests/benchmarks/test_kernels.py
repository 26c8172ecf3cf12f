"""Claims about counting kernels in the text of a program: loops count by their turns."""

from typing import Any

import jax
import jax.numpy as jnp
import pytest

from benchmarks._kernels import Launches, launches


def text_of(function: Any) -> str:
    found: str = jax.jit(function).lower(jnp.ones(5)).compile().as_text()
    return found


def looped(turns: int) -> Launches:
    return launches(text_of(lambda x: jax.lax.fori_loop(0, turns, lambda _, y: jnp.sin(jnp.cumsum(y)), x)))


def test_elementwise_program_is_one_kernel() -> None:
    assert launches(text_of(lambda x: jnp.sin(x) + 1.0)) == Launches(1, ())


def test_kernels_of_a_loop_grow_by_those_of_a_turn() -> None:
    seven, nine = looped(7), looped(9)
    (loop,) = seven.loops
    assert loop.turns == 7
    assert nine.kernels - seven.kernels == 2 * loop.kernels > 0


def test_turns_of_nested_loops_are_multiplied() -> None:
    def inner(y: Any) -> Any:
        return jax.lax.fori_loop(0, 5, lambda _, z: jnp.sin(jnp.cumsum(z)), y)

    nested = launches(text_of(lambda x: jax.lax.fori_loop(0, 11, lambda _, y: inner(y), x)))
    (within,) = (loop for loop in nested.loops if loop.turns == 5)
    assert nested.kernels >= 11 * 5 * within.kernels


def test_loop_of_open_length_counts_as_one_turn_and_says_so() -> None:
    found = launches(text_of(lambda x: jax.lax.while_loop(lambda y: y[0] < 9.0, lambda y: y * 1.5 + 0.1, x)))
    (loop,) = found.loops
    assert loop.turns is None
    assert found.kernels < 20


def test_text_of_another_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="no HLO of a compiled program"):
        launches("module {}")

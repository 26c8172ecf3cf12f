"""The functions that formulas of SBML and of PEtab may use: all of them, in JAX."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import reduce
from types import MappingProxyType
from typing import Any

import jax.numpy as jnp

from windup.fit.analyses.petab.formulas.formula import Formula, combined, constant

FUNCTIONS: Mapping[str, Callable[..., Any]] = MappingProxyType(
    {
        "exp": jnp.exp,
        "log": jnp.log,
        "sqrt": jnp.sqrt,
        "abs": jnp.abs,
        "sign": jnp.sign,
        "floor": jnp.floor,
        "ceiling": jnp.ceil,
        "sin": jnp.sin,
        "cos": jnp.cos,
        "tan": jnp.tan,
        "asin": jnp.arcsin,
        "acos": jnp.arccos,
        "atan": jnp.arctan,
        "sinh": jnp.sinh,
        "cosh": jnp.cosh,
        "tanh": jnp.tanh,
        "asinh": jnp.arcsinh,
        "acosh": jnp.arccosh,
        "atanh": jnp.arctanh,
        "sec": lambda x: 1.0 / jnp.cos(x),
        "csc": lambda x: 1.0 / jnp.sin(x),
        "cot": lambda x: 1.0 / jnp.tan(x),
        "sech": lambda x: 1.0 / jnp.cosh(x),
        "csch": lambda x: 1.0 / jnp.sinh(x),
        "coth": lambda x: 1.0 / jnp.tanh(x),
    }
)
"""Functions of one number, by the names that SymPy and this package use."""


def total(*values: Any) -> Any:
    """Sum."""
    return reduce(lambda a, b: a + b, values, 0.0)


def product(*values: Any) -> Any:
    """Product."""
    return reduce(lambda a, b: a * b, values, 1.0)


def largest(*values: Any) -> Any:
    """Largest of some values."""
    return reduce(jnp.maximum, values)


def smallest(*values: Any) -> Any:
    """Smallest of some values."""
    return reduce(jnp.minimum, values)


def every(*values: Any) -> Any:
    """Whether all hold."""
    return reduce(jnp.logical_and, values, jnp.asarray(True))


def some(*values: Any) -> Any:
    """Whether one holds."""
    return reduce(jnp.logical_or, values, jnp.asarray(False))


def odd(*values: Any) -> Any:
    """Whether an odd number of them hold."""
    return reduce(jnp.logical_xor, values, jnp.asarray(False))


def power(base: Formula, exponent: Formula) -> Formula:
    """A power; whole exponents multiply, so that a base of 0 or below has a gradient."""
    if not exponent.names and float(exponent.value({})).is_integer():
        whole = int(exponent.value({}))
        return combined(lambda x: x**whole, base)
    if not exponent.names and float(exponent.value({})) == 0.5:
        return combined(jnp.sqrt, base)
    return combined(jnp.power, base, exponent)


def chosen(pieces: list[tuple[Formula, Formula]], otherwise: Formula | None) -> Formula:
    """The value of the first piece of which the condition holds.

    Parameters
    ----------
    pieces
        Values with their conditions.
    otherwise
        Where none holds; not a number without it.
    """
    result = constant(jnp.nan) if otherwise is None else otherwise
    for value, condition in reversed(pieces):
        result = combined(lambda holds, yes, no: jnp.where(holds, yes, no), condition, value, result)
    return result


def comparison(function: Callable[..., Any], left: Formula, right: Formula, clock: str) -> Formula:
    """A comparison; where one side is the time itself, the other is when it changes.

    Parameters
    ----------
    function
        Of both sides.
    left, right
        The sides.
    clock
        Name of the time.
    """
    switches = tuple(
        other
        for side, other in ((left, right), (right, left))
        if side.names == {clock} and clock not in other.names
    )
    return combined(function, left, right, switches=switches)

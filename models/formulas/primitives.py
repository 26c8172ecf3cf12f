"""What each primitive of JAX is in a formula of scalars."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from windup.models.formulas.expressions import NUMBER, Expressions, Key

type Rule = Callable[[Expressions, Sequence[Key], Mapping[str, Any]], Key]


def _operator(name: str) -> Rule:
    return lambda table, of, params: table.made(name, *of)


def _same(table: Expressions, of: Sequence[Key], params: Mapping[str, Any]) -> Key:
    return of[0]


def _less_one(table: Expressions, of: Sequence[Key], params: Mapping[str, Any]) -> Key:
    return table.made("-", table.made("exp", of[0]), table.number(1.0))


def _of_one_more(table: Expressions, of: Sequence[Key], params: Mapping[str, Any]) -> Key:
    return table.made("ln", table.made("+", table.number(1.0), of[0]))


def _integer_power(table: Expressions, of: Sequence[Key], params: Mapping[str, Any]) -> Key:
    return table.made("^", of[0], table.number(params["y"]))


def _square(table: Expressions, of: Sequence[Key], params: Mapping[str, Any]) -> Key:
    return table.made("^", of[0], table.number(2.0))


def _inverse_root(table: Expressions, of: Sequence[Key], params: Mapping[str, Any]) -> Key:
    return table.made("/", table.number(1.0), table.made("sqrt", of[0]))


def _logistic(table: Expressions, of: Sequence[Key], params: Mapping[str, Any]) -> Key:
    below = table.made("exp", table.made("negative", of[0]))
    return table.made("/", table.number(1.0), table.made("+", table.number(1.0), below))


def _clamped(table: Expressions, of: Sequence[Key], params: Mapping[str, Any]) -> Key:
    least, value, most = of
    return table.made("min", table.made("max", least, value), most)


def _selected(table: Expressions, of: Sequence[Key], params: Mapping[str, Any]) -> Key:
    """A floor or ceiling as ``max`` or ``min``: a simulator looks for the root of any other condition."""
    condition, otherwise, value = of
    if value == otherwise:
        return value
    known = table.nodes[condition]
    if known.operator in ("<", "<=", ">", ">="):
        low, high = known.arguments if known.operator.startswith("<") else known.arguments[::-1]
        is_bound = NUMBER in (table.nodes[low].operator, table.nodes[high].operator)
        if is_bound and (value, otherwise) == (high, low):
            return table.made("max", otherwise, value)
        if is_bound and (value, otherwise) == (low, high):
            return table.made("min", otherwise, value)
    return table.made("piecewise", value, condition, otherwise)


# Of one scalar these change nothing but its type or how it is seen.
_UNCHANGED = (
    "broadcast_in_dim",
    "convert_element_type",
    "copy",
    "copy_p",
    "optimization_barrier",
    "reduce_precision",
    "reshape",
    "squeeze",
    "stop_gradient",
)

RULES: Mapping[str, Rule] = MappingProxyType(
    {
        "add": _operator("+"),
        "add_any": _operator("+"),
        "sub": _operator("-"),
        "mul": _operator("*"),
        "div": _operator("/"),
        "neg": _operator("negative"),
        "pow": _operator("^"),
        "integer_pow": _integer_power,
        "square": _square,
        "sqrt": _operator("sqrt"),
        "rsqrt": _inverse_root,
        "exp": _operator("exp"),
        "expm1": _less_one,
        "log": _operator("ln"),
        "log1p": _of_one_more,
        "logistic": _logistic,
        **{name: _operator(name) for name in ("tanh", "sinh", "cosh", "tan", "sin", "cos", "abs", "floor")},
        "max": _operator("max"),
        "min": _operator("min"),
        "clamp": _clamped,
        "lt": _operator("<"),
        "le": _operator("<="),
        "gt": _operator(">"),
        "ge": _operator(">="),
        "eq": _operator("=="),
        "ne": _operator("!="),
        "and": _operator("&&"),
        "or": _operator("||"),
        "not": _operator("not"),
        "select_n": _selected,
        **dict.fromkeys(_UNCHANGED, _same),
    }
)
"""Rules by primitive; what is not here has no formula."""

"""Formulas of SBML: the tree that libSBML reads, walked node by node."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import jax.numpy as jnp

from windup.fit.analyses.exchange.libraries import library
from windup.fit.analyses.petab.formulas.formula import Formula, NotTranslated, combined, constant, named
from windup.fit.analyses.petab.formulas.functions import (
    FUNCTIONS,
    chosen,
    comparison,
    every,
    largest,
    odd,
    power,
    product,
    smallest,
    some,
    total,
)
from windup.fit.analyses.petab.formulas.sympy_formulas import TIME

# Of libSBML's names for the nodes, without AST_.
_ONE = {
    "FUNCTION_ABS": "abs",
    "FUNCTION_CEILING": "ceiling",
    "FUNCTION_FLOOR": "floor",
    "FUNCTION_EXP": "exp",
    "FUNCTION_LN": "log",
    **{f"FUNCTION_{name.upper()}": name for name in ("sin", "cos", "tan", "sec", "csc", "cot")},
    **{f"FUNCTION_{name.upper()}": name for name in ("sinh", "cosh", "tanh", "sech", "csch", "coth")},
    **{f"FUNCTION_ARC{name.upper()}": f"a{name}" for name in ("sin", "cos", "tan", "sinh", "cosh", "tanh")},
}
_MANY = {
    "PLUS": total,
    "TIMES": product,
    "FUNCTION_MAX": largest,
    "FUNCTION_MIN": smallest,
    "LOGICAL_AND": every,
    "LOGICAL_OR": some,
    "LOGICAL_XOR": odd,
}
_COMPARED = {
    "RELATIONAL_GT": jnp.greater,
    "RELATIONAL_GEQ": jnp.greater_equal,
    "RELATIONAL_LT": jnp.less,
    "RELATIONAL_LEQ": jnp.less_equal,
    "RELATIONAL_EQ": jnp.equal,
    "RELATIONAL_NEQ": jnp.not_equal,
}
_CONSTANTS = {
    "CONSTANT_E": 2.718281828459045,
    "CONSTANT_PI": 3.141592653589793,
    "CONSTANT_TRUE": True,
    "CONSTANT_FALSE": False,
    "NAME_AVOGADRO": 6.02214179e23,
}


@cache
def _kinds() -> dict[int, str]:
    libsbml = library("libsbml")
    names = [name for name in dir(libsbml) if name.startswith("AST_")]
    return {int(getattr(libsbml, name)): name.removeprefix("AST_") for name in names}


def sbml_formula(node: Any) -> Formula:
    """A formula of a model.

    Parameters
    ----------
    node
        ``libsbml.ASTNode``, in which definitions of functions are expanded.

    Raises
    ------
    NotTranslated
        When it has a part that is not translated.
    """
    kind = _kinds().get(node.getType(), "UNKNOWN")
    if node.isNumber():
        return constant(float(node.getValue()))
    if kind == "NAME_TIME":
        return named(TIME)
    if kind in _CONSTANTS:
        return constant(_CONSTANTS[kind])
    if kind == "NAME":
        return named(node.getName())
    parts = [sbml_formula(node.getChild(number)) for number in range(node.getNumChildren())]
    if kind == "FUNCTION_PIECEWISE":
        pairs = list(zip(parts[0::2], parts[1::2], strict=False))
        return chosen(pairs, parts[-1] if len(parts) % 2 else None)
    found = _arithmetic(kind, parts)
    if found is not None:
        return found
    if kind in _MANY:
        return combined(_MANY[kind], *parts)
    if kind in _COMPARED and len(parts) == 2:
        return comparison(_COMPARED[kind], parts[0], parts[1], TIME)
    if kind in _ONE and len(parts) == 1:
        return combined(FUNCTIONS[_ONE[kind]], *parts)
    name = node.getName() or kind.removeprefix("FUNCTION_").lower().replace("_", " ")
    raise NotTranslated(f"'{name}' in a formula is not translated")


def _arithmetic(kind: str, parts: list[Formula]) -> Formula | None:
    if kind == "MINUS":
        function: Callable[..., Any] = (lambda x: -x) if len(parts) == 1 else (lambda x, y: x - y)
        return combined(function, *parts)
    if kind == "DIVIDE":
        return combined(lambda x, y: x / y, *parts)
    if kind in ("POWER", "FUNCTION_POWER"):
        return power(*parts)
    if kind == "FUNCTION_ROOT":
        # libSBML puts the degree first, and 2 where the file gives none.
        degree, base = parts if len(parts) == 2 else (constant(2.0), parts[0])
        return power(base, combined(lambda x: 1.0 / x, degree))
    if kind == "FUNCTION_LOG":
        base, value = parts if len(parts) == 2 else (constant(10.0), parts[0])
        return combined(lambda b, x: jnp.log(x) / jnp.log(b), base, value)
    if kind == "LOGICAL_NOT":
        return combined(jnp.logical_not, *parts)
    return None

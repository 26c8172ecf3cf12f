"""Formulas of the tables of PEtab: parsed by the grammar of petab, and walked node by node."""

from __future__ import annotations

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

TIME = "time"
"""Name of the time in the formulas of PEtab."""

_MANY = {
    "Add": total,
    "Mul": product,
    "Max": largest,
    "Min": smallest,
    "And": every,
    "Or": some,
    "Xor": odd,
    "Not": jnp.logical_not,
}
_COMPARED = {
    "StrictGreaterThan": jnp.greater,
    "GreaterThan": jnp.greater_equal,
    "StrictLessThan": jnp.less,
    "LessThan": jnp.less_equal,
    "Equality": jnp.equal,
    "Unequality": jnp.not_equal,
}


def table_formula(text: str) -> Formula:
    """A formula as it stands in a table.

    Parameters
    ----------
    text
        In the grammar of PEtab.

    Raises
    ------
    NotTranslated
        When it is no formula of that grammar, or has a function that is not translated.

    Examples
    --------
    >>> table_formula("2 * a^2").value({"a": 3.0})
    18.0
    """
    # A number needs no grammar, and most cells are numbers.
    try:
        return constant(float(text))
    except ValueError:
        pass
    if text.isidentifier():
        return named(text)
    try:
        expression = library("petab.v1.math").sympify_petab(text)
    except Exception as error:
        # The grammar's parser raises errors of several kinds.
        raise NotTranslated(f"'{text}' is no formula of PEtab ({str(error).splitlines()[0]})") from error
    return _walk(expression)


def _walk(node: Any) -> Formula:
    kind = type(node).__name__
    if node.is_Symbol:
        return named(str(node))
    if node.is_number:
        return constant(float(node))
    if kind in ("BooleanTrue", "BooleanFalse"):
        return constant(kind == "BooleanTrue")
    if kind == "Piecewise":
        pieces = [(_walk(value), _walk(condition)) for value, condition in node.args]
        return chosen(pieces, None)
    parts = [_walk(each) for each in node.args]
    if kind == "Pow":
        return power(*parts)
    if kind in _MANY:
        return combined(_MANY[kind], *parts)
    if kind in _COMPARED:
        return comparison(_COMPARED[kind], parts[0], parts[1], TIME)
    function = FUNCTIONS.get(kind.lower())
    if function is None or len(parts) != 1:
        raise NotTranslated(f"the function '{kind}' is not translated")
    return combined(function, *parts)

"""A function of named scalars as named formulas, read off its JAX trace."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax.extend.core import Literal

from windup.models.formulas.errors import NoFormula
from windup.models.formulas.expressions import Expressions, Key
from windup.models.formulas.infix import infix
from windup.models.formulas.primitives import RULES


class Formula(NamedTuple):
    """A quantity and its formula, in the infix of SBML level 3."""

    name: str
    text: str


def formulas_of(
    function: Callable[..., Mapping[str, Any]], *names: Any, term: str = "term"
) -> tuple[Formula, ...]:
    r"""Write out a function of named scalars.

    What occurs twice, in one quantity or in two, becomes a formula of its own: the given names come first,
    and what has none is called ``term_1``, ``term_2`` and so on.

    Parameters
    ----------
    function
        Of pytrees of scalars; returns scalars by name. It is traced, not read, so that it may call anything
        of which `windup.models.formulas.primitives.RULES` has the primitives.
    *names
        Pytrees like its arguments, with a name in place of every scalar.
    term
        What formulas without a name are called.

    Returns
    -------
    tuple of Formula
        In an order in which each needs those before it alone; every name that was returned is among them.

    Raises
    ------
    NoFormula
        When a primitive has no formula, or an array is no scalar; it names the place in the code.

    Examples
    --------
    >>> import jax.numpy as jnp
    >>> formulas_of(lambda x: {"fall": jnp.exp(-x), "rise": 1.0 - jnp.exp(-x)}, "x")
    (Formula(name='fall', text='exp(-x)'), Formula(name='rise', text='1 - fall'))
    """
    table = Expressions()
    leaves, structure = jax.tree.flatten(names)
    found: dict[str, Any] = {}

    def flat(*scalars: Any) -> list[Any]:
        found.update(function(*jax.tree.unflatten(structure, scalars)))
        return [jnp.asarray(value) for value in found.values()]

    # In single precision the constants of the code would be rounded to seven digits.
    with jax.enable_x64(True):
        closed = jax.make_jaxpr(flat)(*[jnp.zeros(())] * len(leaves))
        keys = _walked(table, closed.jaxpr, closed.consts, [table.symbol(name) for name in leaves])
    return _named(table, dict(zip(found, keys, strict=True)), set(leaves), term)


def _walked(table: Expressions, jaxpr: Any, constants: Any, arguments: list[Key]) -> list[Key]:
    """Nodes of what a trace returns."""
    known: dict[Any, Key] = dict(zip(jaxpr.invars, arguments, strict=True))
    for variable, constant in zip(jaxpr.constvars, constants, strict=True):
        known[variable] = table.number(_scalar(constant, "A constant"))

    def key_of(variable: Any) -> Key:
        if isinstance(variable, Literal):
            return table.number(_scalar(variable.val, "A constant"))
        return known[variable]

    for equation in jaxpr.eqns:
        inputs = [key_of(variable) for variable in equation.invars]
        inner = next((equation.params[name] for name in _INNER if name in equation.params), None)
        if inner is not None and equation.primitive.name not in _LOOPS:
            body, consts = (inner.jaxpr, inner.consts) if hasattr(inner, "consts") else (inner, [])
            results = _walked(table, body, consts, inputs)
        else:
            results = [_applied(table, equation, inputs)]
        known.update(zip(equation.outvars, results, strict=True))
    return [key_of(variable) for variable in jaxpr.outvars]


# Functions within functions; a custom derivative does not concern the value.
_INNER = ("jaxpr", "call_jaxpr", "fun_jaxpr")
_LOOPS = ("scan", "while", "cond")


def _applied(table: Expressions, equation: Any, inputs: list[Key]) -> Key:
    name = equation.primitive.name
    for variable in (*equation.invars, *equation.outvars):
        if variable.aval.shape != ():
            raise NoFormula(
                f"'{name}' works on an array of shape {variable.aval.shape}{_place(equation)}, and a formula "
                "is of scalars."
            )
    if name not in RULES:
        raise NoFormula(f"The primitive '{name}' has no formula{_place(equation)}.")
    return RULES[name](table, inputs, equation.params)


def _scalar(value: Any, what: str) -> float:
    if jnp.shape(value) != ():
        raise NoFormula(f"{what} has the shape {jnp.shape(value)}, and a formula is of scalars.")
    return float(value)


def _place(equation: Any) -> str:
    """Where an equation stands in the code of the function that was traced, in words."""
    frames = equation.source_info.traceback.frames if equation.source_info.traceback else ()
    ours = [each for each in frames if not any(part in each.file_name for part in ("/jax/", "/jaxtyping/"))]
    if not ours:
        return ""
    return f" ({ours[0].file_name}, line {ours[0].line_num}, in {ours[0].function_name})"


def _named(table: Expressions, results: dict[str, Key], taken: set[str], term: str) -> tuple[Formula, ...]:
    """Formulas of the results, and of what they share."""
    twice = sorted(set(results) & taken)
    if twice:
        raise NoFormula(f"'{twice[0]}' is the name of two quantities. Give one of them another name.")
    uses = table.below(set(results.values()))
    names: dict[Key, str] = {}
    for name, key in results.items():
        if not table.is_plain(key):
            names.setdefault(key, name)
    terms = 0
    for key in sorted(uses):
        if uses[key] > 1 and key not in names and not table.is_plain(key):
            terms += 1
            names[key] = f"{term}_{terms}"
            if names[key] in taken or names[key] in results:
                raise NoFormula(f"'{names[key]}' is the name of two quantities. Give one another name.")
    formulas = [Formula(names[key], infix(table, key, names)) for key in sorted(names)]
    # A second name of the same quantity, or of an argument or a number.
    others = [
        Formula(name, names[key] if key in names else infix(table, key, names))
        for name, key in results.items()
        if names.get(key) != name
    ]
    return (*formulas, *others)

"""A reader of formulas that shares no code with what writes them: Python's own, with the names of SBML."""

from collections.abc import Iterable, Mapping

import numpy as np

from windup.models import Formula

FUNCTIONS = {
    **{
        name: getattr(np, name)
        for name in ("exp", "tanh", "sinh", "cosh", "sin", "cos", "tan", "sqrt", "abs")
    },
    **{"ln": np.log, "floor": np.floor, "max": max, "min": min},
    "piecewise": lambda value, condition, otherwise: value if condition else otherwise,
}


def value_of(text: str, names: Mapping[str, float]) -> float:
    """Value of a formula in the infix of SBML."""
    python = text.replace("^", "**").replace("&&", " and ").replace("||", " or ")
    return float(eval(python, {"__builtins__": {}}, {**FUNCTIONS, **names}))


def values_of_formulas(formulas: Iterable[Formula], names: Mapping[str, float]) -> dict[str, float]:
    """Values of formulas that build on each other, in their order, with what they began with."""
    known = dict(names)
    for each in formulas:
        known[each.name] = value_of(each.text, known)
    return known

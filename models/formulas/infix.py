"""Expressions as text in the infix of SBML level 3, which most languages read with little change."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from windup.models.formulas.errors import NoFormula
from windup.models.formulas.expressions import NUMBER, SYMBOL, Expressions, Key

# How tightly an operator binds, and how it is written.
_INFIX: Mapping[str, tuple[int, str]] = MappingProxyType(
    {
        "||": (1, " || "),
        "&&": (2, " && "),
        **{name: (3, f" {name} ") for name in ("<", "<=", ">", ">=", "==", "!=")},
        "+": (4, " + "),
        "-": (4, " - "),
        "*": (5, " * "),
        "/": (5, " / "),
        "^": (7, "^"),
    }
)
_SIGN, _ATOM = 6, 8


def infix(table: Expressions, key: Key, names: Mapping[Key, str]) -> str:
    """A node in infix; nodes below it that have a name are written by it."""
    return _written(table, key, {**names, key: ""})[0]


def _written(table: Expressions, key: Key, names: Mapping[Key, str]) -> tuple[str, int]:
    """Text of a node, and how tightly its outermost operator binds."""
    if names.get(key):
        return names[key], _ATOM
    node = table.nodes[key]
    if node.operator == SYMBOL:
        return str(node.value), _ATOM
    if node.operator == NUMBER:
        text = number(float(node.value))
        return text, (_SIGN if text.startswith("-") else _ATOM)
    parts = [_written(table, each, names) for each in node.arguments]
    if node.operator == "negative":
        text, binds = parts[0]
        product = _INFIX["*"][0]
        # Of a product the sign is that of its first factor.
        return f"-{_closed(text, binds, product)}", min(max(binds, product), _SIGN)
    if node.operator not in _INFIX:
        return f"{node.operator}({', '.join(text for text, _ in parts)})", _ATOM
    binds, sign = _INFIX[node.operator]
    if node.operator == "^":
        return sign.join(_closed(*part, _ATOM) for part in parts), binds
    # Of sums and products the right side is closed where it would be read with the left.
    left, right = _closed(*parts[0], binds), _closed(*parts[1], binds + 1)
    right = f"({right})" if right.startswith("-") else right
    return f"{left}{sign}{right}", binds


def number(value: float) -> str:
    """The shortest text that is read back as the same number.

    Examples
    --------
    >>> number(10.0), number(1e-6), number(0.1)
    ('10', '1e-06', '0.1')
    """
    if not -float("inf") < value < float("inf"):
        raise NoFormula(f"{value} is no number that a formula can hold.")
    return repr(float(value)).removesuffix(".0")


def _closed(text: str, binds: int, least: int) -> str:
    return text if binds >= least else f"({text})"

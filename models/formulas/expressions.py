"""Expressions in which equal subexpressions are one node, so that a formula is never written twice."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple, final

NUMBER, SYMBOL = "number", "symbol"

type Key = int
"""A node's place in its table: arguments stand before what is made of them."""


class Node(NamedTuple):
    """A number or a symbol (``value``), or an operator on nodes."""

    operator: str
    arguments: tuple[Key, ...] = ()
    value: float | str = ""


# Only what is exact in every number, so that formula and function agree to the last digits.
_OF_NUMBERS: Mapping[str, Callable[..., Any]] = MappingProxyType(
    {"+": lambda a, b: a + b, "-": lambda a, b: a - b, "*": lambda a, b: a * b, "negative": lambda a: -a}
)


@final
class Expressions:
    """Nodes, each of them once."""

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self._known: dict[Node, Key] = {}

    def number(self, value: float) -> Key:
        """A number."""
        return self._kept(Node(NUMBER, (), float(value)))

    def symbol(self, name: str) -> Key:
        """A symbol."""
        return self._kept(Node(SYMBOL, (), name))

    def made(self, operator: str, *arguments: Key) -> Key:
        """An operator on nodes, made simpler where that changes no digit: numbers alone, 0, 1 and signs."""
        nodes = [self.nodes[key] for key in arguments]
        numbers: list[Any] = [node.value for node in nodes if node.operator == NUMBER]
        if operator in _OF_NUMBERS and len(numbers) == len(nodes):
            return self.number(_OF_NUMBERS[operator](*numbers))
        simpler: dict[str, Callable[..., Key | None]] = {
            "negative": self._negative,
            "+": self._sum,
            "-": self._difference,
            "*": self._product,
        }
        found = simpler[operator](*arguments) if operator in simpler else None
        if operator == "/" and self._is(arguments[1], 1.0):
            found = arguments[0]
        return self._kept(Node(operator, arguments)) if found is None else found

    def is_plain(self, key: Key) -> bool:
        """Whether it is shorter to write it twice than to give it a name: sums and products of two leaves."""
        node = self.nodes[key]
        leaves = all(self.nodes[each].operator in (NUMBER, SYMBOL) for each in node.arguments)
        return node.operator in (NUMBER, SYMBOL) or (node.operator in (*_OF_NUMBERS, "/") and leaves)

    def below(self, keys: set[Key]) -> dict[Key, int]:
        """Nodes that some nodes are made of, themselves included, with how often each is an argument."""
        uses = dict.fromkeys(keys, 0)
        for key in range(len(self.nodes) - 1, -1, -1):
            if key in uses:
                for argument in self.nodes[key].arguments:
                    uses[argument] = uses.get(argument, 0) + 1
        return uses

    def _negative(self, of: Key) -> Key | None:
        node = self.nodes[of]
        if node.operator == "negative":
            return node.arguments[0]
        return self.made("-", *node.arguments[::-1]) if node.operator == "-" else None

    def _sum(self, left: Key, right: Key) -> Key | None:
        if self._is(left, 0.0) or self._is(right, 0.0):
            return right if self._is(left, 0.0) else left
        taken = self._opposite(right)
        return None if taken is None else self.made("-", left, taken)

    def _difference(self, left: Key, right: Key) -> Key | None:
        if self._is(right, 0.0):
            return left
        return self.made("negative", right) if self._is(left, 0.0) else None

    def _product(self, left: Key, right: Key) -> Key | None:
        for one, other in ((left, right), (right, left)):
            if self._is(one, 1.0):
                return other
            if self._is(one, -1.0):
                return self.made("negative", other)
        turned = self._opposite(left)
        return None if turned is None else self.made("negative", self.made("*", turned, right))

    def _opposite(self, key: Key) -> Key | None:
        """What a node is the negative of, if it is written so."""
        node = self.nodes[key]
        return node.arguments[0] if node.operator == "negative" else None

    def _is(self, key: Key, value: float) -> bool:
        node = self.nodes[key]
        return node.operator == NUMBER and node.value == value

    def _kept(self, node: Node) -> Key:
        if node not in self._known:
            self._known[node] = len(self.nodes)
            self.nodes.append(node)
        return self._known[node]

"""Kernels that a compiled program launches, counted in its own text: loops by their number of turns.

On a GPU a launch takes some microseconds whatever it computes, so that a loop of many small kernels is bound
by launches and not by arithmetic. The text is that of `jax.stages.Compiled.as_text` (HLO of XLA).
"""

from __future__ import annotations

import re
from typing import NamedTuple

_COMPUTATION = re.compile(r"^(ENTRY )?%?([\w.\-]+) \(.*\{$")
_INSTRUCTION = re.compile(r"^\s+(?:ROOT )?%?[\w.\-]+ = .*?\s([a-z][a-z\-]*)\(")
_CALLED = re.compile(r"(to_apply|condition|body)=%?([\w.\-]+)")
_BRANCHES = re.compile(r"branch_computations=\{([^}]*)\}|(?:true|false)_computation=%?([\w.\-]+)")
_TURNS = re.compile(r'"known_trip_count":\{"n":"(\d+)"\}')
# What names a value, or is part of another instruction, and starts nothing.
_FREE = {
    "parameter", "constant", "tuple", "get-tuple-element", "bitcast", "after-all", "while", "call",
    "conditional", "partition-id", "replica-id", "opt-barrier",
}  # fmt: skip


class Loop(NamedTuple):
    """A loop of the program: its turns, None where these are open, and the kernels of one turn."""

    name: str
    turns: int | None
    kernels: int


class Launches(NamedTuple):
    """Kernels of one run of a program, with every loop's turns, and its loops from the most kernels down.

    A loop with an open number of turns counts as one turn.
    """

    kernels: int
    loops: tuple[Loop, ...]


def launches(text: str) -> Launches:
    """Count what a program launches.

    Parameters
    ----------
    text
        HLO of a compiled program.

    Raises
    ------
    ValueError
        When the text has no entry computation.
    """
    entry, computations = _computations(text)
    loops: list[Loop] = []

    def kernels(name: str) -> int:
        total = 0
        for operation, line in computations[name]:
            called = dict(_CALLED.findall(line))
            if operation == "while":
                found = _TURNS.search(line)
                turns = int(found[1]) if found else None
                body, condition = kernels(called["body"]), kernels(called["condition"])
                loops.append(Loop(called["body"], turns, body + condition))
                total += (body + condition) * (turns or 1) + condition
            elif operation == "call":
                total += kernels(called["to_apply"])
            elif operation == "conditional":
                total += max(map(kernels, _branches(line)), default=0)
            else:
                total += operation not in _FREE
        return total

    total = kernels(entry)
    ordered = sorted(loops, key=lambda loop: (loop.turns or 1) * loop.kernels, reverse=True)
    return Launches(total, tuple(ordered))


def _branches(line: str) -> list[str]:
    return [
        name.strip().lstrip("%") for many, one in _BRANCHES.findall(line) for name in (many or one).split(",")
    ]


def _computations(text: str) -> tuple[str, dict[str, list[tuple[str, str]]]]:
    """Name of the entry, and operation and line of every instruction by computation."""
    found: dict[str, list[tuple[str, str]]] = {}
    entry, inside = "", ""
    for line in text.splitlines():
        begins = _COMPUTATION.match(line)
        if begins:
            inside = begins[2]
            found[inside] = []
            entry = inside if begins[1] else entry
            continue
        instruction = _INSTRUCTION.match(line)
        if instruction and inside:
            found[inside].append((instruction[1], line))
    if not entry:
        raise ValueError("The text has no line that begins with ENTRY: it is no HLO of a compiled program.")
    return entry, found

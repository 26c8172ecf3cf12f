"""Rows of one visit that follow from others: contrasts that close a ring of arms.

Arms are the nodes of a graph. A contrast joins its two arms, and a result of an arm joins it to a node that
stands for no arm. A row follows from others by sums and differences where, and only where, it closes a ring.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from windup.datasets.decisions.same_fact import same_time
from windup.datasets.dictionary.usage import ANY_INSTRUMENT

_PAIN = frozenset({"mean", "change", "percent_change", "contrast"})
_SERUM = "serum_mg_change"


class Edge(NamedTuple):
    """A row as an edge: its name, study, kind on 0-10, arm, reference arm ('' where it has none), time and
    instrument (its link with 0-10, '' on 0-10; a standardised difference counts among these).
    """

    name: int
    study: str
    kind: str
    arm: str
    reference: str
    time: float
    instrument: str = ""


def following(rows: Iterable[Edge]) -> Iterator[tuple[int, tuple[int, ...]]]:
    """Rows that follow from earlier ones, with the rows that they follow from.

    Parameters
    ----------
    rows
        The rows to be preferred first. Rows that share no outcome with a contrast are passed over.

    Examples
    --------
    >>> rows = [Edge(1, "s", "contrast", "a", "p", 12.0), Edge(2, "s", "contrast", "b", "p", 12.0)]
    >>> list(following([*rows, Edge(3, "s", "contrast", "b", "a", 12.0)]))
    [(3, (1, 2))]
    """
    groups: dict[tuple[str, str, bool], list[Edge]] = {}
    for row in rows:
        known = row.time == row.time and row.arm != row.reference
        if known and (row.kind in _PAIN or row.kind == _SERUM):
            instrument = row.instrument.removeprefix(ANY_INSTRUMENT)
            groups.setdefault((row.study, instrument, row.kind == _SERUM), []).append(row)
    for group in groups.values():
        # Without two contrasts, or a contrast between two results, there is no ring.
        if sum(bool(row.reference) for row in group):
            for visit in _visits(group):
                yield from _closing(visit)


def _visits(rows: Sequence[Edge]) -> Iterator[list[Edge]]:
    """Rows of one time each, rounded in whichever way, in the order in which they came."""
    times = sorted({row.time for row in rows})
    first, visit = {}, times[:1]
    for early, late in zip([*times[:1], *times], times, strict=False):
        visit = visit if same_time(early, late) else [late]
        first[late] = visit[0]
    for time in dict.fromkeys(first.values()):
        yield [row for row in rows if first.get(row.time) == time]


def _closing(rows: Iterable[Edge]) -> Iterator[tuple[int, tuple[int, ...]]]:
    joined: dict[str, list[tuple[str, int]]] = {}
    for row in rows:
        path = _path(joined, row.arm, row.reference)
        if path is not None and (row.reference or len(path) > 1):
            yield row.name, tuple(sorted(path))
        elif path is None:
            joined.setdefault(row.arm, []).append((row.reference, row.name))
            joined.setdefault(row.reference, []).append((row.arm, row.name))


def _path(joined: dict[str, list[tuple[str, int]]], start: str, end: str) -> tuple[int, ...] | None:
    """Rows that lead from one node to another, None where nothing does."""
    reached: dict[str, tuple[int, ...]] = {start: ()}
    waiting = [start]
    while waiting:
        node = waiting.pop(0)
        for neighbour, row in joined.get(node, []):
            if neighbour not in reached:
                reached[neighbour] = (*reached[node], row)
                waiting.append(neighbour)
    return reached.get(end)

"""Formulas of strangers as functions of named values: trees that are walked, never program text."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

type Values = Mapping[str, Any]


class Formula(NamedTuple):
    """One formula.

    Attributes
    ----------
    names
        What it reads.
    value
        Its value, given the values of these names: numbers, or arrays that are broadcast.
    switches
        Times at which a condition in it changes, as formulas without states where they can be told.
    """

    names: frozenset[str]
    value: Callable[[Values], Any]
    switches: tuple[Formula, ...] = ()


class NotTranslated(Exception):
    """A formula has a part that windup does not translate; the message names it."""


def constant(number: float) -> Formula:
    """A number.

    Examples
    --------
    >>> constant(2.5).value({})
    2.5
    """
    return Formula(frozenset(), lambda _: number)


def named(name: str) -> Formula:
    """The value of a name."""
    return Formula(frozenset({name}), lambda values: values[name])


def combined(function: Callable[..., Any], *parts: Formula, switches: tuple[Formula, ...] = ()) -> Formula:
    """A function of other formulas.

    Parameters
    ----------
    function
        Of their values.
    *parts
        The formulas.
    switches
        Those that this function adds.
    """
    inner = tuple(each for part in parts for each in part.switches)
    return Formula(
        frozenset[str]().union(*(part.names for part in parts)),
        lambda values: function(*(part.value(values) for part in parts)),
        inner + switches,
    )


def ordered(formulas: Mapping[str, Formula]) -> tuple[list[str], list[str]]:
    """Names in an order in which each formula reads only what stands before it, and those in a circle.

    Examples
    --------
    >>> ordered({"a": named("b"), "b": constant(1.0), "c": named("c")})
    (['b', 'a'], ['c'])
    """
    done: dict[str, None] = {}
    waiting = dict(formulas)
    while waiting:
        ready = [name for name, each in waiting.items() if not (each.names & waiting.keys())]
        if not ready:
            return list(done), list(waiting)
        done.update(dict.fromkeys(ready))
        for name in ready:
            del waiting[name]
    return list(done), []


def unknown_names(formulas: Iterable[Formula], known: Iterable[str]) -> Iterator[str]:
    """Names that formulas read and nothing gives."""
    there = frozenset(known)
    yield from sorted(frozenset[str]().union(*(each.names for each in formulas)) - there)

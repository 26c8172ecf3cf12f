"""Claims about rows that follow from others: exactly those that close a ring of arms."""

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from windup.datasets.decisions.rings import Edge, following

ARMS = "pabcd"


def incidence(rows: list[Edge]) -> np.ndarray:
    """Every row as what it adds of the results of the arms."""
    signs = [[float(row.arm == arm) - float(row.reference == arm) for arm in ARMS] for row in rows]
    return np.array(signs).reshape(-1, len(ARMS))


def pairs() -> Iterator[tuple[str, str]]:
    yield from ((arm, other) for arm in ARMS for other in ARMS if arm != other)


@settings(max_examples=60, derandomize=True, deadline=None)
@given(st.lists(st.sampled_from(sorted(pairs())), max_size=8), st.sets(st.sampled_from(ARMS)))
def test_what_remains_is_as_many_rows_as_are_independent(
    chosen: list[tuple[str, str]], alone: set[str]
) -> None:
    rows = [Edge(n, "s", "mean", arm, "", 8.0) for n, arm in enumerate(sorted(alone))]
    rows += [Edge(n, "s", "contrast", *pair, 8.0) for n, pair in enumerate(chosen, start=len(rows))]
    out = {name for name, _ in following(rows)}
    rank = np.linalg.matrix_rank(incidence(rows)) if rows else 0
    assert len(rows) - len(out) == rank
    assert rank == (
        np.linalg.matrix_rank(incidence([row for row in rows if row.name not in out])) if rows else 0
    )


@settings(max_examples=40, derandomize=True, deadline=None)
@given(st.lists(st.sampled_from(sorted(pairs())), max_size=8))
def test_a_row_follows_from_the_rows_that_are_named(chosen: list[tuple[str, str]]) -> None:
    rows = [Edge(n, "s", "contrast", *pair, 8.0) for n, pair in enumerate(chosen)]
    for name, others in following(rows):
        named = incidence([rows[other] for other in others])
        assert np.linalg.matrix_rank(np.vstack([named, incidence([rows[name]])])) == len(others)


@pytest.mark.parametrize("time", [8.0, 12.0])
def test_rows_of_another_visit_or_study_close_no_ring(time: float) -> None:
    first = [Edge(0, "s", "contrast", "a", "p", 8.0), Edge(1, "s", "contrast", "b", "p", 8.0)]
    last = Edge(2, "s" if time == 12.0 else "t", "contrast", "b", "a", time)
    assert list(following([*first, last])) == []


def test_one_visit_may_be_rounded_in_two_ways() -> None:
    rows = [Edge(0, "s", "contrast", "a", "p", 4.3), Edge(1, "s", "contrast", "p", "a", 4.33)]
    assert list(following(rows)) == [(1, (0,))]

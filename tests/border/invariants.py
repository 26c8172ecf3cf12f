"""What holds for every input whatever: it is read or refused, soon, and left as it was."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable
from datetime import timedelta
from pathlib import Path

from hypothesis import HealthCheck, settings

from windup.datasets import WindupError

# What takes so long hangs: a busy machine takes a second.
PATIENCE_SECONDS = 60.0
_LONGEST_SENTENCE = 2000


def examples(count: int) -> settings:
    """The same examples on every machine and day, so that a failure can be found again."""
    return settings(
        max_examples=count,
        derandomize=True,
        database=None,
        deadline=timedelta(seconds=PATIENCE_SECONDS),
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )


def faults_or[T](load: Callable[[], T], folder: Path) -> T | WindupError:
    """What loading gives: a value, or the project's own error. Any other error is one of the test.

    The folder is as it was afterwards, and not much time went by.
    """
    before, began = _snapshot(folder), time.monotonic()
    try:
        result: T | WindupError = load()
    except WindupError as error:
        result = error
    assert time.monotonic() - began < PATIENCE_SECONDS
    assert _snapshot(folder) == before
    return result


def assert_is_told(sentences: Iterable[str]) -> None:
    """Sentences a terminal can show: filled, ended, printable and of bearable length."""
    for text in sentences:
        assert text
        assert text[-1] in ".?"
        assert text.isprintable()
        assert len(text) <= _LONGEST_SENTENCE


def _snapshot(folder: Path) -> dict[str, bytes | None]:
    found: dict[str, bytes | None] = {}
    for place, _, files in os.walk(folder):
        found[place] = None
        for name in files:
            path = Path(place, name)
            found[str(path)] = path.read_bytes() if path.is_file() else None
    return found

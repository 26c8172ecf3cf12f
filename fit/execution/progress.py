"""How far a fit has come: a bar on a terminal, dated lines elsewhere, nothing for callers from Python."""

from __future__ import annotations

import os
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol, final

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, TaskID, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.progress import Progress as Display

# The longest silence of a fit, and the first thing that a new user meets.
COMPILING = "a minute or two the first time; kept for later fits"


class Progress(Protocol):
    """Callback through which long work reports its progress."""

    def __call__(self, phase: str, done: int, total: int, note: str = "") -> None:
        """Say that ``done`` of ``total`` steps of ``phase`` are finished; 0 of 0 when that is not known."""


def silent(phase: str, done: int, total: int, note: str = "") -> None:
    """Report to nobody: the default of the Python interface."""


def renamed(progress: Progress, name: str) -> Progress:
    """The same progress with other names of its phases, for work that is one part of longer work.

    Parameters
    ----------
    progress
        What the phases are passed on to.
    name
        New name, in which ``{phase}`` stands for the old one.

    Examples
    --------
    >>> def show(phase: str, done: int, total: int, note: str = "") -> None:
    ...     print(phase, done, total)
    >>> renamed(show, "{phase} of the baseline")("warmup", 1, 2)
    warmup of the baseline 1 2
    """

    def renaming(phase: str, done: int, total: int, note: str = "") -> None:
        progress(name.replace("{phase}", phase), done, total, note)

    return renaming


def only(progress: Progress, phase: str) -> Progress:
    """The same progress of one phase; the others are silent.

    Examples
    --------
    >>> def show(phase: str, done: int, total: int, note: str = "") -> None:
    ...     print(phase, done, total)
    >>> only(show, "compile")("warmup", 1, 2)
    >>> only(show, "compile")("compile", 1, 2)
    compile 1 2
    """
    wanted = phase

    def selecting(phase: str, done: int, total: int, note: str = "") -> None:
        if phase == wanted:
            progress(phase, done, total, note)

    return selecting


@contextmanager
def show_progress(
    phase_total: int,
    *,
    console: Console | None = None,
    environment: Mapping[str, str] | None = None,
) -> Iterator[Progress]:
    """Progress of work in ``phase_total`` phases on the standard error stream.

    Parameters
    ----------
    phase_total
        Number of phases that will be reported, for the counter in front of each.
    console
        Where to write; the standard error stream if None.
    environment
        Environment variables; those of the process if None. With ``CI`` set, plain lines are written.
    """
    target = console if console is not None else Console(stderr=True)
    variables = os.environ if environment is None else environment
    if target.is_terminal and not variables.get("CI"):
        bars = _Bars(phase_total, target)
        with bars.display:
            yield bars
            bars.finish()
    else:
        yield _Lines(phase_total, partial(target.print, markup=False, highlight=False, soft_wrap=True))


def seconds_left(done: int, total: int, elapsed: float) -> float | None:
    """Time that the rest of a phase takes at its pace so far, or None when that cannot be said.

    Examples
    --------
    >>> seconds_left(25, 100, 10.0)
    30.0
    >>> seconds_left(0, 100, 10.0) is None
    True
    """
    if done <= 0 or total <= 0 or done > total:
        return None
    return elapsed * (total - done) / done


class _Phases(ABC):
    """Counts phases in the order in which they are first reported."""

    def __init__(self, phase_total: int) -> None:
        self._phase_total = phase_total
        self._seen: list[str] = []

    def _label(self, phase: str) -> str:
        if phase not in self._seen:
            self._seen.append(phase)
        number = self._seen.index(phase) + 1
        return f"{number}/{max(self._phase_total, len(self._seen))} {phase}"

    @abstractmethod
    def __call__(self, phase: str, done: int, total: int, note: str = "") -> None:
        """Report one step."""


@final
class _Bars(_Phases):
    """One bar per phase, with the time taken and the time left."""

    def __init__(self, phase_total: int, console: Console) -> None:
        super().__init__(phase_total)
        self.display = Display(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.percentage:>3.0f} %"),
            TimeElapsedColumn(),
            TextColumn("taken,"),
            TimeRemainingColumn(),
            TextColumn("left"),
            TextColumn("{task.fields[note]}"),
            console=console,
        )
        self._tasks: dict[str, TaskID] = {}

    def __call__(self, phase: str, done: int, total: int, note: str = "") -> None:
        label = self._label(phase)
        if phase not in self._tasks:
            self.finish()
            self._tasks[phase] = self.display.add_task(escape(label), total=total or None, note=escape(note))
        # A phase of unknown length that comes back, as compiling does, has been filled already.
        if total > 0 or not self.display.tasks[self._tasks[phase]].finished:
            self.display.update(self._tasks[phase], completed=done, total=total or None, note=escape(note))

    def finish(self) -> None:
        """Fill the bars of phases whose length was never known."""
        for task in self.display.tasks:
            if task.total is None:
                self.display.update(task.id, total=1, completed=1)


@final
class _Lines(_Phases):
    """Dated lines: the first and last of each phase, and in between at most one in ``every`` seconds."""

    def __init__(
        self,
        phase_total: int,
        write: Callable[[str], None],
        *,
        every: float = 20.0,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = datetime.now,
    ) -> None:
        super().__init__(phase_total)
        self._write = write
        self._every = every
        self._clock = clock
        self._now = now
        self._started: dict[str, tuple[float, int]] = {}
        self._ended: set[str] = set()
        self._last_line = -float("inf")

    def __call__(self, phase: str, done: int, total: int, note: str = "") -> None:
        moment = self._clock()
        first = phase not in self._started
        # Work that was done before the phase was first heard of tells nothing of its pace.
        started, before = self._started.setdefault(phase, (moment, done))
        last = total > 0 and done >= total and phase not in self._ended
        if last:
            self._ended.add(phase)
        if not (first or last or moment - self._last_line >= self._every):
            return
        self._last_line = moment
        parts = [f"{self._now():%H:%M:%S}", self._label(phase)]
        if total > 0:
            parts.append(f"{done}/{total}")
        left = seconds_left(done - before, total - before, moment - started)
        if left is not None and not last:
            parts.append(f"about {timedelta(seconds=round(left))} left")
        if note:
            parts.append(note)
        self._write("  ".join(parts))

"""Claims about progress reports."""

import io
from datetime import datetime

import pytest
from rich.console import Console

from windup.fit.execution.progress import _Lines, only, renamed, show_progress, silent

type Report = tuple[str, int, int, str]


class Recorder:
    """Keeps what it is called with."""

    def __init__(self) -> None:
        self.reports: list[Report] = []

    def __call__(self, phase: str, done: int, total: int, note: str = "") -> None:
        self.reports.append((phase, done, total, note))


def test_renamed_progress_passes_everything_but_the_name_on() -> None:
    recorder = Recorder()
    renamed(recorder, "{phase} of {mine} {0}")("warm-up", 3, 10, "step size 0.1")
    assert recorder.reports == [("warm-up of {mine} {0}", 3, 10, "step size 0.1")]


def test_progress_of_one_phase_is_silent_about_the_others() -> None:
    recorder = Recorder()
    for phase in ("compile", "warm-up", "compile"):
        only(recorder, "compile")(phase, 0, 0, phase)
    assert recorder.reports == [("compile", 0, 0, "compile")] * 2


class Clock:
    """A clock that stands still until told."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def lines_of(clock: Clock, written: list[str]) -> _Lines:
    return _Lines(5, written.append, every=20.0, clock=clock, now=lambda: datetime(2026, 1, 2, 3, 4, 5))


def test_line_says_time_phase_count_and_time_left() -> None:
    clock, written = Clock(), list[str]()
    progress = lines_of(clock, written)
    progress("load", 1, 1)
    progress("warm-up", 0, 100)
    clock.seconds = 30.0
    progress("warm-up", 25, 100, "step size 0.1")
    assert written[-1] == "03:04:05  2/5 warm-up  25/100  about 0:01:30 left  step size 0.1"


def test_work_done_before_a_phase_was_heard_of_says_nothing_of_its_pace() -> None:
    clock, written = Clock(), list[str]()
    progress = lines_of(clock, written)
    progress("warm-up", 50, 100)
    assert written[-1].endswith("50/100")
    clock.seconds = 30.0
    progress("warm-up", 75, 100)
    assert written[-1].endswith("about 0:00:30 left")


def test_lines_within_a_phase_are_rationed() -> None:
    clock, written = Clock(), list[str]()
    progress = lines_of(clock, written)
    for step in range(100):
        clock.seconds = float(step)
        progress("sample", step, 100)
    assert len(written) == 5


def test_last_step_of_a_phase_is_always_written_once() -> None:
    clock, written = Clock(), list[str]()
    progress = lines_of(clock, written)
    for step in (0, 99, 100, 100):
        progress("sample", step, 100)
    assert [line.split()[-1] for line in written] == ["0/100", "100/100"]


def test_phase_of_unknown_length_shows_no_count() -> None:
    clock, written = Clock(), list[str]()
    lines_of(clock, written)("compile", 0, 0)
    assert written == ["03:04:05  1/5 compile"]


def test_output_that_is_no_terminal_gets_lines() -> None:
    stream = io.StringIO()
    with show_progress(2, console=Console(file=stream), environment={}) as progress:
        progress("load", 1, 1, "[not markup]")
    assert stream.getvalue().endswith("1/2 load  1/1  [not markup]\n")


def test_terminal_of_a_ci_machine_gets_lines() -> None:
    stream = io.StringIO()
    console = Console(file=stream, force_terminal=True, color_system=None)
    with show_progress(2, console=console, environment={"CI": "true"}) as progress:
        progress("load", 1, 1)
    assert stream.getvalue().endswith("1/2 load  1/1\n")


def test_terminal_gets_bars_that_end_full() -> None:
    stream = io.StringIO()
    console = Console(file=stream, force_terminal=True, color_system=None, width=120)
    with show_progress(2, console=console, environment={}) as progress:
        progress("compile", 0, 0)
        progress("sample", 5, 10, "[not markup]")
        progress("compile", 0, 0)
        progress("sample", 10, 10, "[not markup]")
    last = stream.getvalue().rsplit("\x1b[2K", maxsplit=1)[-1].splitlines()
    assert last[0].startswith("1/2 compile")
    assert last[1].startswith("2/2 sample")
    assert all("100 %" in line for line in last[:2])
    assert "[not markup]" in last[1]


def test_silent_report_writes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    silent("sample", 1, 2)
    assert capsys.readouterr() == ("", "")

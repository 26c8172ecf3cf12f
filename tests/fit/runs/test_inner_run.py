"""Claims about a fit inside another command: it goes on by itself, or starts again and says why."""

from pathlib import Path
from typing import Any

import pytest
import xarray as xr

from windup.fit.errors import Interrupted, RunFolderRefused
from windup.fit.runs.inner_run import from_what_was_left, run_inner_fit
from windup.fit.settings.fit import Settings

from ..synthetic import synthetic_tree

OTHER = RunFolderRefused("Give --overwrite and not --resume.", changed=("seed was 1 and is 2 now",))


@pytest.fixture(autouse=True)
def _one_empty_figure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("windup.fit.runs.write.figures", lambda *_: iter([("drug_effects.png", b"")]))


class Engine:
    """Leaves a checkpoint, then ends as it was asked to; notes what it was given to go on from."""

    def __init__(self, *ends: Exception | None) -> None:
        self.ends = list(ends)
        self.given: list[str | None] = []

    def __call__(self, *_: Any, checkpoint: Path, resume_from: Path | None, **__: Any) -> xr.DataTree:
        self.given.append(None if resume_from is None else resume_from.read_text())
        end = self.ends.pop(0)
        if end is not None:
            checkpoint.write_text(f"left {len(self.given)}")
            raise end
        # What was copied there is no state of a sampler.
        checkpoint.unlink(missing_ok=True)
        return synthetic_tree(draws=20, prior_draws=20, visits=3)


class Notes:
    """Progress that keeps its notes."""

    def __init__(self) -> None:
        self.notes: list[str] = []

    def __call__(self, phase: str, done: int, total: int, note: str = "") -> None:
        self.notes += [note] if phase == "resume" else []


def settings(out: Path) -> Settings:
    return Settings.from_preset("quick", out=out)


def test_second_call_goes_on_from_what_the_first_left(tmp_path: Path) -> None:
    engine, notes = Engine(ZeroDivisionError(), None), Notes()
    with pytest.raises(ZeroDivisionError):
        run_inner_fit(settings(tmp_path / "a"), engine, progress=notes)
    assert notes.notes == []
    assert run_inner_fit(settings(tmp_path / "a"), engine, progress=notes) == tmp_path / "a"
    assert engine.given == [None, "left 1"]
    assert notes.notes == ["goes on where an earlier call was stopped"]
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_call_starts_again_where_what_was_left_is_of_another_fit_and_says_why(tmp_path: Path) -> None:
    engine, notes = Engine(ZeroDivisionError(), OTHER, None), Notes()
    with pytest.raises(ZeroDivisionError):
        run_inner_fit(settings(tmp_path / "a"), engine, progress=notes)
    run_inner_fit(settings(tmp_path / "a"), engine, progress=notes)
    assert engine.given == [None, "left 1", None]
    assert "starts again" in notes.notes[-1]
    assert "seed was 1 and is 2 now" in notes.notes[-1]
    # The command has no such options.
    assert "--" not in "".join(notes.notes)


def test_call_that_the_user_stops_ends_as_stopped_and_the_next_goes_on(tmp_path: Path) -> None:
    engine = Engine(Interrupted(synthetic_tree(draws=20, prior_draws=20, visits=3)), None)
    with pytest.raises(Interrupted) as stopped:
        run_inner_fit(settings(tmp_path / "a"), engine, progress=Notes())
    assert "the same command goes on" in stopped.value.__notes__[0]
    run_inner_fit(settings(tmp_path / "a"), engine, progress=Notes())
    assert engine.given == [None, "left 1"]


def test_refusal_for_another_reason_is_no_reason_to_start_again(tmp_path: Path) -> None:
    left = tmp_path / "checkpoint"
    left.write_text("half")

    def refused(_: Path | None) -> None:
        raise RunFolderRefused("Another run was written meanwhile.")

    with pytest.raises(RunFolderRefused, match="meanwhile"):
        from_what_was_left(left, refused, Notes())

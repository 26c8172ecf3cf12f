"""A fit inside another command, and work that goes on by itself from what a stopped call left."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from windup.datasets import Trials
from windup.fit.errors import Interrupted, RunFolderRefused
from windup.fit.execution.progress import Progress
from windup.fit.runs.run_fit import Engine, run_fit
from windup.fit.settings.fit import Settings
from windup.fit.storage.folder import RunFolder

if TYPE_CHECKING:
    import xarray as xr

# Phase under which progress says what was decided.
RESUME = "resume"
GOES_ON = "goes on where an earlier call was stopped"


def run_inner_fit(settings: Settings, engine: Engine, *, progress: Progress) -> Path:
    """Fit as part of another command, which has no options for a fit that was stopped.

    The fit goes on where an earlier call was stopped or killed, with the draws that it would have given.
    Where what was left belongs to another fit (data, settings, program or versions), it starts again and says
    so through the progress. A finished run in the folder is replaced once the new one is complete.

    Parameters
    ----------
    settings
        What to do.
    engine
        What draws from the posterior.
    progress
        Called with the progress of each phase.

    Raises
    ------
    RunFolderRefused, DataFaults, DiskError
        As `windup.fit.run_fit`.
    Interrupted
        When the user stopped it; the next call goes on.
    """

    def continuing(
        trials: Trials,
        settings: Settings,
        *,
        progress: Progress,
        checkpoint: Path | None,
        resume_from: Path | None,
        **_: Path,
    ) -> xr.DataTree:
        def attempt(left: Path | None) -> xr.DataTree:
            return engine(trials, settings, progress=progress, checkpoint=checkpoint, resume_from=left)

        return from_what_was_left(resume_from, attempt, progress)

    left = RunFolder.left_by_a_stopped_run(settings.out)
    outcome = run_fit(settings, continuing, overwrite=True, resume=left, progress=progress)
    if outcome.interrupted:
        stop = Interrupted()
        stop.add_note(f"What was done is kept in {outcome.folder}; the same command goes on from there.")
        raise stop
    return outcome.folder


def from_what_was_left[T](left: Path | None, attempt: Callable[[Path | None], T], progress: Progress) -> T:
    """Do work from the checkpoint of an earlier call; from the beginning where that is of other work.

    Parameters
    ----------
    left
        The checkpoint; None, or a file that is not there, where nothing was left.
    attempt
        Does the work from a checkpoint, or from None, and raises `RunFolderRefused` for one of other work.
    progress
        Called with what was decided.
    """
    if left is None or not left.is_file():
        return attempt(None)
    progress(RESUME, 0, 0, GOES_ON)
    try:
        return attempt(left)
    except RunFolderRefused as refused:
        if not refused.changed:
            raise
        why = "; ".join(refused.changed)
        progress(RESUME, 0, 1, f"starts again: an earlier call was stopped, but {why}")
        return attempt(None)

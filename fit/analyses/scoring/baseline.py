"""The mechanism-free baseline of a run: the time-course meta-analysis of the same trials."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

from windup.fit.errors import RunFolderRefused
from windup.fit.execution.progress import Progress, renamed
from windup.fit.runs.fitted_run import FittedRun, read_run
from windup.fit.runs.run_fit import run_fit
from windup.fit.storage.folder import TRIALS

BASELINE = "time_course"


def baseline_of(run: FittedRun, given: Path | None, *, progress: Progress) -> FittedRun:
    """A fit of `windup.models.TimeCourse` to the trials of a run.

    It is fitted once, with the preset, the sampler and the seed of the run, and kept in its folder.

    Parameters
    ----------
    run
        The run.
    given
        Folder of a fit that may stand in for it.
    progress
        Called with the progress of the fit.

    Raises
    ------
    RunFolderRefused
        When the one given was fitted to other trials, or has a mechanism.
    """
    if given is None and run.settings.model == BASELINE:
        return run
    place = run.folder / BASELINE if given is None else given
    if given is None and not place.exists():
        settings = dataclasses.replace(
            run.settings, model=BASELINE, data=_tables(run), out=place, precision="float64"
        )
        # It imports JAX, which a command that only reads must not.
        from windup.fit.posterior.fit_posterior import fit_posterior

        run_fit(settings, fit_posterior, progress=renamed(progress, "baseline: {phase}"))
    baseline = read_run(place)
    if baseline.settings.model != BASELINE:
        raise RunFolderRefused(
            f"{place} is a fit of '{baseline.settings.model}'; the baseline is one of '{BASELINE}'. Make it "
            f"with `windup fit --model {BASELINE}`, or leave --baseline out."
        )
    hashes = [json.loads(each.tree.attrs["data_sha256"]) for each in (run, baseline)]
    if hashes[0] != hashes[1]:
        raise RunFolderRefused(
            f"{place} was fitted to other trials than {run.folder} (SHA-256 {hashes[1][:12]} and "
            f"{hashes[0][:12]}), so that they cannot be compared. Fit both to the same ones."
        )
    return baseline


def _tables(run: FittedRun) -> Path | None:
    """Folder with the tables of the run; None for the packaged ones, which older runs do not hold."""
    own = run.folder / TRIALS
    return own if own.is_dir() else run.settings.data

"""The mechanism-free baseline of a run: the time-course meta-analysis of the same trials."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

from windup.fit.errors import RunFolderRefused
from windup.fit.execution.progress import Progress, renamed
from windup.fit.runs.fitted_run import FittedRun, read_run
from windup.fit.runs.inner_run import RESUME, run_inner_fit
from windup.fit.settings.fit import Settings
from windup.fit.storage.folder import SETTINGS, TRIALS

BASELINE = "time_course"
# Where a fit is read from and written to changes no draw.
_PLACES = ("data", "out")


def baseline_of(run: FittedRun, given: Path | None, *, progress: Progress) -> FittedRun:
    """A fit of `windup.models.TimeCourse` to the trials of a run.

    It is fitted once, with the preset, the sampler and the seed of the run and with those of its priors and
    fixed values that it has too, and kept in the folder of the run. A call that was stopped or killed is gone
    on with; a kept fit of other settings, or of another version of windup, is made again.

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
        When the one given was fitted to other trials, or has a mechanism, or something else stands in its
        place in the run.
    Interrupted
        When the user stopped its fit; the next call goes on.
    """
    if given is None and run.settings.model == BASELINE:
        return run
    if given is None:
        return _kept_or_fitted(run, renamed(progress, "baseline: {phase}"))
    baseline = read_run(given)
    if baseline.settings.model != BASELINE:
        raise RunFolderRefused(
            f"{given} is a fit of '{baseline.settings.model}'; the baseline is one of '{BASELINE}'. Make it "
            f"with `windup fit --model {BASELINE}`, or leave --baseline out."
        )
    hashes = [_data_of(each) for each in (run, baseline)]
    if hashes[0] != hashes[1]:
        raise RunFolderRefused(
            f"{given} was fitted to other trials than {run.folder} (SHA-256 {hashes[1][:12]} and "
            f"{hashes[0][:12]}), so that they cannot be compared. Fit both to the same ones."
        )
    return baseline


def _kept_or_fitted(run: FittedRun, progress: Progress) -> FittedRun:
    # They import JAX, which a command that only reads must not.
    from windup.fit.posterior.fit_posterior import fit_posterior
    from windup.fit.problem.build import error_model_named, model_named, people_named
    from windup.fit.problem.choices import shared_choices

    place, catalogue = run.folder / BASELINE, run.trials.catalogue
    errors = error_model_named(run.settings.errors)
    model = model_named(BASELINE, catalogue)
    people = people_named(run.settings.patients, model)
    priors, fixed = shared_choices(run.settings, model, catalogue, errors, people)
    settings = dataclasses.replace(
        run.settings,
        model=BASELINE,
        data=_tables(run),
        out=place,
        precision="float64",
        priors=priors,
        fixed=fixed,
    )
    if place.exists():
        if not (place / SETTINGS).is_file():
            raise RunFolderRefused(
                f"{place} is no fit of windup, so it is not touched. Move it away, or give a fit of "
                f"'{BASELINE}' with --baseline."
            )
        try:
            kept = read_run(place)
            why = _differs(kept, run, settings)
            if why is None:
                return kept
        except RunFolderRefused as refused:
            why = str(refused)
        progress(RESUME, 0, 0, f"the kept baseline is made again: {why}")
    run_inner_fit(settings, fit_posterior, progress=progress)
    return read_run(place)


def _differs(kept: FittedRun, run: FittedRun, settings: Settings) -> str | None:
    """In what a kept baseline is not the one that is wanted; None where it is."""
    if _data_of(kept) != _data_of(run):
        return "it was fitted to other trials"
    was, wanted = (_without_places(each) for each in (kept.settings, settings))
    names = [name for name in wanted if was[name] != wanted[name]]
    return f"its settings differ ({', '.join(names)})" if names else None


def _without_places(settings: Settings) -> dict[str, Any]:
    return {name: value for name, value in settings.as_json().items() if name not in _PLACES}


def _data_of(run: FittedRun) -> str:
    digest: str = json.loads(run.tree.attrs["data_sha256"])
    return digest


def _tables(run: FittedRun) -> Path | None:
    """Folder with the tables of the run; None for the packaged ones, which older runs do not hold."""
    own = run.folder / TRIALS
    return own if own.is_dir() else run.settings.data

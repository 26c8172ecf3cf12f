"""A whole fit, from the tables of trials to the finished run folder."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, final

from windup.datasets import Trials, trials_in
from windup.fit.errors import Interrupted
from windup.fit.execution.progress import Progress, silent
from windup.fit.settings.fit import Settings
from windup.fit.settings.priors import choice_notices
from windup.fit.storage.folder import SAMPLER_STATE, RunFolder

if TYPE_CHECKING:
    import xarray as xr

# A tree with all of these can be diagnosed; one that was interrupted early may lack some.
_COMPLETE = {
    "posterior",
    "prior",
    "posterior_predictive",
    "posterior_expected",
    "observed_data",
    "constant_data",
    "sample_stats",
    "failed_solves",
}


class Engine(Protocol):
    """What draws from the posterior: `fit_posterior`, or a stand-in for it."""

    def __call__(
        self,
        trials: Trials,
        settings: Settings,
        *,
        progress: Progress,
        checkpoint: Path | None,
        resume_from: Path | None,
    ) -> xr.DataTree:
        """Draw, report how far it is, and return the run."""


@final
@dataclass(frozen=True)
class Outcome:
    """How a fit ended.

    Attributes
    ----------
    folder
        Where its files are.
    record
        What its ``summary.json`` holds; None when it was interrupted too early for one.
    interrupted
        Whether it ended before its last draw.
    """

    folder: Path
    record: Mapping[str, Any] | None
    interrupted: bool


def run_fit(
    settings: Settings,
    engine: Engine,
    *,
    overwrite: bool = False,
    resume: bool = False,
    adding: bool = False,
    start: Path | None = None,
    draws_to: Path | None = None,
    thin: int = 1,
    storage: str = "float64",
    progress: Progress = silent,
) -> Outcome:
    """Fit, diagnose and write one run.

    When anything goes wrong after the first saved draws, these are kept beside the run folder, and a note
    on the error says where; a finished run that stood in the folder stays as it was.

    Parameters
    ----------
    settings
        What to do.
    engine
        What draws from the posterior.
    overwrite
        Replace a finished run, once the new one is complete.
    resume
        Continue an interrupted run.
    adding
        Add draws to the finished run in the folder until there are as many as the settings have. It is
        replaced once the new one is complete.
    start
        Folder of an earlier run from which chains start.
    draws_to, thin, storage
        A Zarr store to which draws go while chains run, as for `windup.fit.sample_model`.
    progress
        Called with the progress of each phase.

    Raises
    ------
    RunFolderRefused, DataFaults, DiskError
        When the folder may not be written, the data have faults, or the disk fails.
    Interrupted
        When the user stopped the fit before there was anything to keep.
    """
    folder = RunFolder.open(settings.out, overwrite=overwrite, resume=resume, adding=adding)
    # Other runs and places of draws are passed on only where they are asked for: a stand-in needs none.
    drawing: Callable[..., xr.DataTree] = engine
    try:
        began = time.monotonic()
        progress("load", 0, 1)
        trials = trials_in(settings.data, blocks=settings.blocks)
        progress("load", 1, 1)
        loaded = time.monotonic() - began
        try:
            tree = drawing(
                trials,
                settings,
                progress=progress,
                checkpoint=folder.checkpoint,
                resume_from=folder.resume_from if resume else None,
                **({"add_to": folder.target} if adding else {}),
                **({"start": start} if start else {}),
                **({"draws_to": draws_to, "thin": thin, "storage": storage} if draws_to else {}),
            )
        except Interrupted as stop:
            if stop.tree is None:
                raise
            record = _write(folder, stop.tree, trials, settings, loaded, progress, interrupted=True)
            return Outcome(folder.keep_interrupted(), record, interrupted=True)
        record = _write(folder, tree, trials, settings, loaded, progress, interrupted=False)
        _keep_state(folder, tree)
        return Outcome(folder.publish(), record, interrupted=False)
    except BaseException as error:
        folder.abandon(error)
        raise


def _keep_state(folder: RunFolder, tree: xr.DataTree) -> None:
    """Write the last state of the sampler, where it keeps one: draws can be added later."""
    if folder.checkpoint.is_file():
        # It imports JAX.
        from windup.fit.sampling.chains.add import last_state

        draws = int(tree["posterior"].sizes["draw"])
        folder.write(SAMPLER_STATE, last_state(folder.checkpoint, draws))


def _write(
    folder: RunFolder,
    tree: xr.DataTree,
    trials: Trials,
    settings: Settings,
    loaded_seconds: float,
    progress: Progress,
    *,
    interrupted: bool,
) -> Mapping[str, Any] | None:
    """Write everything the tree allows, the draws first."""
    # Diagnosis and plotting import arviz-stats, which imports JAX: a command that only reads must not.
    from windup.fit.diagnostics.convergence import check_convergence
    from windup.fit.diagnostics.diagnose import diagnose
    from windup.fit.runs.notices import INTERRUPTED, notices
    from windup.fit.runs.summary import summary_record
    from windup.fit.runs.write import write_draws, write_results, write_summary

    began = time.monotonic()
    progress("post", 0, 4)
    if not set(tree.children) >= _COMPLETE:
        chosen = choice_notices(settings.priors, settings.fixed)
        write_draws(folder, tree, trials, settings, (INTERRUPTED, *chosen))
        return None
    marks = notices(check_convergence(tree), settings, interrupted=interrupted)
    write_draws(folder, tree, trials, settings, marks)
    progress("post", 1, 4, "draws saved")
    diagnosis = diagnose(tree)
    progress("post", 2, 4, "diagnosed")

    def record() -> dict[str, Any]:
        seconds = {"load": loaded_seconds, "post": time.monotonic() - began}
        return summary_record(
            tree,
            diagnosis,
            settings,
            trials=trials,
            seconds=seconds,
            interrupted=interrupted,
        )

    write_results(folder, tree, diagnosis, record())
    progress("post", 3, 4, "tables and figures written")
    last = record()
    write_summary(folder, last)
    progress("post", 4, 4)
    return last

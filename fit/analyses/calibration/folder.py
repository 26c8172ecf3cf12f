"""A whole calibration, from the tables of trials to its finished folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from windup.datasets import Trials, trials_in
from windup.fit.analyses.calibration.page import calibration_page
from windup.fit.analyses.calibration.settings import CalibrationSettings
from windup.fit.execution.progress import Progress, silent
from windup.fit.runs.results import Results, publish_results
from windup.fit.storage.folder import RunFolder

if TYPE_CHECKING:
    import xarray as xr


class Calibrator(Protocol):
    """What calibrates: `windup.fit.calibrate`, or a stand-in for it."""

    def __call__(
        self,
        trials: Trials,
        settings: CalibrationSettings,
        *,
        progress: Progress,
        checkpoint: Path | None,
        resume_from: Path | None,
        scheduler: str | None,
    ) -> xr.DataTree:
        """Simulate, fit and rank, report how far it is, and return the ranks."""


def calibrate_to_folder(
    settings: CalibrationSettings,
    calibrator: Calibrator,
    *,
    overwrite: bool = False,
    resume: bool = False,
    scheduler: str | None = None,
    progress: Progress = silent,
) -> tuple[Path, dict[str, Any]]:
    """Calibrate, judge and write one folder; a calibration that was stopped or killed goes on by itself.

    Parameters
    ----------
    settings
        What to do.
    calibrator
        What simulates and fits.
    overwrite
        Replace a finished result, once the new one is complete.
    resume
        Refuse where there is no interrupted calibration to continue.
    scheduler
        Where replicates are fitted: `windup.fit.calibrate`.
    progress
        Called with the progress of each phase.

    Returns
    -------
    tuple
        The folder, and what its ``summary.json`` holds.

    Raises
    ------
    RunFolderRefused, DataFaults, DiskError
        When the folder may not be written, the data have faults, or the disk fails.
    Interrupted
        When the user stopped it; a note says where the finished replicates are kept.
    """
    resume = resume or (not overwrite and RunFolder.left_by_a_stopped_run(settings.out))
    folder = RunFolder.open(settings.out, overwrite=overwrite, resume=resume)
    try:
        trials = trials_in(settings.data, blocks=settings.blocks)
        tree = calibrator(
            trials,
            settings,
            progress=progress,
            checkpoint=folder.checkpoint,
            resume_from=folder.resume_from if resume else None,
            scheduler=scheduler,
        )
        return publish_results(folder, calibration_results(tree, settings))
    except BaseException as error:
        folder.abandon(error)
        raise


def calibration_results(tree: xr.DataTree, settings: CalibrationSettings) -> Results:
    """What a calibration leaves in its folder."""
    # They import matplotlib and what plots and tests need, which a command that only reads must not.
    from windup.fit.analyses.calibration.figures import calibration_figure
    from windup.fit.analyses.calibration.ranks import calibration_record, calibration_table

    table = calibration_table(tree)
    record = calibration_record(tree, table)
    design = f"model '{record['model']}', design of {len(record['studies'])} studies, seed {settings.seed}"
    return Results(
        settings=settings.as_json(),
        record=record,
        page=calibration_page,
        source=f"windup, {design}.",
        tables={"ranks": table},
        figures={"ranks": calibration_figure(tree, table)},
        trees={"calibration": tree},
    )

"""A whole calibration, from the tables of trials to its finished folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from windup.datasets import Trials, load_trials, packaged_trials
from windup.fit.analyses.calibration.page import calibration_page
from windup.fit.analyses.calibration.settings import CalibrationSettings
from windup.fit.display.blocks import markdown
from windup.fit.execution.progress import Progress, silent
from windup.fit.storage.folder import SETTINGS, SUMMARY, RunFolder

if TYPE_CHECKING:
    import xarray as xr

TREE = "calibration.nc"


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
    """Calibrate, judge and write one folder.

    Parameters
    ----------
    settings
        What to do.
    calibrator
        What simulates and fits.
    overwrite
        Replace a finished result, once the new one is complete.
    resume
        Continue an interrupted calibration.
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
    folder = RunFolder.open(settings.out, overwrite=overwrite, resume=resume)
    try:
        trials = packaged_trials() if settings.data is None else load_trials(settings.data)
        tree = calibrator(
            trials,
            settings,
            progress=progress,
            checkpoint=folder.checkpoint,
            resume_from=folder.resume_from if resume else None,
            scheduler=scheduler,
        )
        record = _write(folder, tree, settings)
        return folder.publish(), record
    except BaseException as error:
        folder.abandon(error)
        raise


def _write(folder: RunFolder, tree: xr.DataTree, settings: CalibrationSettings) -> dict[str, Any]:
    # They import matplotlib and what plots and tests need, which a command that only reads must not.
    from windup.fit.analyses.calibration.figures import calibration_figure
    from windup.fit.analyses.calibration.ranks import calibration_record, calibration_table
    from windup.fit.display.figure import png
    from windup.fit.storage.formats import as_json, table_csv, tree_bytes

    table = calibration_table(tree)
    record = calibration_record(tree, table)
    notices = tuple(record["notices"])
    folder.write(SETTINGS, as_json({**settings.as_json(), "notices": notices}))
    folder.write(TREE, tree_bytes(tree, notices))
    folder.write("ranks.csv", table_csv(table, notices))
    design = f"model '{record['model']}', design of {len(record['studies'])} studies, seed {settings.seed}"
    footer = " ".join([f"windup, {design}.", *notices, record["statement"]])
    folder.write("ranks.png", png(calibration_figure(tree, table), footer))
    folder.write(SUMMARY, as_json(record))
    folder.write("summary.md", markdown(calibration_page(record)))
    return record

"""A sensitivity analysis, from a run or a model to a finished folder."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from windup.fit.analyses.sensitivity.settings import SensitivitySettings
from windup.fit.execution.progress import Progress, silent
from windup.fit.runs.results import publish_results
from windup.fit.storage.files import disk_errors, write_file
from windup.fit.storage.folder import SUMMARY, making, read_summary


def sensitivity_to_folder(
    settings: SensitivitySettings,
    *,
    out: Path | None = None,
    scheduler: str | None = None,
    overwrite: bool = False,
    progress: Progress = silent,
) -> tuple[Path, dict[str, Any]]:
    """Analyse sensitivity and write one folder.

    Parameters
    ----------
    settings
        What to do.
    out
        Folder of the result. If None, ``sensitivity/METHOD`` inside the run, or inside
        ``runs/sensitivity/MODEL`` for the prior of a model. Finished refits are kept next to it, as
        ``NAME.fits``.
    scheduler
        Where points are solved and priors refitted: `windup.fit.analyse_sensitivity`.
    overwrite
        Replace an earlier result, once the new one is complete.
    progress
        Called with the progress of each phase.

    Returns
    -------
    tuple
        The folder, and what its ``summary.json`` holds.

    Raises
    ------
    RunFolderRefused, DiskError
        When a folder cannot be read or may not be written, or the disk fails.
    """
    run = settings.run
    home = Path("runs/sensitivity") / settings.source if run is None else run / "sensitivity"
    place = home / settings.method if out is None else out
    with making(place, overwrite=overwrite) as folder:
        # It imports JAX, which takes seconds that --help need not spend.
        from windup.fit.analyses.sensitivity.analyse import analyse_sensitivity

        store = place.with_name(f"{place.name}.fits")
        result = analyse_sensitivity(settings, store=store, scheduler=scheduler, progress=progress)
        published = publish_results(folder, result.results(settings.as_json()))
    # Numbers of fits that did not converge would stand among those of one that did, without a word of it.
    if run is not None and settings.method == "block-refit" and not result.notices:
        note_left_out(run, result.numbers["self_sustaining"])
    return published


def note_left_out(run: Path, above_one: Mapping[str, Mapping[str, float]]) -> None:
    """Write P(gain > 1) without each part of the likelihood into the summary of a run.

    Parameters
    ----------
    run
        Folder of the run.
    above_one
        By loop and by what was left out, that of the run itself among them.

    Raises
    ------
    RunFolderRefused, DiskError
        When it has no summary, or the disk fails.
    """
    # They import JAX and xarray.
    from windup.fit.analyses.sensitivity.prior_findings import NOTHING
    from windup.fit.runs.summary import with_left_out
    from windup.fit.storage.formats import as_json

    without = {
        loop: {label: share for label, share in shares.items() if label != NOTHING}
        for loop, shares in above_one.items()
    }
    with disk_errors(f"writing {run / SUMMARY}"):
        write_file(run / SUMMARY, as_json(with_left_out(read_summary(run)[1], without)))

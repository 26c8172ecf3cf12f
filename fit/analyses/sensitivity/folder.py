"""A sensitivity analysis, from a run or a model to a finished folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from windup.fit.analyses.sensitivity.settings import SensitivitySettings
from windup.fit.execution.progress import Progress, silent
from windup.fit.runs.results import publish_results
from windup.fit.storage.folder import making


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
        return publish_results(folder, result.results(settings.as_json()))

"""What the data of a run identify, from the run to a finished folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from windup.fit.execution.progress import Progress, silent
from windup.fit.runs.results import publish_results
from windup.fit.storage.folder import making


def identify_to_folder(
    run: Path,
    *,
    out: Path | None = None,
    profiles: int,
    scheduler: str | None = None,
    overwrite: bool = False,
    progress: Progress = silent,
) -> tuple[Path, dict[str, Any]]:
    """Analyse identifiability and write one folder.

    Parameters
    ----------
    run
        Folder of a finished run.
    out
        Folder of the result; ``identify`` inside the run if None.
    profiles
        Number of parameters that are profiled.
    scheduler
        Where profiles are searched: `windup.fit.identify`.
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
    with making(run / "identify" if out is None else out, overwrite=overwrite) as folder:
        # It imports JAX, which takes seconds that --help need not spend.
        from windup.fit.analyses.identifiability.identify import identify

        result = identify(run, profiles=profiles, scheduler=scheduler, progress=progress)
        return publish_results(folder, result.results({"run": str(run), "profiles": profiles}))

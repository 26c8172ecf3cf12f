"""Simulated trials, from a finished run and a file of plans to their folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from windup.fit.analyses.virtual_trials.page import simulate_page
from windup.fit.execution.progress import Progress, silent
from windup.fit.runs.results import Results, publish_results, record_head
from windup.fit.storage.folder import making


def simulate_to_folder(
    run: Path,
    plans: Path,
    *,
    out: Path | None = None,
    draws: int,
    seed: int = 0,
    overwrite: bool = False,
    progress: Progress = silent,
) -> tuple[Path, dict[str, Any]]:
    """Simulate planned trials and write one folder.

    Parameters
    ----------
    run
        Folder of a finished run.
    plans
        TOML file.
    out
        Folder of the result; ``simulate`` inside the run if None.
    draws, seed
        Number of virtual trials of each plan, and their seed.
    overwrite
        Replace an earlier result, once the new one is complete.
    progress
        Called with the progress.

    Returns
    -------
    tuple
        The folder, and what its ``summary.json`` holds.

    Raises
    ------
    RegimenFaults, RunFolderRefused, DiskError
        When the file has faults, a folder cannot be read or may not be written, or the disk fails.
    """
    # They import JAX and matplotlib, which takes seconds that --help need not spend.
    from windup.fit.analyses.virtual_trials.figures import simulate_figure
    from windup.fit.analyses.virtual_trials.simulate import simulate
    from windup.fit.runs.fitted_run import read_run

    fitted = read_run(run)
    with making(fitted.folder / "simulate" if out is None else out, overwrite=overwrite) as folder:
        simulation = simulate(fitted, plans, draws=draws, seed=seed, progress=progress)
        results = Results(
            settings={"run": str(run), "trials": str(plans), "draws": draws, "seed": seed},
            record={
                **record_head(fitted),
                "draws": draws,
                "arms": simulation.arms.to_dict(orient="records"),
            },
            page=simulate_page,
            source=f"windup simulate, model '{fitted.settings.model}', {draws} virtual trials of each plan.",
            tables=simulation._asdict(),
            figures={"trials": simulate_figure(simulation.arms, simulation.trials)},
        )
        return publish_results(folder, results)

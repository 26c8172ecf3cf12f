"""Simulated trials, from a finished run and a file of plans to their folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from windup.fit.analyses.virtual_trials.page import simulate_page
from windup.fit.display.blocks import markdown
from windup.fit.execution.progress import Progress, silent
from windup.fit.runs.notices import RESEARCH_ONLY
from windup.fit.storage.folder import SETTINGS, SUMMARY, making
from windup.fit.storage.formats import as_plain


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
    report
        Progress.

    Returns
    -------
    tuple
        The folder, and what its ``summary.json`` holds.

    Raises
    ------
    RegimenFaults, RunFolderRefused, DiskError
        When the file has faults, a folder cannot be read or may not be written, or the disk fails.
    """
    # They import JAX and matplotlib.
    from windup.fit.analyses.virtual_trials.figures import simulate_figure
    from windup.fit.analyses.virtual_trials.simulate import simulate
    from windup.fit.display.figure import png
    from windup.fit.runs.fitted_run import read_run
    from windup.fit.storage.formats import as_json, table_csv

    fitted = read_run(run)
    with making(fitted.folder / "simulate" if out is None else out, overwrite=overwrite) as folder:
        found = simulate(fitted, plans, draws=draws, seed=seed, progress=progress)
        record: dict[str, Any] = as_plain(
            {
                "model": fitted.settings.model,
                "notices": list(fitted.notices),
                "statement": RESEARCH_ONLY,
                "failed_checks": [],
                "draws_sha256": fitted.draws_sha256,
                "draws": draws,
                "arms": found.arms.to_dict(orient="records"),
            }
        )
        settings = {"run": str(run), "trials": str(plans), "draws": draws, "seed": seed}
        folder.write(SETTINGS, as_json({**settings, "notices": fitted.notices}))
        for name, table in found._asdict().items():
            folder.write(f"{name}.csv", table_csv(table, fitted.notices))
        about = f"windup simulate, model '{fitted.settings.model}', {draws} virtual trials of each plan."
        footer = " ".join([about, *fitted.notices, RESEARCH_ONLY])
        folder.write("trials.png", png(simulate_figure(found.arms, found.trials), footer))
        folder.write(SUMMARY, as_json(record))
        folder.write("summary.md", markdown(simulate_page(record)))
        return folder.publish(), record

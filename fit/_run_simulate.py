"""Simulated trials, from a finished run and a file of plans to their folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ._blocks import markdown
from ._notices import RESEARCH_ONLY
from ._plain import as_plain
from ._progress import Report, silent
from ._read_run import SUMMARY
from ._run_folder import SETTINGS, making
from ._simulate_page import simulate_page


def run_simulate(
    run: Path,
    plans: Path,
    *,
    out: Path | None = None,
    draws: int,
    seed: int = 0,
    overwrite: bool = False,
    report: Report = silent,
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
    from ._figure import png
    from ._figures_simulate import simulate_figure
    from ._fitted_run import read_run
    from ._summary import as_json
    from ._write_run import table_csv
    from .simulate import simulate

    fitted = read_run(run)
    with making(fitted.folder / "simulate" if out is None else out, overwrite=overwrite) as folder:
        found = simulate(fitted, plans, draws=draws, seed=seed, report=report)
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

"""The whole claims table, from a finished run to its folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from windup.fit.analyses.claims.page import claims_page
from windup.fit.display.blocks import markdown
from windup.fit.execution.progress import Progress, silent
from windup.fit.storage.folder import SETTINGS, SUMMARY, making
from windup.fit.storage.formats import as_plain

TREE = "claims.nc"


def claims_to_folder(
    run: Path,
    *,
    out: Path | None = None,
    draws: int,
    overwrite: bool = False,
    progress: Progress = silent,
) -> tuple[Path, dict[str, Any]]:
    """Judge claims and write one folder.

    Parameters
    ----------
    run
        Folder of a finished run.
    out
        Folder of the result; ``claims`` inside the run if None.
    draws
        Largest number of draws of posterior and prior.
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
    RunFolderRefused, DiskError
        When a folder cannot be read or may not be written, or the disk fails.
    """
    # They import JAX and matplotlib, which takes seconds that --help need not spend.
    from windup.fit.analyses.claims.figures import claims_figures
    from windup.fit.analyses.claims.judge import judge_claims
    from windup.fit.runs.fitted_run import read_run
    from windup.fit.runs.notices import RESEARCH_ONLY
    from windup.fit.storage.formats import as_json, table_csv, tree_bytes

    fitted = read_run(run)
    with making(fitted.folder / "claims" if out is None else out, overwrite=overwrite) as folder:
        found = judge_claims(fitted, draws=draws, progress=progress)
        record = {
            "model": fitted.settings.model,
            "notices": list(fitted.notices),
            "statement": RESEARCH_ONLY,
            "failed_checks": [],
            "draws_sha256": fitted.draws_sha256,
            "draws": int(found.tree["posterior"].sizes["draw"]),
            "prior_draws": int(found.tree["prior"].sizes["draw"]),
            "claims": found.table.to_dict("records"),
        }
        plain: dict[str, Any] = as_plain(record)
        folder.write(SETTINGS, as_json({"run": str(run), "draws": draws, "notices": fitted.notices}))
        folder.write(TREE, tree_bytes(found.tree, fitted.notices))
        folder.write("claims.csv", table_csv(found.table, fitted.notices))
        about = f"windup claims, model '{fitted.settings.model}', {record['draws']} draws."
        footer = " ".join([about, *fitted.notices, RESEARCH_ONLY])
        for name, image in claims_figures(found.table, found.tree, footer):
            folder.write(f"figures/{name}", image)
        folder.write(SUMMARY, as_json(plain))
        folder.write("summary.md", markdown(claims_page(plain)))
        return folder.publish(), plain

"""The whole claims table, from a finished run to its folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ._blocks import markdown
from ._claims_page import claims_page
from ._plain import as_plain
from ._progress import Report, silent
from ._read_run import SUMMARY
from ._run_folder import SETTINGS, making

TREE = "claims.nc"


def run_claims(
    run: Path,
    *,
    out: Path | None = None,
    draws: int,
    overwrite: bool = False,
    report: Report = silent,
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
    report
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
    from ._figures_claims import claims_figures
    from ._fitted_run import read_run
    from ._notices import RESEARCH_ONLY
    from ._summary import as_json
    from ._write_run import table_csv, tree_bytes
    from .claims import claims

    fitted = read_run(run)
    with making(fitted.folder / "claims" if out is None else out, overwrite=overwrite) as folder:
        found = claims(fitted, draws=draws, report=report)
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

"""The whole claims table, from a finished run to its folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from windup.fit.analyses.claims.catalogue.ledger import ledger_table
from windup.fit.analyses.claims.page import claims_page
from windup.fit.execution.progress import Progress, silent
from windup.fit.runs.results import Results, publish_results, record_head
from windup.fit.storage.folder import making


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

    fitted = read_run(run)
    with making(fitted.folder / "claims" if out is None else out, overwrite=overwrite) as folder:
        claims = judge_claims(fitted, draws=draws, progress=progress)
        counts = {name: int(claims.tree[name].sizes["draw"]) for name in ("posterior", "prior")}
        judged = [{str(key): value for key, value in row.items()} for row in claims.table.to_dict("records")]
        ledger = ledger_table(judged)
        results = Results(
            settings={"run": str(run), "draws": draws},
            record={
                **record_head(fitted),
                "draws": counts["posterior"],
                "prior_draws": counts["prior"],
                "claims": judged,
                "ledger": ledger.to_dict("records"),
            },
            page=claims_page,
            source=f"windup claims, model '{fitted.settings.model}', {counts['posterior']} draws.",
            tables={"claims": claims.table, "ledger": ledger},
            figures={
                f"figures/{name}": figure
                for name, figure in claims_figures(claims.table, claims.tree).items()
            },
            trees={"claims": claims.tree},
        )
        return publish_results(folder, results)

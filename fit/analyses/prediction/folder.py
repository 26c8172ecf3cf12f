"""Whole predictions, from a finished run and a file of regimens to their folder."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from windup.fit.analyses.prediction.page import predict_page
from windup.fit.display.blocks import markdown
from windup.fit.execution.progress import Progress, silent
from windup.fit.storage.folder import SETTINGS, SUMMARY, making
from windup.fit.storage.formats import as_plain


def prediction_record(
    tables: Mapping[str, pd.DataFrame],
    *,
    model: str,
    notices: tuple[str, ...],
    statement: str,
    draws_sha256: str,
    draws: int,
    prior_draws: int,
) -> dict[str, Any]:
    """Record of predictions: what the page shows, and what ``summary.json`` holds."""
    effects = _last(tables["effects"])
    new = effects[effects["study"] == "new"].set_index("regimen")
    shares = _last(tables["responders"])
    shares = shares[(shares["outcome"] == "responder_50") & (shares["study"] == "mean")]
    ranks = tables["ranks"].set_index("regimen")
    rows = []
    for row in effects[effects["study"] == "mean"].to_dict("records"):
        name = row["regimen"]
        mine = shares[shares["regimen"] == name].set_index("arm")["median"]
        row |= {f"new_study_{limit}": new.loc[name, limit] for limit in ("low_95", "high_95")}
        row |= {f"responder_50_{arm}": mine[arm] for arm in ("drug", "placebo")}
        row |= {what: ranks.loc[name, what] for what in ("probability_best", "mean_rank", "among")}
        rows.append(row)
    return {
        "model": model,
        "notices": list(notices),
        "statement": statement,
        "failed_checks": [],
        "draws_sha256": draws_sha256,
        "draws": draws,
        "prior_draws": prior_draws,
        "effects": rows,
        "combinations": _last(tables["combinations"]).to_dict("records"),
        "washout": tables["washout"].to_dict("records"),
    }


def _last(table: pd.DataFrame) -> pd.DataFrame:
    if table.empty:
        return table
    return table[table["week"] == table.groupby("regimen")["week"].transform("max")]


TREE = "predictions.nc"


def predict_to_folder(
    run: Path,
    regimens: Path | None,
    *,
    out: Path | None = None,
    draws: int,
    seed: int = 0,
    overwrite: bool = False,
    progress: Progress = silent,
) -> tuple[Path, dict[str, Any]]:
    """Predict and write one folder.

    Parameters
    ----------
    run
        Folder of a finished run.
    regimens
        TOML file, or None for the packaged ones.
    out
        Folder of the result; ``predict`` inside the run if None.
    draws, seed
        Largest number of draws of posterior and prior, and the seed of new studies.
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
    from windup.fit.analyses.prediction.figures import prediction_figures
    from windup.fit.analyses.prediction.predict import predict
    from windup.fit.runs.fitted_run import read_run
    from windup.fit.runs.notices import RESEARCH_ONLY
    from windup.fit.storage.formats import as_json, table_csv, tree_bytes

    fitted = read_run(run)
    with making(fitted.folder / "predict" if out is None else out, overwrite=overwrite) as folder:
        found = predict(fitted, regimens, draws=draws, seed=seed, progress=progress)
        counts = {name: int(found.tree[name].sizes["draw"]) for name in ("posterior", "prior")}
        record = prediction_record(
            found.tables,
            model=fitted.settings.model,
            notices=fitted.notices,
            statement=RESEARCH_ONLY,
            draws_sha256=fitted.draws_sha256,
            draws=counts["posterior"],
            prior_draws=counts["prior"],
        )
        plain: dict[str, Any] = as_plain(record)
        source = "the packaged regimens" if regimens is None else regimens.name
        settings = {"run": str(run), "regimens": source, "draws": draws, "seed": seed}
        folder.write(SETTINGS, as_json({**settings, "notices": fitted.notices}))
        folder.write(TREE, tree_bytes(found.tree, fitted.notices))
        for name, table in found.tables.items():
            folder.write(f"{name}.csv", table_csv(table, fitted.notices))
        about = f"windup predict, model '{fitted.settings.model}', {source}, {counts['posterior']} draws."
        footer = " ".join([about, *fitted.notices, RESEARCH_ONLY])
        for name, image in prediction_figures(found.tables, footer):
            folder.write(f"figures/{name}", image)
        folder.write(SUMMARY, as_json(plain))
        folder.write("summary.md", markdown(predict_page(plain)))
        return folder.publish(), plain

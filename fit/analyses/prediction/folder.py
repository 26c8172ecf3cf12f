"""Whole predictions, from a finished run and a file of regimens to their folder."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from windup.fit.analyses.prediction.page import predict_page
from windup.fit.display.labels import labels_of
from windup.fit.execution.progress import Progress, silent
from windup.fit.runs.results import Results, publish_results, record_head
from windup.fit.storage.folder import making


def prediction_records(tables: Mapping[str, pd.DataFrame]) -> dict[str, Any]:
    """Entries of ``summary.json`` on effects, combinations and the time after the last dose."""
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
        "effects": rows,
        "combinations": _last(tables["combinations"]).to_dict("records"),
        "washout": tables["washout"].to_dict("records"),
    }


def _last(table: pd.DataFrame) -> pd.DataFrame:
    if table.empty:
        return table
    return table[table["week"] == table.groupby("regimen")["week"].transform("max")]


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

    fitted = read_run(run)
    with making(fitted.folder / "predict" if out is None else out, overwrite=overwrite) as folder:
        labels = labels_of(fitted.trials.catalogue)
        prediction = predict(fitted, regimens, draws=draws, seed=seed, progress=progress)
        counts = {name: int(prediction.tree[name].sizes["draw"]) for name in ("posterior", "prior")}
        source = "the packaged regimens" if regimens is None else regimens.name
        results = Results(
            settings={"run": str(run), "regimens": source, "draws": draws, "seed": seed},
            record={
                **record_head(fitted),
                "labels": labels.by_name,
                "draws": counts["posterior"],
                "prior_draws": counts["prior"],
                **prediction_records(prediction.tables),
            },
            page=predict_page,
            source=f"windup predict, model '{fitted.settings.model}', {source}, {counts['posterior']} draws.",
            tables=prediction.tables,
            figures={
                f"figures/{name}": figure
                for name, figure in prediction_figures(prediction.tables, labels).items()
            },
            trees={"predictions": prediction.tree},
        )
        return publish_results(folder, results)

"""A whole comparison, from run folders to its finished folder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from windup.fit.analyses.comparison.compare import Comparison, cascade_needed, compare, verdict
from windup.fit.analyses.comparison.left_out_studies import DRAWS, FOLD_DRAWS
from windup.fit.analyses.comparison.page import compare_page
from windup.fit.diagnostics.convergence import MAX_RHAT
from windup.fit.display.blocks import markdown
from windup.fit.errors import SettingsError
from windup.fit.execution.progress import Progress, silent
from windup.fit.runs.fitted_run import FittedRun, read_run
from windup.fit.runs.notices import RESEARCH_ONLY
from windup.fit.storage.folder import SETTINGS, SUMMARY, RunFolder, making
from windup.fit.storage.formats import as_plain

OUT = Path("runs/comparison")


def compare_to_folder(
    folders: list[Path],
    *,
    folds: int | None = None,
    scheduler: str | None = None,
    out: Path = OUT,
    draws: int = DRAWS,
    fold_draws: int = FOLD_DRAWS,
    overwrite: bool = False,
    progress: Progress = silent,
) -> tuple[Path, dict[str, Any]]:
    """Compare runs and write one folder.

    Parameters
    ----------
    folders
        Finished runs.
    folds, scheduler, draws, fold_draws, progress
        As for `windup.fit.compare`.
    out
        Where to write. Finished folds are kept beside it, as ``NAME.folds``.
    overwrite
        Replace an earlier comparison once the new one is complete.

    Returns
    -------
    tuple
        The folder, and what its ``summary.json`` holds.
    """
    runs = _labelled([read_run(folder) for folder in folders])
    with making(out, overwrite=overwrite) as target:
        store = out.with_name(f"{out.name}.folds")
        found = compare(
            runs,
            folds=folds,
            scheduler=scheduler,
            store=store,
            draws=draws,
            fold_draws=fold_draws,
            progress=progress,
        )
        record: dict[str, Any] = as_plain(comparison_record(runs, found, folds))
        settings = {
            "runs": [str(folder) for folder in folders],
            "folds": folds,
            "draws": draws,
            "fold_draws": fold_draws,
        }
        _write(target, found, record, settings)
        return target.publish(), record


def comparison_record(runs: dict[str, FittedRun], found: Comparison, folds: int | None) -> dict[str, Any]:
    """What the ``summary.json`` of a comparison holds."""
    wide = found.studies.pivot(index="study", columns="model", values="elpd")
    model = "cascade" if "cascade" in wide else str(found.models.iloc[0]["model"])
    behind = wide[model] - wide.drop(columns=model).max(axis=1)
    k = found.studies[found.studies["model"] == model].set_index("study")["pareto_k"]
    worst = [
        {
            "study": str(name),
            **{str(column): float(value) for column, value in wide.loc[name].items()},
            "pareto_k": None if np.isnan(k[name]) else float(k[name]),
        }
        for name in behind.sort_values().index
    ]
    return {
        "model": model,
        "notices": cautions({label: run.notices for label, run in runs.items()}, found.models),
        "statement": RESEARCH_ONLY,
        "failed_checks": [],
        "draws_sha256": {label: run.draws_sha256 for label, run in runs.items()},
        "verdict": verdict(found.models, exact=found.exact),
        "cascade_needed": cascade_needed(found.models),
        "folds": folds,
        "models": found.models.to_dict(orient="records"),
        "worst": worst,
    }


def cautions(notices: Mapping[str, Sequence[str]], models: pd.DataFrame) -> list[str]:
    """What stands against the runs, said once for all that it holds of, and how fits without a fold mixed.

    Parameters
    ----------
    notices
        Of every run.
    models
        With ``model``, ``max_rhat`` and ``min_ess``; NaN where nothing was refitted.
    """
    said = [
        f"{', '.join(label for label, own in notices.items() if notice in own)}: {notice}"
        for notice in dict.fromkeys(chain(*notices.values()))
    ]
    mixed = "; ".join(
        f"{each['model']} (R-hat {each['max_rhat']:.3f}, least effective sample size {each['min_ess']:.0f})"
        for each in models.to_dict(orient="records")
        if each["max_rhat"] > MAX_RHAT
    )
    if mixed:
        said.append(
            f"Fits without a fold mixed poorly: {mixed}. Their numbers are less certain than their errors "
            "say; draw longer with --fold-draws."
        )
    return said


def _labelled(runs: list[FittedRun]) -> dict[str, FittedRun]:
    """Runs by their model, or by their folder where two have the same one."""
    models = [run.settings.model for run in runs]
    labels = [
        model if models.count(model) == 1 else f"{model} ({run.folder.name})"
        for model, run in zip(models, runs, strict=True)
    ]
    if len(set(labels)) < len(labels):
        raise SettingsError("Two of the runs have the same name; a run cannot be compared with itself.")
    return dict(zip(labels, runs, strict=True))


def _write(target: RunFolder, found: Comparison, record: dict[str, Any], settings: dict[str, Any]) -> None:
    # They import matplotlib.
    from windup.fit.analyses.comparison.figures import compare_figure
    from windup.fit.display.figure import png
    from windup.fit.storage.formats import as_json, table_csv

    marks = tuple(record["notices"])
    target.write(SETTINGS, as_json({**settings, "notices": marks}))
    target.write("models.csv", table_csv(found.models, marks))
    target.write("studies.csv", table_csv(found.studies, marks))
    target.write("rows.csv", table_csv(found.rows, marks))
    footer = " ".join(["windup, comparison of fits.", *marks, record["statement"]])
    target.write("studies.png", png(compare_figure(found.models, found.studies), footer))
    target.write(SUMMARY, as_json(record))
    target.write("summary.md", markdown(compare_page(record)))

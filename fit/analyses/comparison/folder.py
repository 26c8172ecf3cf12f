"""A whole comparison, from run folders to its finished folder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from windup.fit.analyses.comparison.compare import Comparison, cascade_needed, compare
from windup.fit.analyses.comparison.extrapolations import extrapolation_record
from windup.fit.analyses.comparison.left_out_studies import DRAWS, FOLD_DRAWS
from windup.fit.analyses.comparison.page import compare_page
from windup.fit.analyses.network.contrast_only import contrast_only_record
from windup.fit.diagnostics.convergence import MAX_RHAT
from windup.fit.errors import SettingsError
from windup.fit.execution.progress import Progress, silent
from windup.fit.runs.fitted_run import FittedRun, read_run
from windup.fit.runs.notices import RESEARCH_ONLY
from windup.fit.runs.results import Results, publish_results
from windup.fit.storage.folder import making

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
        Where to write. Finished folds are kept next to it, as ``NAME.folds``.
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
        comparison = compare(
            runs,
            folds=folds,
            scheduler=scheduler,
            store=store,
            draws=draws,
            fold_draws=fold_draws,
            progress=progress,
        )
        settings = {
            "runs": [str(folder) for folder in folders],
            "folds": folds,
            "draws": draws,
            "fold_draws": fold_draws,
        }
        record = comparison_record(runs, comparison, folds)
        return publish_results(target, _results(comparison, record, settings))


def comparison_record(
    runs: dict[str, FittedRun], comparison: Comparison, folds: int | None
) -> dict[str, Any]:
    """Content of the ``summary.json`` of a comparison."""
    wide = comparison.studies.pivot(index="study", columns="model", values="elpd")
    model = "cascade" if "cascade" in wide else str(comparison.models.iloc[0]["model"])
    behind = wide[model] - wide.drop(columns=model).max(axis=1)
    k = comparison.studies[comparison.studies["model"] == model].set_index("study")["pareto_k"]
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
        "notices": cautions({label: run.notices for label, run in runs.items()}, comparison.models),
        "statement": RESEARCH_ONLY,
        "failed_checks": [],
        "draws_sha256": {label: run.draws_sha256 for label, run in runs.items()},
        "verdict": comparison.sentence,
        "cascade_needed": cascade_needed(comparison.models, comparison.treated_leads),
        "folds": folds,
        "models": comparison.models.to_dict(orient="records"),
        "treated_given_control": comparison.treated_given_control,
        "monte_carlo_se": comparison.monte_carlo_se,
        "influence": [
            *(lead.record("elpd") for lead in comparison.leads),
            *(lead.record("treated_given_control") for lead in comparison.treated_leads),
        ],
        "extrapolations": extrapolation_record(comparison.extrapolations),
        "contrast_only": contrast_only_record(comparison.contrast_only),
        "worst": worst,
    }


def influence_table(comparison: Comparison) -> pd.DataFrame:
    """Every lead without every study: ``gain`` of the study, and the difference of the others."""
    tables = [
        lead.studies.assign(score=score, model=lead.model, over=lead.over)
        for score, leads in (("elpd", comparison.leads), ("treated_given_control", comparison.treated_leads))
        for lead in leads
    ]
    front = ["score", "model", "over"]
    whole = pd.concat(tables, ignore_index=True)
    return whole[[*front, *(name for name in whole.columns if name not in front)]]


def cautions(notices: Mapping[str, Sequence[str]], models: pd.DataFrame) -> list[str]:
    """What stands against the runs, said once for all that it holds of, and how fits without a fold mixed.

    Parameters
    ----------
    notices
        Of every run.
    models
        With ``model``, ``max_rhat`` and ``min_ess``; NaN where nothing was refitted.
    """
    sentences = [
        f"{', '.join(label for label, own in notices.items() if notice in own)}: {notice}"
        for notice in dict.fromkeys(chain(*notices.values()))
    ]
    mixed = "; ".join(
        f"{each['model']} (R-hat {each['max_rhat']:.3f}, least effective sample size {each['min_ess']:.0f})"
        for each in models.to_dict(orient="records")
        if each["max_rhat"] > MAX_RHAT
    )
    if mixed:
        sentences.append(
            f"Fits without a fold mixed poorly: {mixed}. Their numbers are less certain than their errors "
            "say; draw longer with --fold-draws."
        )
    return sentences


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


def _results(comparison: Comparison, record: Mapping[str, Any], settings: Mapping[str, Any]) -> Results:
    # It imports matplotlib.
    from windup.fit.analyses.comparison.figures import compare_figure

    return Results(
        settings=settings,
        record=record,
        page=compare_page,
        source="windup, comparison of fits.",
        tables={
            "models": comparison.models,
            "studies": comparison.studies,
            "rows": comparison.rows,
            "treated_given_control": comparison.treated,
            "influence": influence_table(comparison),
            "extrapolations": comparison.extrapolations,
            "contrast_only": comparison.contrast_only,
        },
        figures={"studies": compare_figure(comparison.models, comparison.studies)},
    )

"""A whole score, from a run and a folder of trials to its finished folder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from windup.datasets import trials_in
from windup.fit.analyses.scoring.baseline import baseline_of
from windup.fit.analyses.scoring.page import score_page
from windup.fit.analyses.scoring.score import DRAWS, Scores, score, seen_studies
from windup.fit.analyses.scoring.scores import error_of_sum, is_clear
from windup.fit.analyses.scoring.treated import TreatedGivenControl
from windup.fit.display.format import LEVELS
from windup.fit.execution.progress import Progress, renamed, silent
from windup.fit.runs.fitted_run import FittedRun, read_run
from windup.fit.runs.notices import RESEARCH_ONLY
from windup.fit.runs.results import Results, publish_results
from windup.fit.storage.folder import making


def score_to_folder(
    folder: Path,
    data: Path | None,
    *,
    baseline: Path | None = None,
    out: Path | None = None,
    draws: int = DRAWS,
    seed: int = 0,
    overwrite: bool = False,
    progress: Progress = silent,
) -> tuple[Path, dict[str, Any]]:
    """Score a run and its mechanism-free baseline on trials, and write one folder.

    Parameters
    ----------
    folder
        The run.
    data
        Folder with the three tables; None for the packaged trials.
    baseline
        A fit of ``time_course`` to the trials of the run; left out, it is fitted once and kept in the run.
    out
        Where to write; ``score`` in the run if None.
    draws
        Draws of the posterior that predictions are averaged over.
    seed
        Seed of the new studies.
    overwrite
        Replace an earlier score once the new one is complete.
    progress
        Called with the progress.

    Returns
    -------
    tuple
        The folder, and what its ``summary.json`` holds.

    Raises
    ------
    RunFolderRefused, DataFaults, DiskError
        When a folder is not what it should be, the trials have faults, or the disk fails.
    """
    run = read_run(folder)
    trials = trials_in(data, blocks=run.settings.blocks)
    with making(folder / "score" if out is None else out, overwrite=overwrite) as target:
        rival = baseline_of(run, baseline, progress=progress)
        scores = score(run, trials, draws=draws, seed=seed, progress=progress)
        of_baseline = renamed(progress, "{phase} of the baseline")
        baseline_scores = score(rival, trials, draws=draws, seed=seed, progress=of_baseline)
        record = score_record(run, rival, scores, baseline_scores, seen_studies(run, trials))
        settings = {
            "run": str(folder),
            "data": None if data is None else str(data),
            "draws": draws,
            "seed": seed,
        }
        return publish_results(target, _results(scores, baseline_scores, record, settings))


def score_record(
    run: FittedRun, baseline: FittedRun, scores: Scores, baseline_scores: Scores, seen: tuple[str, ...]
) -> dict[str, Any]:
    """Content of the ``summary.json`` of a score."""
    whole = {**scores.totals(), **_prefixed(baseline_scores.totals())}
    treated = _treated_record(scores.treated, baseline_scores.treated)
    studies = list(scores.elpd.index)
    by_study = {name: {**scores.totals(name), **_prefixed(baseline_scores.totals(name))} for name in studies}
    drugs = scores.drugs.merge(
        baseline_scores.drugs[["drug", "bias", "crps"]].rename(
            columns={"bias": "baseline_bias", "crps": "baseline_crps"}
        ),
        on="drug",
    )
    return {
        "model": run.settings.model,
        "baseline": baseline.settings.model,
        "notices": _cautions(run.notices, baseline.notices, seen, studies),
        "statement": RESEARCH_ONLY,
        "failed_checks": [],
        "draws_sha256": run.draws_sha256,
        "verdict": " ".join(
            (
                _verdict(run.settings.model, by_study, scores, baseline_scores),
                about_treated(run.settings.model, treated),
            )
        ),
        **whole,
        "treated_given_control": treated,
        "failed_draws": scores.failed_draws,
        "seen_studies": list(seen),
        "by_study": by_study,
        "by_kind": _by_kind(scores.rows, baseline_scores.rows),
        "by_drug": drugs.to_dict(orient="records"),
    }


def _cautions(
    run: Sequence[str], baseline: Sequence[str], seen: Sequence[str], studies: Sequence[str]
) -> list[str]:
    """What a reader must know of both fits: the baseline's warnings say that they are the baseline's."""
    cautions = [*run, *(f"The baseline: {notice}" for notice in baseline)]
    if seen:
        cautions.append(
            f"NOT held out: the run was fitted to {len(seen)} of these {len(studies)} studies "
            f"({', '.join(seen[:5])}{', …' if len(seen) > 5 else ''})."
        )
    return cautions


def _prefixed(scores: dict[str, Any]) -> dict[str, Any]:
    return {f"baseline_{name}": value for name, value in scores.items() if name != "rows"}


def _verdict(model: str, by_study: dict[str, Any], scores: Scores, baseline_scores: Scores) -> str:
    """Which of the two predicts better, and whether that is more than the luck of these studies."""
    gain = np.array([each["elpd"] - each["baseline_elpd"] for each in by_study.values()])
    crps = f"CRPS {scores.totals()['crps']:.3f} against {baseline_scores.totals()['crps']:.3f}"
    if len(gain) < 2:
        return f"One study cannot tell '{model}' from the mechanism-free baseline ({crps})."
    total, error = float(gain.sum()), float(np.sqrt(len(gain)) * gain.std(ddof=1))
    size = f"ELPD {total:+.1f} ± {error:.1f}, {crps}"
    if abs(total) <= 2.0 * error:
        return (
            f"'{model}' and the mechanism-free baseline predict these studies about equally well ({size}): "
            "nothing here speaks for its mechanism."
        )
    better = "better" if total > 0.0 else "worse"
    return f"'{model}' predicts these studies {better} than the mechanism-free baseline ({size})."


def about_treated(model: str, treated: Mapping[str, Any]) -> str:
    """A sentence on treated observations given the control arms, which ask what the mechanism adds.

    Parameters
    ----------
    model
        Of the run.
    treated
        ``treated_given_control`` of the record.
    """
    count, total, error = treated["studies"], treated["difference"], treated["difference_error"]
    if count < 2:
        return "Fewer than two studies have a randomised control arm: effects of treatments are not compared."
    size = f"{total:+.1f} ± {error:.1f} in {count} studies"
    if not is_clear(total, error):
        return f"Given the control arms, treated observations do not tell them apart ({size})."
    better = f"'{model}'" if total > 0.0 else "the baseline"
    return f"Given the control arms, {better} predicts treated observations better ({size})."


def _treated_record(run: TreatedGivenControl, baseline: TreatedGivenControl) -> dict[str, Any]:
    """Scores of treated rows given the control rows: of the run, of the baseline, and their difference."""
    gain = (run.studies["log_density"] - baseline.studies["log_density"]).to_numpy(float)
    return {
        **run.totals(),
        **_prefixed({name: value for name, value in baseline.totals().items() if name != "studies"}),
        "difference": float(gain.sum()),
        "difference_error": error_of_sum(gain),
        "difference_monte_carlo_se": float(np.hypot(run.monte_carlo_se, baseline.monte_carlo_se)),
        "left_out": dict(run.left_out),
    }


def _treated_table(run: TreatedGivenControl, baseline: TreatedGivenControl) -> pd.DataFrame:
    scores = ["log_density", "monte_carlo_se", "crps", *(f"coverage_{level}" for level in LEVELS)]
    return run.studies.join(baseline.studies[scores].add_prefix("baseline_"))


def _by_kind(rows: pd.DataFrame, baseline_rows: pd.DataFrame) -> dict[str, dict[str, float]]:
    by_kind: dict[str, dict[str, float]] = {}
    for kind, mine in rows.groupby("kind", sort=True):
        by_kind[str(kind)] = {
            "rows": len(mine),
            **{f"coverage_{level}": float(mine[f"covered_{level}"].mean()) for level in LEVELS},
            "crps": float(mine["crps"].mean()),
            "baseline_crps": float(baseline_rows.loc[mine.index, "crps"].mean()),
        }
    return by_kind


def _results(
    scores: Scores, baseline_scores: Scores, record: Mapping[str, Any], settings: Mapping[str, Any]
) -> Results:
    # It imports matplotlib.
    from windup.fit.analyses.scoring.figures import score_figure

    columns = ["predicted", *(f"{side}_{level}" for level in LEVELS for side in ("low", "high")), "crps"]
    studies = pd.DataFrame.from_dict(record["by_study"], orient="index").rename_axis("study").reset_index()
    return Results(
        settings=settings,
        record=record,
        page=score_page,
        source=f"windup, fit of '{record['model']}'.",
        tables={
            "rows": scores.rows.join(baseline_scores.rows[columns].add_prefix("baseline_")),
            "studies": studies,
            "drugs": pd.DataFrame(record["by_drug"]),
            "treated_given_control": _treated_table(scores.treated, baseline_scores.treated),
        },
        figures={"predicted": score_figure(scores.rows, baseline_scores.rows)},
    )

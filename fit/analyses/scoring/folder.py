"""A whole score, from a run and a folder of trials to its finished folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from windup.datasets import load_trials, packaged_trials
from windup.fit.analyses.scoring.baseline import baseline_of
from windup.fit.analyses.scoring.page import score_page
from windup.fit.analyses.scoring.score import DRAWS, Scores, score, seen_studies
from windup.fit.display.blocks import markdown
from windup.fit.display.format import LEVELS
from windup.fit.execution.progress import Progress, renamed, silent
from windup.fit.runs.fitted_run import FittedRun, read_run
from windup.fit.runs.notices import RESEARCH_ONLY
from windup.fit.storage.folder import SETTINGS, SUMMARY, RunFolder, making
from windup.fit.storage.formats import as_plain


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
        Seed of what is drawn anew.
    overwrite
        Replace an earlier score once the new one is complete.
    report
        Progress.

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
    trials = packaged_trials() if data is None else load_trials(data)
    with making(folder / "score" if out is None else out, overwrite=overwrite) as target:
        rival = baseline_of(run, baseline, progress=progress)
        found = score(run, trials, draws=draws, seed=seed, progress=progress)
        of_baseline = renamed(progress, "{phase} of the baseline")
        other = score(rival, trials, draws=draws, seed=seed, progress=of_baseline)
        record: dict[str, Any] = as_plain(score_record(run, rival, found, other, seen_studies(run, trials)))
        settings = {"run": str(folder), "data": None if data is None else str(data), "draws": draws}
        _write(target, found, other, record, {**settings, "seed": seed})
        return target.publish(), record


def score_record(
    run: FittedRun, baseline: FittedRun, found: Scores, other: Scores, seen: tuple[str, ...]
) -> dict[str, Any]:
    """What the ``summary.json`` of a score holds."""
    whole = {**found.totals(), **_prefixed(other.totals())}
    studies = list(found.elpd.index)
    by_study = {name: {**found.totals(name), **_prefixed(other.totals(name))} for name in studies}
    drugs = found.drugs.merge(
        other.drugs[["drug", "bias", "crps"]].rename(
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
        "verdict": _verdict(run.settings.model, by_study, found, other),
        **whole,
        "failed_draws": found.failed_draws,
        "seen_studies": list(seen),
        "by_study": by_study,
        "by_kind": _by_kind(found.rows, other.rows),
        "by_drug": drugs.to_dict(orient="records"),
    }


def _cautions(
    run: Sequence[str], baseline: Sequence[str], seen: Sequence[str], studies: Sequence[str]
) -> list[str]:
    """What a reader must know of both fits: the baseline's warnings say that they are the baseline's."""
    found = [*run, *(f"The baseline: {notice}" for notice in baseline)]
    if seen:
        found.append(
            f"NOT held out: the run was fitted to {len(seen)} of these {len(studies)} studies "
            f"({', '.join(seen[:5])}{', …' if len(seen) > 5 else ''})."
        )
    return found


def _prefixed(scores: dict[str, Any]) -> dict[str, Any]:
    return {f"baseline_{name}": value for name, value in scores.items() if name != "rows"}


def _verdict(model: str, by_study: dict[str, Any], found: Scores, other: Scores) -> str:
    """Which of the two predicts better, and whether that is more than the luck of these studies."""
    gain = np.array([each["elpd"] - each["baseline_elpd"] for each in by_study.values()])
    crps = f"CRPS {found.totals()['crps']:.3f} against {other.totals()['crps']:.3f}"
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


def _by_kind(rows: pd.DataFrame, other: pd.DataFrame) -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = {}
    for kind, mine in rows.groupby("kind", sort=True):
        found[str(kind)] = {
            "rows": len(mine),
            **{f"coverage_{level}": float(mine[f"covered_{level}"].mean()) for level in LEVELS},
            "crps": float(mine["crps"].mean()),
            "baseline_crps": float(other.loc[mine.index, "crps"].mean()),
        }
    return found


def _write(
    target: RunFolder, found: Scores, other: Scores, record: dict[str, Any], settings: dict[str, Any]
) -> None:
    # They import matplotlib.
    from windup.fit.analyses.scoring.figures import score_figure
    from windup.fit.display.figure import png
    from windup.fit.storage.formats import as_json, table_csv

    marks = tuple(record["notices"])
    target.write(SETTINGS, as_json({**settings, "notices": marks}))
    columns = ["predicted", *(f"{side}_{level}" for level in LEVELS for side in ("low", "high")), "crps"]
    rows = found.rows.join(other.rows[columns].add_prefix("baseline_"))
    target.write("rows.csv", table_csv(rows, marks))
    studies = pd.DataFrame.from_dict(record["by_study"], orient="index").rename_axis("study").reset_index()
    target.write("studies.csv", table_csv(studies, marks))
    target.write("drugs.csv", table_csv(pd.DataFrame(record["by_drug"]), marks))
    footer = " ".join([f"windup, fit of '{record['model']}'.", *marks, record["statement"]])
    target.write("predicted.png", png(score_figure(found.rows, other.rows), footer))
    target.write(SUMMARY, as_json(record))
    target.write("summary.md", markdown(score_page(record)))

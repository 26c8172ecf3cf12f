"""A network meta-analysis, from the tables to its finished folder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from windup.datasets import Trials, trials_in
from windup.fit.analyses.network.page import network_page
from windup.fit.display.labels import labels_of
from windup.fit.execution.progress import Progress, silent
from windup.fit.runs.notices import RESEARCH_ONLY
from windup.fit.runs.results import Results, publish_results
from windup.fit.storage.folder import making

if TYPE_CHECKING:
    from windup.fit.analyses.network.meta_analysis import NetworkMetaAnalysis

OUT = Path("runs/network")


def network_to_folder(
    data: Path | None,
    *,
    week: float,
    covariates: Sequence[str] = (),
    related: bool = False,
    impute_errors: bool = False,
    out: Path = OUT,
    overwrite: bool = False,
    progress: Progress = silent,
) -> tuple[Path, dict[str, Any]]:
    """Pool the contrasts of a folder of trials, and write one folder.

    Parameters
    ----------
    data
        Folder with the three tables; None for the packaged trials.
    week, covariates, related, impute_errors
        As for `windup.fit.network_meta_analysis`.
    out
        Where to write.
    overwrite
        Replace an earlier result once the new one is complete.
    progress
        Called with the progress.

    Returns
    -------
    tuple
        The folder, and what its ``summary.json`` holds.

    Raises
    ------
    SettingsError, DataFaults, RunFolderRefused, DiskError
        When a covariate is unknown, the trials have faults, or the folder may not be written.
    """
    with making(out, overwrite=overwrite) as folder:
        # It imports libraries that a command which only shows its help must not.
        from windup.fit.analyses.network.meta_analysis import network_meta_analysis

        trials = trials_in(data)
        settings = {
            "data": None if data is None else str(data),
            "week": week,
            "covariates": list(covariates),
            "related": related,
            "impute_errors": impute_errors,
        }
        progress("pool", 0, 1)
        found = network_meta_analysis(
            trials, week=week, covariates=covariates, related=related, impute_errors=impute_errors
        )
        progress("pool", 1, 1)
        return publish_results(folder, _results(trials, found, settings))


def network_record(trials: Trials, found: NetworkMetaAnalysis, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Content of the ``summary.json`` of a network meta-analysis."""
    named = labels_of(trials.catalogue).joined
    effects = found.treatments.to_dict("records")
    return {
        "notices": [],
        "statement": RESEARCH_ONLY,
        "failed_checks": [],
        "data_sha256": trials.sha256,
        "week": settings["week"],
        "related": settings["related"],
        "reference": found.reference,
        "studies": len(found.studies),
        "contrasts": len(found.contrasts),
        "imputed_errors": int(found.contrasts["imputed"].sum()),
        "effects": [{"label": named(str(each["treatment"])), **each} for each in effects],
        "spreads": found.spreads.to_dict("records"),
        "slopes": found.slopes.to_dict("records"),
        "left_out_scores": found.scores(),
        "left_out_scores_seen_elsewhere": found.scores(seen_elsewhere=True),
        "left_out": found.left_out,
    }


def _results(trials: Trials, found: NetworkMetaAnalysis, settings: Mapping[str, Any]) -> Results:
    # It imports matplotlib.
    from windup.fit.analyses.network.figures import effects_figure

    record = network_record(trials, found, settings)
    labelled = found.treatments.assign(label=[each["label"] for each in record["effects"]])
    return Results(
        settings=settings,
        record=record,
        page=network_page,
        source=f"windup, network meta-analysis of {len(found.studies)} studies.",
        tables={
            "effects": found.treatments,
            "spreads": found.spreads,
            "slopes": found.slopes,
            "contrasts": found.contrasts,
            "studies": found.studies,
        },
        figures={"effects": effects_figure(labelled, found.reference)},
    )

"""Comparison of models by their predictions of held-out studies: behind ``windup compare``."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from windup.fit.analyses.comparison.extrapolations import extrapolation_table
from windup.fit.analyses.comparison.influence import Lead, lead_of
from windup.fit.analyses.comparison.left_out_studies import (
    DRAWS,
    FOLD_DRAWS,
    LeftOut,
    left_out_by_folds,
    left_out_by_weights,
)
from windup.fit.analyses.comparison.sentences import about_leads
from windup.fit.analyses.comparison.treated_scores import (
    monte_carlo_record,
    study_errors,
    treated_record,
    treated_table,
)
from windup.fit.analyses.network.contrast_only import COLUMNS, contrast_only_table
from windup.fit.analyses.scoring.scores import error_of_sum
from windup.fit.diagnostics.predictive.leave_one_out import ranking
from windup.fit.display.format import number
from windup.fit.errors import RunFolderRefused, SettingsError
from windup.fit.execution.process import prepare_process
from windup.fit.execution.progress import Progress, silent
from windup.fit.runs.fitted_run import FittedRun


class Comparison(NamedTuple):
    """Scores of models on the same held-out studies.

    Attributes
    ----------
    models
        Per model, best first: ``elpd``, ``elpd_error``, ``difference`` from the best and
        ``difference_error``, ``weight`` (stacking), coverage, ``crps``, ``unreliable_studies`` (Pareto k
        above what this number of draws bears, at most 0.7), and the largest R-hat and least bulk effective
        sample size of the fits without a fold (``max_rhat``, ``min_ess``; NaN where nothing was refitted).
    studies
        Per study and model: ``elpd``, ``pareto_k`` (NaN where the study was truly left out) and
        ``monte_carlo_se`` (nats; above 0.5 more draws are needed, and heavy tails make it too small).
    rows
        Per row and model.
    exact
        Whether studies were truly left out.
    treated
        Per study with a control arm and model: scores of treated rows given the control rows.
    treated_given_control, monte_carlo_se
        Content of the ``summary.json`` (`windup.fit.analyses.comparison.treated_scores`).
    leads
        Of the best model over each other one in all rows, the closest first.
    treated_leads
        The same pairs in treated rows given the control rows.
    extrapolations
        Per kind of rows at which a mechanism extrapolates, study and model.
    contrast_only
        Per contrast, model and network meta-analysis (`windup.fit.analyses.network.contrast_only`).
    """

    models: pd.DataFrame
    studies: pd.DataFrame
    rows: pd.DataFrame
    exact: bool
    treated: pd.DataFrame
    treated_given_control: dict[str, Any]
    monte_carlo_se: dict[str, Any]
    leads: tuple[Lead, ...]
    treated_leads: tuple[Lead, ...]
    extrapolations: pd.DataFrame
    contrast_only: pd.DataFrame = pd.DataFrame(columns=list(COLUMNS))

    @property
    def sentence(self) -> str:
        """The verdict: of joint densities, of treated rows, and whether a single study decides either."""
        of_joint = verdict(self.models, exact=self.exact)
        return f"{of_joint} {about_leads(self.leads, self.treated_leads)}".strip()


def compare(
    runs: Mapping[str, FittedRun],
    *,
    folds: int | None = None,
    scheduler: str | None = None,
    store: Path | None = None,
    draws: int = DRAWS,
    fold_draws: int = FOLD_DRAWS,
    progress: Progress = silent,
) -> Comparison:
    """Compare fits of the same trials.

    Without ``folds`` each study is left out by importance weights of the draws (PSIS-LOO), from the density
    of all its rows with everything that belongs to the study averaged out. With ``folds`` the models are
    fitted again without the studies of each fold, and predict these.

    The same draws give the density of treated rows given the control rows of their study, the Monte Carlo
    standard error of every density, leads without each study, and densities of rows at which a mechanism
    extrapolates (docs/understand/scores.md).

    Parameters
    ----------
    runs
        Finished runs by label, of the same trials.
    folds
        Number of folds of studies; as many as studies leaves one out at a time.
    scheduler
        Where folds are fitted: the address of a Dask scheduler, ``"local"`` for a cluster on this machine
        (the default), ``"none"`` for this process alone.
    store
        Folder that keeps finished folds; needed with ``folds``.
    draws
        Draws of the posterior.
    fold_draws
        Draws of each of the four chains of a fit without a fold.
    progress
        Called with the progress.

    Raises
    ------
    RunFolderRefused
        When runs were fitted to different trials.
    SettingsError
        When there are fewer than two, or no folder for the folds.

    References
    ----------
    Vehtari, Gelman, Gabry 2017, doi 10.1007/s11222-016-9696-4. Stacking: Yao et al. 2018, doi
    10.1214/17-BA1091. Leaving whole studies out: Merkle, Furr, Rabe-Hesketh 2019, doi
    10.1007/s11336-019-09679-0.
    """
    prepare_process()
    if len(runs) < 2:
        raise SettingsError("One run has nothing to be compared with; name two or more.")
    _same_trials(runs)
    if folds is None:
        left_out = {label: left_out_by_weights(run, draws, progress=progress) for label, run in runs.items()}
    elif store is None:
        raise SettingsError("Folds take long: give a folder that keeps the finished ones.")
    else:
        left_out = {
            label: left_out_by_folds(
                run, folds, draws, scheduler, store / label, fold_draws=fold_draws, progress=progress
            )
            for label, run in runs.items()
        }
    trials = next(iter(runs.values())).trials
    treated = {label: each.treated.rows for label, each in left_out.items()}
    found = compared(left_out, exact=folds is not None)
    return found._replace(contrast_only=contrast_only_table(trials, treated))


def compared(left_out: Mapping[str, LeftOut], *, exact: bool) -> Comparison:
    """Tables of a comparison."""
    ranked = ranking({label: each.elpd for label, each in left_out.items()})
    weights = ranked["weight"].astype(float)
    best = left_out[str(ranked.index[0])].elpd.elpd_i.values
    lines, studies = [], []
    for label in map(str, ranked.index):
        elpd = left_out[label].elpd
        each, k = elpd.elpd_i.values, np.full(len(best), np.nan) if exact else elpd.pareto_k.values
        difference = each - best
        scores = left_out[label].totals()
        lines.append(
            {
                "model": label,
                "elpd": scores.pop("elpd"),
                "elpd_error": error_of_sum(each),
                "difference": float(difference.sum()),
                "difference_error": error_of_sum(difference),
                "weight": float(weights[label]),
                **scores,
                "unreliable_studies": 0 if exact else int(np.sum(k > elpd.good_k)),
                "max_rhat": left_out[label].max_rhat,
                "min_ess": left_out[label].min_ess,
            }
        )
        names = elpd.elpd_i["study"].values
        error = study_errors(left_out[label]).reindex(names).to_numpy(float)
        scored = {"model": label, "study": names, "elpd": each, "pareto_k": k, "monte_carlo_se": error}
        studies.append(pd.DataFrame(scored))
    rows = [each.rows.assign(model=label) for label, each in left_out.items()]
    labels = [str(label) for label in ranked.index]
    treated = treated_table(left_out)
    return Comparison(
        pd.DataFrame(lines),
        pd.concat(studies),
        pd.concat(rows),
        exact,
        treated,
        treated_record(left_out),
        monte_carlo_record(left_out, labels[0]),
        _leads(labels, pd.concat(studies), "elpd"),
        _leads(labels, treated, "log_density"),
        extrapolation_table(left_out),
    )


def _leads(labels: list[str], studies: pd.DataFrame, column: str) -> tuple[Lead, ...]:
    """Leads of the first model over the others; none without a study."""
    if studies.empty:
        return ()
    wide = studies.pivot(index="study", columns="model", values=column)
    names, best = [str(name) for name in wide.index], wide[labels[0]]
    return tuple(
        lead_of(labels[0], other, names, (best - wide[other]).to_numpy(float)) for other in labels[1:]
    )


def cascade_needed(models: pd.DataFrame, treated: Sequence[Lead] = ()) -> bool:
    """Whether held-out studies need the cascade: its lead is clear over every other model, in both scores.

    Parameters
    ----------
    models
        Scores of all observations, the best model first.
    treated
        Leads of the best model in treated observations given the control arms, which ask the mechanism.
        Without a randomised comparison there are none, and no need is shown.
    """
    best = bool(models.iloc[0]["model"] == "cascade") and not _tied_with_best(models)
    return best and bool(treated) and all(lead.is_clear and lead.difference > 0.0 for lead in treated)


def verdict(models: pd.DataFrame, *, exact: bool) -> str:
    """The comparison in one sentence: which models predict best, and whether a mechanism is needed."""
    best, equals = str(models.iloc[0]["model"]), _tied_with_best(models)
    how = "held-out studies" if exact else "held-out studies (by importance weights)"
    if not equals:
        second = models.iloc[1]
        return f"'{best}' predicts {how} best; ELPD difference of '{second['model']}': {_difference(second)}."
    others = ", ".join(
        f"'{row['model']}' ({_difference(row)})"
        for row in models.to_dict(orient="records")
        if row["model"] in equals
    )
    sentence = f"'{best}' has the highest ELPD of {how}, with no clear difference from {others}."
    if "cascade" in (best, *equals):
        return f"{sentence} These trials do not need the cascade to be predicted."
    return f"{sentence} The cascade predicts worse." if "cascade" in set(models["model"]) else sentence


def _difference(row: Any) -> str:
    return f"{number(row['difference'], 1)}, SE {number(row['difference_error'], 1)}"


def _tied_with_best(models: pd.DataFrame) -> list[str]:
    """Others within two standard errors of the best: a third model may be where the second is not."""
    rest = models.iloc[1:]
    return [str(name) for name in rest["model"][rest["difference"] + 2.0 * rest["difference_error"] >= 0.0]]


def _same_trials(runs: Mapping[str, FittedRun]) -> None:
    hashes = {label: json.loads(run.tree.attrs["data_sha256"])[:12] for label, run in runs.items()}
    if len(set(hashes.values())) > 1:
        listed = ", ".join(f"{label} to {digest}" for label, digest in hashes.items())
        raise RunFolderRefused(
            f"The runs were fitted to different trials (SHA-256: {listed}); fit all to the same."
        )
    blocks = {label: ", ".join(run.settings.blocks) or "none" for label, run in runs.items()}
    if len(set(blocks.values())) > 1:
        listed = "; ".join(f"{label}: {names}" for label, names in blocks.items())
        raise RunFolderRefused(
            f"The runs were fitted with different blocks of the likelihood ({listed}); fit all with the same."
        )

"""Folds of studies for cross-validation, and one fold: fit the others, predict its studies."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr

from windup.datasets import Trials
from windup.fit.analyses.comparison.row_sets import row_sets
from windup.fit.analyses.scoring.held_out import seen_by
from windup.fit.analyses.scoring.score import predictions
from windup.fit.design.subset import only
from windup.fit.diagnostics.mixing import effective_sample_size, rhat
from windup.fit.errors import Interrupted, SettingsError
from windup.fit.execution.process import prepare_process
from windup.fit.execution.progress import Progress, silent
from windup.fit.execution.tasks import Shared, here
from windup.fit.posterior.tree import coordinate_labels
from windup.fit.problem.build import problem_of
from windup.fit.problem.model import evaluate_sites
from windup.fit.problem.target import build_target
from windup.fit.runs.inner_run import from_what_was_left
from windup.fit.sampling.chains.sample import Chains
from windup.fit.sampling.chains.warm import Earlier, Warm
from windup.fit.sampling.draw import draw
from windup.fit.settings.fit import Settings, sampler_of
from windup.fit.storage.tree import spread_draws


class Fold(NamedTuple):
    """One fold: the held-out studies, how to fit, the draws to use.

    ``checkpoint`` keeps how far its fit is, and ``start`` is a posterior from which it starts.
    """

    left_out: tuple[str, ...]
    settings: Settings
    draws: int
    checkpoint: Path | None = None
    start: Earlier | None = None

    def digest(self, trials: Trials) -> str:
        """Of all that decides its result: none kept of other trials or another program stands in for it."""
        start = self.start and self.start.digest
        known_by = trials.sha256, self.left_out, self.settings.as_json(), self.draws, start
        return Shared.of(self, *known_by).digest


def folds_of(trials: Trials, count: int) -> tuple[tuple[str, ...], ...]:
    """Studies dealt out so that the studies of each drug are spread over all folds.

    Parameters
    ----------
    trials
        From `windup.datasets.load_trials`.
    count
        Number of folds; as many as there are studies leaves one out at a time.

    Raises
    ------
    SettingsError
        When there are fewer than two folds, or more than studies.
    """
    used = trials.of_courses
    names = list(dict.fromkeys(used["study_id"]))
    if not 2 <= count <= len(names):
        raise SettingsError(f"{count} folds of {len(names)} studies; give a number from 2 to {len(names)}.")
    drugs = trials.dosing.groupby("study_id")["drug"].agg(lambda drug: "+".join(sorted(set(drug))))
    ordered = sorted(names, key=lambda name: (drugs.get(name, ""), name))
    return tuple(tuple(ordered[number::count]) for number in range(count))


def cross_validate_fold(trials: Trials, fold: Fold, progress: Progress = silent) -> dict[str, np.ndarray]:
    """Fit the other studies and predict those of a fold; a fit that was stopped or killed goes on.

    Returns
    -------
    dict
        ``replicated`` and ``given_first`` (draws, rows of the fold), ``log_density`` (draws, studies of the
        fold) and ``of_some`` (draws, sets of rows, studies), in the order of the design of its studies;
        ``max_rhat`` and ``min_ess`` (bulk) of the fit's coordinates.
    """
    prepare_process()
    names = set(trials.studies["study_id"])
    settings = fold.settings
    problem = problem_of(only(trials, names - set(fold.left_out)), settings)
    target = build_target(problem)
    chain_key, _ = jax.random.split(jax.random.key(settings.seed))
    warm = fold.start and Warm(fold.start, coordinate_labels(problem, target.coordinates))
    checkpoint, work = here(fold.checkpoint), fold.digest(trials)

    def attempt(left: Path | None) -> Chains:
        return draw(
            chain_key,
            target,
            sampler_of(settings),
            starts=np.asarray(target.initial)[None],
            identity=lambda program: {"the fold": work, "the program": program[:12]},
            checkpoint=checkpoint,
            resume_from=left,
            progress=progress,
            clock={},
            warm=warm,
        )

    chains = from_what_was_left(checkpoint, attempt, progress)
    if not chains.finished:
        raise Interrupted
    flat = chains.unconstrained.reshape(-1, chains.unconstrained.shape[-1])
    chosen = jnp.asarray(flat[spread_draws(len(flat), fold.draws)])
    named = jax.jit(jax.vmap(lambda x: evaluate_sites(problem, target.constrain(x))[0]))(chosen)
    held_out = only(trials, fold.left_out)
    unseen = problem_of(held_out, settings)
    sets = row_sets(held_out, unseen.design).masks
    predicted = predictions(named, unseen, seen_by(problem), sets=sets, seed=settings.seed, progress=progress)
    positions = xr.Dataset({"position": (("chain", "draw", "coordinate"), chains.unconstrained)})
    return {
        "replicated": np.asarray(predicted.replicated),
        "log_density": np.asarray(predicted.log_density),
        "of_some": np.asarray(predicted.of_some),
        "given_first": np.asarray(predicted.given_first),
        "max_rhat": np.max(rhat(positions)["position"].values),
        "min_ess": np.min(effective_sample_size(positions, "bulk")["position"].values),
    }

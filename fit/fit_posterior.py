"""One fit from tables to a DataTree: the function behind ``windup fit``."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr
from jaxtyping import Array

from windup.datasets import Trials
from windup.models import Cascade, PainModel, SingleLoop, Turnover

from ._chains import draw_chains
from ._datatree import Derived, build_tree
from ._derive import Fitted, fitted, mechanism
from ._design import DRUG_COLUMNS, build_design
from ._errors import Interrupted
from ._identity import identity_of
from ._model import evaluate_sites
from ._patterns import build_buckets
from ._problem import Draw, Problem
from ._problem_target import build_target, prior_draw
from ._process import prepare_process, quiet_linear_algebra
from ._progress import Report, silent
from ._responses import responding_drugs
from ._settings import Settings
from ._target import Target

PRIOR_DRAWS = 2000
# A vmapped solve of thousands of draws would need gigabytes for no gain on CPU.
_BATCH = 50


def fit_posterior(
    trials: Trials,
    settings: Settings,
    *,
    report: Report = silent,
    checkpoint: Path | None = None,
    resume_from: Path | None = None,
) -> xr.DataTree:
    """Fit a model to trials.

    Parameters
    ----------
    trials
        From `windup.datasets.load_trials`.
    settings
        Model, sampler and seed.
    report
        Called with the progress of each phase.
    checkpoint
        File that keeps how far the fit has come, at least every minute.
    resume_from
        Such a file of an earlier fit that was cut off. The draws are those that it would have given.

    Returns
    -------
    xarray.DataTree
        Groups posterior, unconstrained_posterior, prior, posterior_predictive, posterior_expected,
        observed_data, constant_data, log_likelihood, sample_stats, failed_solves; provenance in its
        attributes.

    Raises
    ------
    Interrupted
        The user stopped it; ``tree`` holds what all chains had drawn by then, or None.
    RunFolderRefused
        The fit of ``resume_from`` was another one; the message names what changed.

    Notes
    -----
    Double precision is switched on for the process, and BLAS is kept to one thread while chains run. The same
    seed on the same machine gives the same draws.
    """
    prepare_process()
    began = time.monotonic()
    clock: dict[str, float] = {}
    problem = build_problem(trials, model_named(settings.model))
    target = build_target(problem)
    clock["load"] = time.monotonic() - began
    chain_key, prior_key, row_key = jax.random.split(jax.random.key(settings.seed), 3)
    try:
        chains = draw_chains(
            chain_key,
            target,
            settings,
            # One start: the cascade's highest mode is a spike that best of several would find.
            starts=np.asarray(target.initial)[None],
            identity=lambda program: identity_of(settings, trials, program),
            checkpoint=checkpoint,
            resume_from=resume_from,
            report=report,
            clock=clock,
        )
    except KeyboardInterrupt:
        raise Interrupted(None) from None
    if chains.unconstrained.shape[1] < 4 or chains.unconstrained.shape[0] < 2:
        raise Interrupted(None)
    began = time.monotonic()
    with quiet_linear_algebra():
        tree = _finish(problem, target, trials, settings, chains, prior_key, row_key, report, clock, began)
    if not chains.finished:
        raise Interrupted(tree)
    return tree


def model_named(name: str) -> PainModel[Any, Any]:
    """Model of a checked setting."""
    models: dict[str, Callable[[], PainModel[Any, Any]]] = {
        "cascade": Cascade,
        "turnover": Turnover,
        "single_loop": SingleLoop,
    }
    return models[name]()


def build_problem(trials: Trials, model: PainModel[Any, Any]) -> Problem:
    """A model and the data it is fitted to, as arrays."""
    design = build_design(trials)
    drugs = tuple(sorted({drug for study in design.study_drugs for drug in study}))
    index = np.zeros((len(design.studies), DRUG_COLUMNS), int)
    for study, names in enumerate(design.study_drugs):
        for column, drug in enumerate(names[:DRUG_COLUMNS]):
            index[study, column] = drugs.index(drug)
    responding = responding_drugs(model, design)
    return Problem(model, design, build_buckets(design), drugs, index, responding)


def _in_batches(program: Callable[[Any], Any], draws: Any, size: int) -> Any:
    """A program for ``size`` draws, run over all of them."""
    total = len(jax.tree.leaves(draws)[0])
    found = []
    for first in range(0, total, size):
        chosen = np.minimum(np.arange(first, first + size), total - 1)
        found.append(jax.tree.map(np.asarray, program(jax.tree.map(lambda x, c=chosen: x[c], draws))))
    return jax.tree.map(lambda *parts: np.concatenate(parts)[:total], *found)


def _finish(
    problem: Problem,
    target: Target,
    trials: Trials,
    settings: Settings,
    chains: Any,
    prior_key: Array,
    row_key: Array,
    report: Report,
    clock: dict[str, float],
    began: float,
) -> xr.DataTree:
    report("derive", 0, 3)
    shape = chains.unconstrained.shape[:2]
    flat = jnp.asarray(chains.unconstrained.reshape(-1, chains.unconstrained.shape[2]))
    keys = jax.random.split(row_key, len(flat))
    # Not one program: that would be half a minute of compilation for 2,000 random numbers of every kind.
    prior = jax.vmap(partial(prior_draw, problem))(jax.random.split(prior_key, PRIOR_DRAWS))

    def one(each: tuple[Array, Array]) -> tuple[Draw, Fitted]:
        position, key = each
        draw, point = evaluate_sites(problem, target.constrain(position))
        return draw, fitted(problem, draw, point, key)

    # Traced one after the other (see `lower_kernel`), compiled beside each other.
    batch = jax.tree.map(lambda x: jnp.zeros((_BATCH, *x.shape[1:]), x.dtype), prior)
    lowered = (
        jax.jit(lambda positions, keys: jax.lax.map(one, (positions, keys))).lower(flat, keys),
        jax.jit(jax.vmap(lambda draw: mechanism(problem, draw))).lower(batch),
    )
    with ThreadPoolExecutor(len(lowered)) as beside:
        find_rows, find_mechanisms = beside.map(lambda program: program.compile(), lowered)
    report("derive", 1, 3, "predictive draws")
    posterior, rows = find_rows(flat, keys)
    report("derive", 2, 3, "loop gains and drug effects")
    both = jax.tree.map(lambda *parts: np.concatenate(parts), posterior, prior)
    mechanisms = _in_batches(find_mechanisms, both, _BATCH)
    posterior_mechanism, prior_mechanism = (
        jax.tree.map(lambda x, kept=kept: x[kept], mechanisms)
        for kept in (slice(None, len(flat)), slice(len(flat), None))
    )

    def chained(tree: Any, lead: tuple[int, ...]) -> Any:
        return jax.tree.map(lambda x: np.asarray(x).reshape(*lead, *x.shape[1:]), tree)

    derived = Derived(
        chained(posterior_mechanism, shape), chained(prior_mechanism, (1, PRIOR_DRAWS)), chained(rows, shape)
    )
    clock["post"] = time.monotonic() - began
    tree = build_tree(
        problem,
        target,
        trials,
        settings,
        chains,
        chained(posterior, shape),
        chained(prior, (1, PRIOR_DRAWS)),
        derived,
        clock,
    )
    report("derive", 3, 3)
    return tree

"""One fit from tables to a DataTree: the function behind ``windup fit``."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, final

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr
from jaxtyping import Array

from windup.datasets import Trials
from windup.fit.diagnostics.solver_trust import TRUST, trust_group, trust_in
from windup.fit.errors import Interrupted
from windup.fit.execution.batches import PHASE, over_draws
from windup.fit.execution.identity import versions
from windup.fit.execution.process import prepare_process, quiet_linear_algebra
from windup.fit.execution.progress import Progress, renamed, silent
from windup.fit.posterior.generated_quantities import Fitted, fitted, mechanism
from windup.fit.posterior.own_trials import with_own_trials
from windup.fit.posterior.study_courses import with_study_courses
from windup.fit.posterior.tight_solves import resolve_posterior
from windup.fit.posterior.tree import Derived, build_tree, coordinate_labels, named_sites
from windup.fit.problem.build import problem_of, refuse_unread_choices
from windup.fit.problem.model import evaluate_sites, posterior_model
from windup.fit.problem.problem import Draw, Problem
from windup.fit.problem.target import build_target, prior_draw
from windup.fit.sampling.chains.add import AddTo, finished_run
from windup.fit.sampling.chains.run import add_seconds
from windup.fit.sampling.chains.sample import Chains
from windup.fit.sampling.chains.store import DrawsTo, DrawStore, checked
from windup.fit.sampling.chains.warm import Earlier, Warm, earlier_of
from windup.fit.sampling.draw import attributes_of, draw
from windup.fit.sampling.own_starts import Starts, points_of
from windup.fit.sampling.target.target import Target, prior_draws
from windup.fit.settings.fit import Settings, sampler_of, until_of
from windup.fit.storage.archive import START, identity_in
from windup.models import PainModel

MESH_REFINEMENT = "the refinement of the mesh"


# Where a run is read from and written to changes no draw.
_PLACES = ("data", "out")


def identity_of(
    settings: Settings, trials: Trials, refinement: int, program: str, warm: Warm | None = None
) -> Mapping[str, str]:
    """Identity of a fit, each part under the name that a user gives it.

    Parameters
    ----------
    settings, trials
        What was asked for.
    refinement
        Into how many parts the steps of the mesh are cut.
    program
        Digest of the program that draws: it holds the model, its priors and the arrays of the data, also of
        a model that is no part of windup.
    warm
        Start from an earlier run.
    """
    chosen = {name: str(value) for name, value in settings.as_json().items() if name not in _PLACES}
    return {
        **chosen,
        "the data's SHA-256": trials.sha256[:12],
        MESH_REFINEMENT: str(refinement),
        **versions(),
        "the program of the model and its sampler": program[:12],
        **({} if warm is None else {START: warm.earlier.digest}),
    }


PRIOR_DRAWS = 2000


# Parts that steps are cut into at most. The loop of the packaged trials has 130 turns in one, 496 in four.
_FINEST = 4


def fit_posterior(
    trials: Trials,
    settings: Settings,
    *,
    progress: Progress = silent,
    checkpoint: Path | None = None,
    resume_from: Path | None = None,
    model: PainModel[Any, Any] | None = None,
    add_to: Path | None = None,
    start: xr.DataTree | Path | Earlier | None = None,
    starts: Starts | None = None,
    descents: int = 1,
    draws_to: Path | None = None,
    thin: int = 1,
    storage: str = "float64",
) -> xr.DataTree:
    """Fit a model to trials.

    Parameters
    ----------
    trials
        From `windup.datasets.load_trials`.
    settings
        Model, sampler and seed.
    progress
        Called with the progress of each phase.
    checkpoint
        File that keeps how far the fit has come, at least every minute.
    resume_from
        Such a file of an earlier fit that was cut off. The draws are those that it would have given.
    model
        A model of one's own, with the name of its kind in the settings; None for the one that they name.
    add_to
        Folder of a finished run with fewer draws and otherwise these settings. The draws are those of one fit
        with all draws of the settings, bit by bit; only the missing ones are drawn.
    start
        An earlier run, as its tree or its folder, also of other trials or of another model: chains begin at
        its draws, in its coordinates and with its step size, and warm up for a third of the settings'
        iterations (at least 70). Parameters are matched by name, study and drug; what the earlier run did not
        have begins at its prior. The attribute ``start`` records it.
    starts, descents
        As for `windup.fit.sample_model`. By default one start, at the prior medians: the highest mode of the
        cascade is a spike with next to no mass, which the best of several starts would be.
    draws_to, thin, storage
        As for `windup.fit.sample_model`: a Zarr store of what is sampled, while chains run.

    Returns
    -------
    xarray.DataTree
        Groups posterior, unconstrained_posterior, prior, posterior_predictive, posterior_expected,
        observed_data, constant_data, log_likelihood, sample_stats, failed_solves, and solver_trust with the
        draws that were solved again (not for ``quick``); provenance in its attributes.

    Raises
    ------
    Interrupted
        The user stopped it; ``tree`` holds what all chains had drawn by then, or None.
    RunFolderRefused
        The fit of ``resume_from`` or ``add_to`` was another one, or the latter kept no state; the message
        names what changed.
    SettingsFaults
        Priors or fixed values of the settings name parameters that are not there, or leave their support.

    Notes
    -----
    Where the integrator's error matters (`windup.fit.diagnostics.solver_trust.Trust`), the fit is repeated
    with every step cut in two, and once more in four; ``mesh_refinement`` in the attributes is the number of
    parts.

    Double precision is switched on for the process, and BLAS is kept to one thread while chains run. The same
    seed on the same machine gives the same draws.
    """
    prepare_process()
    clock: dict[str, float] = {}
    finished = None if add_to is None else finished_run(add_to)
    source = resume_from or (finished and finished.state)
    refinement = 1 if source is None else int(identity_in(source).get(MESH_REFINEMENT, "1"))
    coarser: xr.DataTree | None = None
    disk = None
    if draws_to is not None:
        disk = checked(DrawsTo(draws_to, thin, storage), fresh=resume_from is None and add_to is None)
    earlier = earlier_of(start) if isinstance(start, xr.DataTree | Path) else start
    begin = Beginning(earlier, starts, descents, disk)
    while True:
        try:
            tree = _fit_on_mesh(
                trials,
                settings,
                refinement,
                clock,
                # Phases of a repeated fit are new ones, with times of their own.
                progress
                if refinement == 1
                else renamed(progress, f"{{phase}} (mesh refinement {refinement})"),
                checkpoint,
                resume_from,
                model,
                finished,
                begin,
            )
        except (Interrupted, KeyboardInterrupt):
            if coarser is None:
                raise
            # All draws of a coarser mesh tell more than a few of a finer one.
            raise Interrupted(coarser) from None
        trust = trust_in(tree)
        if trust is None or not trust.inaccuracies or refinement >= _FINEST:
            return tree
        coarser, refinement, resume_from, finished = tree, 2 * refinement, None, None


class Beginning(NamedTuple):
    """Where chains begin, at an earlier posterior or the best of several starts, and where draws go."""

    earlier: Earlier | None = None
    starts: Starts | None = None
    descents: int = 1
    disk: DrawsTo | None = None


@final
@dataclass(frozen=True, eq=False)
class _Fit:
    """A fit on one mesh: what was asked for, what is sampled, and where progress and seconds go."""

    trials: Trials
    settings: Settings
    problem: Problem
    target: Target
    progress: Progress
    clock: dict[str, float]


def _fit_on_mesh(
    trials: Trials,
    settings: Settings,
    refinement: int,
    clock: dict[str, float],
    progress: Progress,
    checkpoint: Path | None,
    resume_from: Path | None,
    model: PainModel[Any, Any] | None,
    add_to: AddTo | None,
    begin: Beginning,
) -> xr.DataTree:
    """One fit, with its draws solved again."""
    began = time.monotonic()
    problem = problem_of(trials, settings, model=model, refinement=refinement)
    refuse_unread_choices(problem)
    fit = _Fit(trials, settings, problem, build_target(problem), progress, clock)
    add_seconds(clock, "load", began)
    chain_key, prior_key, row_key = jax.random.split(jax.random.key(settings.seed), 3)
    labels = coordinate_labels(problem, fit.target.coordinates)
    warm = None if begin.earlier is None else Warm(begin.earlier, labels)
    chains = draw(
        chain_key,
        fit.target,
        sampler_of(settings),
        starts=_points(chain_key, fit, begin),
        identity=lambda program: identity_of(settings, trials, refinement, program, warm),
        checkpoint=checkpoint,
        resume_from=resume_from,
        progress=progress,
        clock=clock,
        add_to=None if resume_from else add_to,
        until=until_of(settings),
        warm=warm,
        store=_store(fit, begin),
    )
    with quiet_linear_algebra():
        tree = _finish(fit, chains, prior_key, row_key)
    tree.attrs["mesh_refinement"] = json.dumps(refinement)
    if not chains.finished:
        raise Interrupted(tree)
    # An approximation is off by more than any integrator.
    if settings.for_conclusions and chains.pareto_k is None:
        _solve_again(fit, tree)
        tree = _with_courses(fit, tree, refinement)
    return tree


def _store(fit: _Fit, begin: Beginning) -> DrawStore | None:
    """Where draws go while chains run."""
    if begin.disk is None:
        return None
    return DrawStore(begin.disk, named_sites(fit.problem, fit.target), fit.target.coordinates)


def _points(rng_key: Array, fit: _Fit, begin: Beginning) -> np.ndarray:
    """Where the search for a start begins, unconstrained."""
    points = points_of(begin.starts, lambda: posterior_model(fit.problem), (), fit.target)
    more = 0 if begin.earlier else begin.descents - len(points)
    # A key of its own: chains take theirs by numbers from 0.
    key = jax.random.fold_in(rng_key, 2**31)
    return np.concatenate([points, prior_draws(key, fit.target, more)]) if more > 0 else points


def _with_courses(fit: _Fit, tree: xr.DataTree, refinement: int) -> xr.DataTree:
    """The tree with courses for figures, expectations of the trials of each drug, and their seconds."""
    began = time.monotonic()
    try:
        with quiet_linear_algebra():
            found = with_study_courses(
                tree, fit.problem, fit.trials, refinement=refinement, progress=fit.progress
            )
            found = with_own_trials(found, fit.problem, fit.trials, progress=fit.progress)
    except KeyboardInterrupt:
        raise Interrupted(tree) from None
    add_seconds(fit.clock, "courses", began)
    found.attrs["wall_seconds"] = json.dumps({name: round(seconds, 2) for name, seconds in fit.clock.items()})
    return found


def _solve_again(fit: _Fit, tree: xr.DataTree) -> None:
    """Add the group ``solver_trust`` to a tree, and the seconds that it took."""
    began = time.monotonic()
    try:
        resolved = resolve_posterior(fit.problem, tree, progress=fit.progress)
    except KeyboardInterrupt:
        raise Interrupted(tree) from None
    tree[TRUST] = xr.DataTree(trust_group(tree, resolved))
    add_seconds(fit.clock, PHASE, began)
    tree.attrs["wall_seconds"] = json.dumps({name: round(seconds, 2) for name, seconds in fit.clock.items()})


def _finish(fit: _Fit, chains: Chains, prior_key: Array, row_key: Array) -> xr.DataTree:
    """Draws of the chains with everything that is derived from them, and from as many draws of the prior."""
    began = time.monotonic()
    shape = chains.unconstrained.shape[:2]
    positions = jnp.asarray(chains.unconstrained.reshape(-1, chains.unconstrained.shape[2]))
    keys = jax.random.key_data(jax.random.split(row_key, len(positions)))
    # Not one program: that would be half a minute of compilation for 2,000 random numbers of every kind.
    prior = jax.vmap(partial(prior_draw, fit.problem))(jax.random.split(prior_key, PRIOR_DRAWS))

    def rows(each: tuple[Array, Array]) -> tuple[Draw, Fitted]:
        position, key = each
        draw, point = evaluate_sites(fit.problem, fit.target.constrain(position))
        return draw, fitted(fit.problem, draw, point, jax.random.wrap_key_data(key))

    derive = partial(over_draws, phase="derive", progress=fit.progress)
    ((posterior, found),) = derive(rows, ((positions, keys),))
    of_posterior, of_prior = derive(lambda draw: mechanism(fit.problem, draw), (posterior, prior))
    derived = Derived(
        _chained(of_posterior, shape), _chained(of_prior, (1, PRIOR_DRAWS)), _chained(found, shape)
    )
    add_seconds(fit.clock, "post", began)
    tree = build_tree(
        fit.problem,
        fit.target,
        fit.trials,
        fit.settings,
        chains,
        _chained(posterior, shape),
        _chained(prior, (1, PRIOR_DRAWS)),
        derived,
        fit.clock,
    )
    tree.attrs |= attributes_of(chains, fit.target)
    return tree


def _chained(tree: Any, lead: tuple[int, ...]) -> Any:
    """Leaves with their draws laid out as chains."""
    return jax.tree.map(lambda x: np.asarray(x).reshape(*lead, *x.shape[1:]), tree)

"""The samplers of windup for any numpyro model: a mechanism, data and likelihood of one's own."""

from __future__ import annotations

import dataclasses
import json
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import jax
import numpy as np
import xarray as xr
from jaxtyping import Array

from windup.fit.errors import DrawsOnly, Interrupted, ModelFaults, SettingsError
from windup.fit.execution.identity import versions
from windup.fit.execution.process import prepare_process
from windup.fit.execution.progress import Progress, silent
from windup.fit.sampling.chains.add import AddTo
from windup.fit.sampling.chains.labels import labelled_by
from windup.fit.sampling.chains.store import DrawsTo, DrawStore, checked
from windup.fit.sampling.chains.warm import Warm, earlier_of
from windup.fit.sampling.draw import draw
from windup.fit.sampling.labels import Labels, labels_of
from windup.fit.sampling.own_starts import Starts, points_of
from windup.fit.sampling.site_tree import constrained, named_by, tree_of_draws, with_computed, with_densities
from windup.fit.sampling.target.explain import explained
from windup.fit.sampling.target.gradient import check_gradient
from windup.fit.sampling.target.inspected import Inspected, inspect_model
from windup.fit.sampling.target.target import prior_draws, target_of
from windup.fit.sampling.traced_sites import discrete_sites, traced_sites
from windup.fit.settings.samplers import Hmc, ManyChains, NestedSampling, Nuts, Sampler
from windup.fit.settings.until_converged import UntilConverged
from windup.fit.storage.archive import START

# Of the key by which discrete sites are drawn.
_DISCRETE = 1


def sample_model(
    rng_key: Array,
    model: Callable[..., Any],
    *arguments: Any,
    sampler: Sampler | None = None,
    dims: Mapping[str, Sequence[str]] | None = None,
    coords: Mapping[str, Sequence[Any]] | None = None,
    progress: Progress = silent,
    checkpoint: Path | None = None,
    resume_from: Path | None = None,
    log_likelihood: bool = False,
    until_converged: UntilConverged | None = None,
    add_to: Path | None = None,
    kwargs: Mapping[str, Any] | None = None,
    gradient: str = "reverse",
    log_prior: bool = False,
    start: xr.DataTree | Path | None = None,
    starts: Starts | None = None,
    descents: int = 8,
    draws_to: Path | None = None,
    thin: int = 1,
    storage: str = "float64",
) -> xr.DataTree:
    """Posterior draws of a numpyro model.

    Markov chains start on the way to the best of several modes, warm up together in coordinates fitted to
    their draws and gradients, and keep a checkpoint: what `windup.fit.fit_posterior` does for the
    packaged models. Where descents from eight starts end in separate modes, chains begin at each of them, and
    the attribute ``modes`` names them.

    Parameters
    ----------
    rng_key
        The same key, settings and machine give the same draws.
    model
        A numpyro model. What cannot be sampled, such as a Poisson count or a plate that takes a part of its
        rows, is refused by its name before anything is computed. Over discrete sites with few values numpyro
        sums where the package funsor is installed; they are then drawn given the other sites.
    *arguments
        What it is called with.
    sampler
        `windup.fit.Nuts` by default, `ManyChains` for a GPU, `NestedSampling` or `SequentialMonteCarlo` for
        several modes, `Pathfinder`, `Laplace` or `Variational` for a quick look.
    dims, coords
        Names of the dimensions of sites, and their labels, as arviz takes them.
    progress
        Called with the progress of each phase.
    checkpoint
        File that keeps how far the run has come, at least every minute.
    resume_from
        Such a file of a run that was cut off. The draws are those that it would have given.
    log_likelihood
        Whether to add the group ``log_likelihood``, the log density of every observed number at every draw,
        which `arviz.loo` needs.
    until_converged
        Markov chains go on until their checks hold, up to these limits, instead of to the sampler's
        ``draws``. The attribute ``stop`` records why they ended and when each check first held.
    add_to
        ``checkpoint`` file of a finished run with fewer draws. The result is that of one run with all
        ``draws`` of the sampler, bit by bit; only the missing ones are drawn.
    kwargs
        Keyword arguments of the model.
    gradient
        ``reverse``, or ``forward`` for models with loops of open length (``jax.lax.while_loop``, diffrax with
        ``ForwardMode``), at the cost of one pass for each parameter.
    log_prior
        Whether to add the group ``log_prior``, the log density of every sampled site at every draw, which
        ``arviz.psense_summary`` needs next to ``log_likelihood``.
    start
        An earlier run, as its tree or its folder: chains begin at its draws, in its coordinates and with its
        step size, and warm up for a third of the sampler's iterations (at least 70). Coordinates are matched
        by names and labels; what the earlier run did not have begins at its prior. The attribute ``start``
        records it. Nothing is searched then, so that separate modes are not noticed.
    starts
        Starting points of your own: values by site, or a list of such. A site without a value begins at its
        median.
    descents
        Number of starts of the search for a start and for separate modes: your own, or the prior medians, and
        draws from the prior up to this number.
    draws_to
        Folder of a Zarr store that draws are written to while chains run, at least every minute: others may
        read it meanwhile (`xarray.open_datatree`), and a crash leaves it whole. It has the groups posterior,
        unconstrained_posterior and sample_stats. The checkpoint then leaves the draws to it. Needs the
        package zarr.
    thin, storage
        Every N-th draw is stored there (``thin=N``), as ``float64``, or as ``float32`` for half of the space.
        The tree has all draws in double precision, so that all checks are of these; the
        checkpoint keeps what the store does not.

    Returns
    -------
    xarray.DataTree
        Groups posterior (sites and deterministic sites), unconstrained_posterior and sample_stats, as arviz
        reads them, whatever the sampler.
        Attributes: seconds by phase, version, ``modes`` where there are several, and for an approximation
        ``pareto_k``: above 0.7 it is none of this posterior. ``evidence`` has the log evidence of nested
        sampling with its standard error, and of each run its effective draws, evaluations and what remained.
        ``renamed_sites`` has the names of sites with a
        slash, which are stored with a dot (``CL/F`` as ``CL.F``), and ``fixed_values`` what numpyro lets vary
        and stays as it is here: ``numpyro.param`` and ``numpyro.prng_key``.

    Raises
    ------
    Interrupted
        The user stopped it; ``tree`` holds what all chains had drawn by then, or None.
    ModelFaults
        The model, its dims or its coords cannot be sampled; the message has every reason and its remedy.
    NoStart
        The log density or its gradient is not finite at any start; the message names sites, observations and
        parameters.
    DrawsOnly
        The draws are complete, and what follows them failed; ``tree`` holds the draws.
    RunFolderRefused
        The run of ``resume_from`` or ``add_to`` was another one; the message names what changed.
    SettingsError
        An approximation was asked to go on, or has no convergence to wait for.

    Examples
    --------
    >>> import jax, numpyro, numpyro.distributions as dist
    >>> def coin(heads, flips):
    ...     bias = numpyro.sample("bias", dist.Beta(1.0, 1.0))
    ...     numpyro.sample("heads", dist.Binomial(flips, bias), obs=heads)
    >>> tree = sample_model(jax.random.key(0), coin, 7, 10, sampler=Nuts(warmup=100, draws=100))
    >>> tree["posterior"]["bias"].sizes["draw"]
    100
    """
    prepare_process()
    chosen = sampler or Nuts()
    if until_converged is not None and not isinstance(chosen, Nuts | Hmc | ManyChains):
        raise SettingsError(
            f"{type(chosen).__name__} has no chains that converge; leave until_converged out, or use "
            "Nuts, Hmc or ManyChains."
        )
    check_gradient(gradient)
    clock: dict[str, float] = {}
    began = time.monotonic()
    inspected = inspect_model(model, arguments, kwargs or {})
    if inspected.enumerated and (log_likelihood or log_prior):
        raise ModelFaults(
            [
                "log_likelihood and log_prior are log densities without the discrete sites "
                f"({', '.join(inspected.enumerated)}), which numpyro sums over only together: sum over "
                "them in the model, or leave both out."
            ]
        )
    labels = labels_of(inspected, dims, coords)
    with explained(model):
        target = target_of(
            inspected.model,
            *inspected.arguments,
            gradient=gradient,
            enumerated=tuple(inspected.enumerated),
            plates=inspected.plates,
        )
        # Traced once: the programs below take it from here.
        traced = (
            target.potential if isinstance(chosen, NestedSampling) else jax.value_and_grad(target.potential)
        )
        jax.eval_shape(traced, target.initial, target.data)
        start_key, chain_key = jax.random.split(rng_key)
        points = points_of(starts, inspected.model, inspected.arguments, target)
        # A start from an earlier run needs no search.
        more = 0 if start is not None else max(descents - len(points), 0)
        points = np.concatenate([points, prior_draws(start_key, target, more)]) if more else points
    dims_of = {site: labels.dims[stored] for site, stored in labels.names.items()}
    warm = None if start is None else Warm(earlier_of(start), labelled_by(target, dims_of, labels.coords))
    store = None
    if draws_to is not None:
        asked = checked(DrawsTo(draws_to, thin, storage), fresh=resume_from is None and add_to is None)
        store = DrawStore(asked, named_by(target, labels), target.coordinates)
    clock["load"] = time.monotonic() - began

    def identity(program: str) -> Mapping[str, str]:
        known = {"the sampler": type(chosen).__name__}
        known |= {name: str(value) for name, value in dataclasses.asdict(chosen).items()}
        known["until_converged"] = str(until_converged)
        if warm is not None:
            known[START] = warm.earlier.digest
        known["the key"] = str(jax.random.key_data(rng_key).tolist())
        known["the program of the model and its sampler"] = program[:12]
        return known | versions()

    chains = draw(
        chain_key,
        target,
        chosen,
        starts=points,
        identity=identity,
        checkpoint=checkpoint,
        resume_from=resume_from,
        progress=progress,
        clock=clock,
        add_to=AddTo(add_to) if add_to else None,
        until=until_converged,
        warm=warm,
        store=store,
    )
    draws = constrained(target, chains)
    tree = tree_of_draws(draws, chains, target, inspected, labels, clock)
    try:
        tree = _completed(tree, draws, inspected, labels, rng_key, log_likelihood, log_prior)
    except Exception as error:
        raise DrawsOnly(tree, f"{type(error).__name__}: {error}") from error
    if not chains.finished:
        raise Interrupted(tree)
    return tree


def _completed(
    tree: xr.DataTree,
    draws: Mapping[str, np.ndarray],
    inspected: Inspected,
    labels: Labels,
    rng_key: Array,
    log_likelihood: bool,
    log_prior: bool,
) -> xr.DataTree:
    """The tree with all that is computed from the draws."""
    model, arguments = inspected.model, inspected.arguments
    discrete: dict[str, np.ndarray] = {}
    if inspected.enumerated:
        key = jax.random.fold_in(rng_key, _DISCRETE)
        discrete = discrete_sites(key, model, arguments, draws, inspected.enumerated)
        tree.attrs["enumerated_sites"] = json.dumps([labels.names[name] for name in discrete])
    traced = traced_sites(
        model, arguments, {**draws, **discrete}, log_likelihood=log_likelihood, log_prior=log_prior
    )
    tree = with_computed(tree, {**discrete, **traced.deterministic}, labels)
    if log_likelihood:
        tree = with_densities(tree, "log_likelihood", traced.log_likelihood, labels)
    if log_prior:
        tree = with_densities(tree, "log_prior", traced.log_prior, labels._replace(dims={}))
    return tree

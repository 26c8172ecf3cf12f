"""Whether the integrator in a model of one's own was accurate enough for its posterior."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import jax.numpy as jnp
import numpy as np
import xarray as xr
from jaxtyping import Array

from windup.fit.diagnostics.solver_trust import SolvedAgain, Trust, trust
from windup.fit.errors import SettingsError
from windup.fit.execution.batches import DRAWS, solve_again
from windup.fit.execution.process import prepare_process
from windup.fit.execution.progress import Progress, silent
from windup.fit.sampling.target.explain import explained
from windup.fit.sampling.target.inspected import inspect_model
from windup.fit.sampling.target.target import target_of
from windup.fit.storage.tree import all_elements, flat, group, spread_draws


def check_solver(
    tree: xr.DataTree,
    accurate: Callable[..., Any],
    *arguments: Any,
    draws: int = DRAWS,
    kwargs: Mapping[str, Any] | None = None,
    progress: Progress = silent,
) -> Trust:
    """Importance weights from a sampled model to the same one with a tighter integrator.

    Parameters
    ----------
    tree
        From `windup.fit.sample_model`.
    accurate
        The numpyro model that was sampled, with smaller steps, a tighter tolerance or an exact solution.
    *arguments
        What it is called with.
    draws
        How many draws are solved again, evenly over all; a tail is fitted to a fifth of their weights.
    kwargs
        Its keyword arguments.
    progress
        Called with the progress of the phase ``re-solve``.

    Returns
    -------
    windup.fit.diagnostics.solver_trust.Trust
        Pareto k, effective sample size, largest and typical difference in nats, and what tight solves do to
        the mean of every parameter; ``failures`` has a sentence for each check that failed. Where k is at
        most 0.7, the shifts can be believed; whether they are small is another question.

    Raises
    ------
    SettingsError
        When the accurate model has other parameters.
    ModelFaults
        When it cannot be sampled.

    References
    ----------
    Timonen, Siccha, Bales, Lähdesmäki, Vehtari 2023, Stat 12:e614, doi 10.1002/sta4.614.

    Examples
    --------
    >>> import jax, numpyro, numpyro.distributions as dist
    >>> from windup.fit import Nuts
    >>> from windup.fit.sampling.sample_model import sample_model
    >>> def decay(steps):
    ...     rate = numpyro.sample("rate", dist.LogNormal(0.0, 0.2))
    ...     left = (1.0 - rate / steps) ** steps
    ...     numpyro.sample("left", dist.Normal(left, 0.1), obs=0.4)
    >>> tree = sample_model(jax.random.key(0), decay, 32, sampler=Nuts(warmup=100, draws=100))
    >>> check_solver(tree, decay, 1000).failures
    ()
    """
    prepare_process()
    inspected = inspect_model(accurate, arguments, kwargs or {})
    with explained(accurate):
        target = target_of(inspected.model, *inspected.arguments)
    position = group(tree, "unconstrained_posterior")["position"]
    names = tuple(str(name) for name in position["coordinate"].values)
    if names != target.coordinates:
        other = sorted(set(names) ^ set(target.coordinates))
        raise SettingsError(
            f"The accurate model does not have the parameters that were sampled ({', '.join(other[:5])}): "
            "change nothing but its integrator."
        )
    chosen = spread_draws(position.sizes["chain"] * position.sizes["draw"], draws)

    def log_density(x: Array) -> Array:
        return -target.potential(x, target.data)

    (log_tight,) = solve_again((log_density,), jnp.asarray(flat(position).values[chosen]), progress)
    values = {
        label: np.asarray(flat(variable).values[chosen], float)
        for label, variable in all_elements(group(tree, "posterior"))
    }
    log_fast = flat(group(tree, "sample_stats")["lp"]).values[chosen]
    return trust(log_fast, log_tight, {label: SolvedAgain(x, x) for label, x in values.items()})

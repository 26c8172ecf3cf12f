"""Normal approximations: at the mode (Laplace), along paths to it (Pathfinder), and by a fitted guide."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import numpyro
from blackjax.vi.pathfinder import approximate, sample
from jax.custom_batching import sequential_vmap
from jaxtyping import Array, Float
from numpyro import distributions as dist
from numpyro import handlers
from numpyro.infer import SVI, Trace_ELBO, init_to_value
from numpyro.infer.autoguide import AutoMultivariateNormal
from numpyro.optim import ClippedAdam

from windup.fit.diagnostics.mixing import pareto_smoothed
from windup.fit.execution.progress import Progress
from windup.fit.sampling.chains.modes import Mode, modes_from
from windup.fit.sampling.chains.sample import Chains
from windup.fit.sampling.chains.start import descend, find_start, hessian, whitening
from windup.fit.sampling.target.coordinates import Coordinates, unconstrained
from windup.fit.sampling.target.density import Density, compile_density
from windup.fit.sampling.target.starts import usable_starts
from windup.fit.sampling.target.target import Target, prior_draws
from windup.fit.settings.samplers import Laplace, Pathfinder, Variational

# Draws of an approximation are independent; they are laid out as this many chains.
_CHAINS = 4
# Draws at which the approximations along a path are compared (the reference takes 5), and draws of its best
# one of which those kept are chosen.
_PER_APPROXIMATION = 10
_PER_PATH = 500
# Curvatures at a mode are taken between these: flatter or negative ones are no mode's.
_CURVATURES = 1e-4, 1e12
_STEP_SIZE = 0.01
_STEPS_BETWEEN_REPORTS = 50
# A weight less than the largest by this many nats is 0 in double precision.
_NOTHING = 700.0


def draw_laplace(
    rng_key: Array,
    target: Target,
    settings: Laplace,
    starts: Float[np.ndarray, "starts parameters"],
    progress: Progress,
) -> Chains:
    """Draws from the normal distribution with the mode and the curvature there."""
    density = compile_density(target)
    starts, cut = usable_starts(target, density, starts)
    ends = [descend(density, start, iterations=settings.iterations, progress=progress) for start in starts]
    modes = modes_from(density, starts, progress=progress)
    mode = min(ends, key=lambda end: end.potential).point
    at = whitening(mode, hessian(density, mode, progress=progress), *_CURVATURES)
    y = np.asarray(jax.random.normal(rng_key, (_rounded(settings.draws), len(at.centre))))
    chains = _weighed(density, unconstrained(y, at), _log_normal(y, at), modes, progress)
    return chains._replace(cut=cut)


def draw_pathfinder(rng_key: Array, target: Target, settings: Pathfinder, progress: Progress) -> Chains:
    """Draws of several paths from the prior, chosen by their importance weights."""
    start_key, path_key, choice_key = jax.random.split(rng_key, 3)
    progress("start", 0, 0, f"{settings.paths} paths of L-BFGS")

    density = _one_at_a_time(lambda x: -target.potential(x, target.data))

    def follow(rng_key: Array, start: Array) -> tuple[Array, Array, Array]:
        approximate_key, sample_key = jax.random.split(rng_key)
        approximation, _ = approximate(
            approximate_key, density, start, _PER_APPROXIMATION, maxiter=settings.iterations
        )
        draws, log_proposal = sample(sample_key, approximation, _PER_PATH)
        return draws, jax.vmap(density)(draws), log_proposal

    drawn = prior_draws(start_key, target, settings.paths)
    starts, cut = usable_starts(target, compile_density(target), drawn)
    # A path from where nothing can be computed leads nowhere: another takes its place.
    begin = jnp.asarray(np.resize(starts, drawn.shape))
    followed = jax.jit(jax.vmap(follow))(jax.random.split(path_key, settings.paths), begin)
    size = begin.shape[1]
    x, log_density, log_proposal = (
        np.asarray(part).reshape(-1, *shape) for part, shape in zip(followed, ((size,), (), ()), strict=True)
    )
    weight, pareto_k = _smoothed(log_density, log_proposal)
    count = _rounded(settings.draws)
    chosen = jax.random.choice(choice_key, len(x), (count,), p=jnp.asarray(weight))
    return _chains(x[chosen], {"lp": log_density[chosen]}, pareto_k)._replace(cut=cut)


def draw_variational(
    rng_key: Array,
    target: Target,
    settings: Variational,
    starts: Float[np.ndarray, "starts parameters"],
    progress: Progress,
) -> Chains:
    """Draws from a full-rank normal guide fitted by the evidence lower bound."""
    density = compile_density(target)
    starts, cut = usable_starts(target, density, starts)
    at, modes = find_start(density, starts, progress=progress), modes_from(density, starts, progress=progress)
    centre, root = jnp.asarray(at.centre), jnp.asarray(at.root)
    size = len(at.centre)

    def model() -> None:
        y = numpyro.sample("y", dist.ImproperUniform(dist.constraints.real_vector, (), (size,)))
        # The target runs a model of its own, whose sites are none of this one's.
        with handlers.block():
            potential = target.potential(centre + root @ y, target.data)
        numpyro.factor("density", -potential)

    guide = AutoMultivariateNormal(model, init_loc_fn=init_to_value(values={"y": jnp.zeros(size)}))
    inference = SVI(model, guide, ClippedAdam(_STEP_SIZE), Trace_ELBO())
    fit_key, draw_key = jax.random.split(rng_key)
    state = inference.init(fit_key)

    @jax.jit
    def steps(state: Any) -> tuple[Any, Array]:
        return jax.lax.scan(
            lambda state, _: inference.stable_update(state), state, None, length=_STEPS_BETWEEN_REPORTS
        )

    for done in range(0, settings.iterations, _STEPS_BETWEEN_REPORTS):
        state, losses = steps(state)
        progress("sample", done, settings.iterations, f"evidence lower bound {-float(losses.mean()):.1f}")
    fitted = guide.get_posterior(inference.get_params(state))
    y = fitted.sample(draw_key, (_rounded(settings.draws),))
    log_proposal = np.asarray(fitted.log_prob(y)) - np.linalg.slogdet(at.root)[1]
    chains = _weighed(density, unconstrained(np.asarray(y), at), log_proposal, modes, progress)
    return chains._replace(cut=cut)


def _one_at_a_time(density: Callable[[Array], Array]) -> Callable[[Array], Array]:
    """The same function; many points are taken one after the other instead of all at once.

    Pathfinder looks at thousands of points in one call: side by side, the states of that many solves of a
    hundred studies need a terabyte. Gradients, of which there is one a path, stay side by side.
    """
    single = sequential_vmap(density)  # type: ignore[no-untyped-call]

    @jax.custom_vjp
    def value(x: Array) -> Array:
        log_density: Array = single(x)
        return log_density

    value.defvjp(jax.value_and_grad(density), lambda slope, cotangent: (cotangent * slope,))
    return value


def _log_normal(y: Float[np.ndarray, "draws parameters"], at: Coordinates) -> Float[np.ndarray, " draws"]:
    """Log density of unconstrained draws whose whitened ones are standard normal."""
    constant = 0.5 * len(at.centre) * np.log(2.0 * np.pi) + np.linalg.slogdet(at.root)[1]
    log_density: Float[np.ndarray, " draws"] = -0.5 * np.sum(y**2, axis=1) - constant
    return log_density


def _weighed(
    density: Density,
    x: Float[np.ndarray, "draws parameters"],
    log_proposal: Float[np.ndarray, " draws"],
    modes: tuple[Mode, ...],
    progress: Progress,
) -> Chains:
    """Draws of an approximation, with the density that they should have had."""
    log_density = np.empty(len(x))
    for number, one in enumerate(x):
        log_density[number] = -density(one)[0]
        progress("sample", number + 1, len(x), "weighing the draws")
    weight, pareto_k = _smoothed(log_density, log_proposal)
    return _chains(x, {"lp": log_density, "weight": weight}, pareto_k, modes)


def _smoothed(
    log_density: Float[np.ndarray, " draws"], log_proposal: Float[np.ndarray, " draws"]
) -> tuple[Float[np.ndarray, " draws"], float]:
    """Importance weights of sum 1 and their Pareto k; a draw without a density weighs nothing."""
    ratio = np.where(np.isfinite(log_density), log_density - log_proposal, -np.inf)
    if not np.isfinite(ratio).any():
        return np.full(len(ratio), 1.0 / len(ratio)), np.inf
    # Far below any that counts, and finite: the tail that is fitted is the upper one.
    return pareto_smoothed(np.maximum(ratio, np.max(ratio) - _NOTHING))


def _rounded(draws: int) -> int:
    return -(-draws // _CHAINS) * _CHAINS


def _chains(
    x: np.ndarray, statistics: dict[str, np.ndarray], pareto_k: float, modes: tuple[Mode, ...] = ()
) -> Chains:
    laid_out = {name: value.reshape(_CHAINS, -1) for name, value in statistics.items()}
    laid_out["diverging"] = np.zeros_like(laid_out["lp"], bool)
    laid_out["energy"] = -laid_out["lp"]
    return Chains(x.reshape(_CHAINS, -1, x.shape[1]), laid_out, finished=True, pareto_k=pareto_k, modes=modes)

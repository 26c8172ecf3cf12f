"""Nested sampling: live points climb from the prior by likelihood, for several modes and the evidence."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from blackjax.ns import adaptive, nss
from blackjax.ns.base import NSInfo, StateWithLogLikelihood, init_state_strategy
from blackjax.ns.utils import log_weights
from jax.scipy.special import logsumexp
from jaxtyping import Array, Float
from scipy import stats

from windup.fit.errors import NoStart, SettingsError
from windup.fit.execution.progress import Progress
from windup.fit.sampling.approximations.from_prior import IMPOSSIBLE, log_likelihood_of, particles_of
from windup.fit.sampling.chains.evidence import NestedRun, evidence_of
from windup.fit.sampling.chains.sample import Chains
from windup.fit.sampling.target.coordinates import Vector
from windup.fit.sampling.target.faults import faults_at
from windup.fit.sampling.target.target import Target
from windup.fit.settings.samplers import NestedSampling

# One in so many live points is replaced at once, side by side. As the lowest go, the others are fewer: the
# variance of the log volume is 1.12 times that of one replacement at a time.
_REPLACED_AT_ONCE = 5
# Prior volumes that the points may have had are drawn so many times.
_VOLUMES = 200
# Double precision tells apart numbers of one scale by a part in 2^52, which is exp(36): a posterior that is a
# smaller part of its prior than this for each parameter cannot be resolved.
_MOST_NATS = 36.0


class _Step(NamedTuple):
    """Points that were replaced, and the standing after it.

    Attributes
    ----------
    dead
        Points that were taken out.
    rank, among
        Of each new point: how many live ones are below it, of how many.
    evaluations
        Points at which the likelihood was computed.
    remaining
        Width of the interval that holds the log evidence, given the lowest and highest live point, nats.
    shrunk
        Log of the part of the prior that is left, below 0.
    """

    dead: StateWithLogLikelihood
    rank: Array
    among: Array
    evaluations: Array
    remaining: Array
    shrunk: Array


def draw_nested(rng_key: Array, target: Target, settings: NestedSampling, progress: Progress) -> Chains:
    r"""Draws of independent runs of nested sampling, one as each chain.

    The evidence is the integral of the likelihood over the prior volume above it,
    :math:`Z = \int_0^1 L(X)\,dX`. Live points begin as draws from the prior. The lowest of them are taken out
    again and again, and new ones are drawn from the prior above the highest that was taken out, by slices
    from others in directions of their covariance. Of :math:`n` points the volume falls by about
    :math:`\exp(-1/n)` with each that is taken out, and a point weighs :math:`w_i = L_i\,\Delta X_i`. Draws
    are all points, resampled by weight and shuffled.

    Raises
    ------
    SettingsError
        When the prior cannot be drawn from, live points are too few for their covariance, or the likelihood
        rises without end.
    NoStart
        When no live point has a finite log density.

    References
    ----------
    Skilling 2006, "Nested sampling for general Bayesian computation", doi 10.1214/06-BA127. Yallup, Kroupa,
    Handley 2026, "Nested slice sampling", https://arxiv.org/abs/2601.23252.
    """
    size = len(target.coordinates)
    if settings.live <= 2 * size:
        raise SettingsError(
            f"live is {settings.live} for {size} parameters, of whose covariance it is to tell the moves: "
            f"give at least {2 * size + 1}, and rather {25 * size}."
        )
    particles_from = particles_of(target, "NestedSampling")
    state_of = partial(
        init_state_strategy, logprior_fn=target.log_prior, loglikelihood_fn=log_likelihood_of(target)
    )
    begin = jax.jit(
        lambda x: adaptive.init(
            x, jax.vmap(state_of), update_inner_kernel_params_fn=nss.live_covariance_factor
        )
    )
    replaced = max(settings.live // _REPLACED_AT_ONCE, 1)
    step = _step_of(nss.build_kernel(state_of, settings.moves_per_parameter * size, replaced), replaced)
    positions, statistics, runs = [], [], []
    for number in range(settings.chains):
        run_key, weight_key, choice_key, rank_key = jax.random.split(jax.random.fold_in(rng_key, number), 4)
        particles = particles_from(run_key, settings.live)
        state = begin(particles)
        if number == 0 and not np.any(state.particles.loglikelihood > IMPOSSIBLE):
            raise NoStart(_faults(target, np.asarray(particles[0])), tried=settings.live)
        steps: list[_Step] = []
        remaining = float(_bracket(state))
        while remaining > settings.remaining:
            state, found = step(jax.random.fold_in(run_key, len(steps)), state)
            steps.append(jax.device_get(found))
            remaining, nats = float(found.remaining), -float(found.shrunk)
            if nats > _MOST_NATS * size:
                raise SettingsError(
                    f"Run {number + 1} of NestedSampling has come to exp(-{nats:.0f}) of the prior, and the "
                    "likelihood still rises: it has no bound, as where an SD of errors can go to 0. Bound "
                    "it by its prior."
                )
            note = f"run {number + 1}: exp(-{nats:.1f}) of the prior, {remaining:.2g} nats remain"
            progress("sample", number, settings.chains, note)
        points = _together([step.dead for step in steps], jax.device_get(state.particles))
        weight, log_evidence = _weighed(weight_key, points)
        chosen = _resampled(choice_key, weight, settings.draws)
        positions.append(points.position[chosen])
        statistics.append((points.logdensity + points.loglikelihood)[chosen])
        runs.append(
            NestedRun(
                log_evidence=float(log_evidence.mean()),
                standard_error=float(log_evidence.std()),
                effective_draws=float(1.0 / np.sum(weight**2)),
                evaluations=settings.live + int(sum(step.evaluations for step in steps)),
                remaining=remaining,
                insertion_p=_insertion_p(rank_key, steps),
            )
        )
    log_density = np.stack(statistics)
    log_evidences = np.array([run.log_evidence for run in runs])
    return Chains(
        np.stack(positions),
        {
            "lp": log_density,
            "energy": -log_density,
            "diverging": np.zeros(log_density.shape, bool),
            "log_evidence": np.repeat(log_evidences[:, None], settings.draws, axis=1),
        },
        finished=True,
        evidence=evidence_of(tuple(runs)),
    )


def _step_of(kernel: Any, replaced: int) -> Any:
    """Compiled function from a key and a state to the next state and what happened."""

    @jax.jit
    def step(rng_key: Array, state: Any) -> tuple[Any, _Step]:
        after, info = kernel(rng_key, state)
        floor = info.particles.loglikelihood.max()
        _, places = jax.lax.top_k(-state.particles.loglikelihood, replaced)
        new, others = after.particles.loglikelihood[places], state.particles.loglikelihood
        # New points one after the other: each among those that were there and the new ones before it.
        before = jnp.tril(new[None, :] < new[:, None], k=-1)
        rank = jnp.sum((others > floor) & (others < new[:, None]), axis=1) + before.sum(axis=1)
        among = jnp.sum(others > floor) + jnp.arange(replaced)
        slices = info.update_info
        evaluations = jnp.sum(slices.num_expansions + slices.num_shrink + 2)
        return after, _Step(info.particles, rank, among, evaluations, _bracket(after), after.integrator.logX)

    return step


def _bracket(state: Any) -> Array:
    """Between the log evidence with all that is left at its lowest and at its highest live point, nats."""
    live, so_far = state.particles.loglikelihood, state.integrator
    highest = jnp.logaddexp(so_far.logZ, so_far.logX + live.max())
    return highest - jnp.logaddexp(so_far.logZ, so_far.logX + live.min())


def _together(dead: Sequence[StateWithLogLikelihood], live: StateWithLogLikelihood) -> StateWithLogLikelihood:
    together: StateWithLogLikelihood = jax.tree.map(lambda *parts: np.concatenate(parts), *dead, live)
    return together


def _weighed(
    rng_key: Array, points: StateWithLogLikelihood
) -> tuple[Float[np.ndarray, " points"], Float[np.ndarray, " volumes"]]:
    """Weights of sum 1, and log evidences for each of the prior volumes that points may have had."""
    log_weight = log_weights(rng_key, NSInfo(points, None), _VOLUMES)
    log_evidence = logsumexp(log_weight, axis=0)
    weight = np.asarray(jnp.exp(log_weight - log_evidence).mean(axis=1))
    return weight / weight.sum(), np.asarray(log_evidence)


def _resampled(rng_key: Array, weight: Float[np.ndarray, " points"], draws: int) -> np.ndarray:
    """Places of points, each as often as its share of the weight by less than one, in random order."""
    offset_key, order_key = jax.random.split(rng_key)
    levels = (np.arange(draws) + float(jax.random.uniform(offset_key))) / draws
    places = np.minimum(np.searchsorted(np.cumsum(weight), levels), len(weight) - 1)
    shuffled: np.ndarray = places[np.asarray(jax.random.permutation(order_key, draws))]
    return shuffled


def _insertion_p(rng_key: Array, steps: Sequence[_Step]) -> float:
    """Kolmogorov and Smirnov's p for even ranks of new points; 1 where there are none.

    References
    ----------
    Fowlie, Handley, Su 2020, "Nested sampling cross-checks using order statistics", doi
    10.1093/mnras/staa2345.
    """
    if not steps:
        return 1.0
    rank, among = (np.concatenate([getattr(step, name) for step in steps]) for name in ("rank", "among"))
    within = np.asarray(jax.random.uniform(rng_key, rank.shape))
    return float(stats.kstest((rank + within) / (among + 1), "uniform").pvalue)


def _faults(target: Target, point: Vector) -> list[str]:
    """Why the log density is not finite at a point; no gradient is asked for."""

    def density(x: Vector) -> tuple[float, Vector]:
        return float(target.potential(jnp.asarray(x), target.data)), np.zeros_like(x)

    return faults_at(target, density, point, target.data)

"""Sequential Monte Carlo: particles from the prior to the posterior by tempering, for several modes."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from blackjax.mcmc import hmc
from blackjax.smc import adaptive_tempered, resampling, tempered
from jaxtyping import Array

from windup.fit.errors import SettingsError
from windup.fit.execution.progress import Progress
from windup.fit.sampling.approximations.from_prior import log_likelihood_of, particles_of
from windup.fit.sampling.chains.sample import Chains
from windup.fit.sampling.target.density import compile_density
from windup.fit.sampling.target.starts import usable_starts
from windup.fit.sampling.target.target import Target
from windup.fit.settings.samplers import SequentialMonteCarlo

# The next temperature is the one at which this share of the particles still counts.
_TARGET_SHARE = 0.7
# Leapfrog steps of a move, in a metric of the particles' variances: about half a turn at the first step size.
_STEPS, _STEP_SIZE = 8, 0.4
# Between two temperatures the step size follows the acceptance of the moves; a stage whose moves are mostly
# refused is done again with half the step.
_TARGET_ACCEPT, _LEAST_ACCEPT, _SMALLEST_STEP = 0.8, 0.6, 1e-4
# Particles at which the density and its gradient are looked at first.
_LOOKED_AT = 8
# A population that needs more temperatures than this goes nowhere.
_MOST_TEMPERATURES = 1000


def draw_tempered(
    rng_key: Array, target: Target, settings: SequentialMonteCarlo, progress: Progress
) -> Chains:
    """Independent populations of particles, one as each chain.

    Between prior and posterior the likelihood counts to a power that rises from 0 to 1 by steps which leave
    70 % of the particles effective; after each the particles are resampled and moved.

    Raises
    ------
    SettingsError
        When the prior cannot be drawn from, or a population does not arrive.
    NoStart
        When no particle has a finite density and gradient.
    """
    particles_from = particles_of(target, "SequentialMonteCarlo")
    move = hmc.build_kernel()

    def moved(key: Array, state: Any, log_density: Any, step_size: Array, inverse_mass_matrix: Array) -> Any:
        return move(key, state, log_density, step_size, inverse_mass_matrix, _STEPS)

    advance = adaptive_tempered.build_kernel(
        target.log_prior, log_likelihood_of(target), moved, hmc.init, resampling.systematic, _TARGET_SHARE
    )

    @jax.jit
    def stage(key: Array, state: Any, step_size: Array) -> tuple[Any, Array, Array]:
        variance = jnp.var(state.particles, axis=0)
        tuning = {"step_size": step_size[None], "inverse_mass_matrix": variance[None]}
        after, info = advance(key, state, settings.moves, tuning)
        return after, jnp.mean(info.update_info.acceptance_rate), info.log_likelihood_increment

    populations, log_evidence = [], []
    cut: tuple[str, ...] = ()
    for number in range(settings.chains):
        key = jax.random.fold_in(rng_key, number)
        particles = particles_from(key, settings.draws)
        if number == 0:
            _, cut = usable_starts(target, compile_density(target), np.asarray(particles[:_LOOKED_AT]))
        state, step_size, evidence = tempered.init(particles), jnp.asarray(_STEP_SIZE), 0.0
        for count in range(_MOST_TEMPERATURES):
            after, acceptance, gained = stage(jax.random.fold_in(key, count), state, step_size)
            while acceptance < _LEAST_ACCEPT and step_size > _SMALLEST_STEP:
                step_size = step_size / 2.0
                after, acceptance, gained = stage(jax.random.fold_in(key, count), state, step_size)
            state, evidence = after, evidence + float(gained)
            step_size = step_size * jnp.exp(acceptance - _TARGET_ACCEPT)
            share = number + float(state.tempering_param)
            note = f"population {number + 1}: acceptance {float(acceptance):.2f}"
            progress("sample", round(100 * share), 100 * settings.chains, note)
            if float(state.tempering_param) >= 1.0:
                break
        else:
            raise SettingsError(
                f"Population {number + 1} of sequential Monte Carlo is at temperature "
                f"{float(state.tempering_param):.2g} after {_MOST_TEMPERATURES} steps; use more particles "
                "(draws)."
            )
        # blackjax moves first and weighs then: at the end the weights are those of the last temperature.
        last = resampling.systematic(
            jax.random.fold_in(key, _MOST_TEMPERATURES), state.weights, settings.draws
        )
        populations.append(np.asarray(state.particles[last]))
        log_evidence.append(evidence)
    x = np.stack(populations)
    density = jax.jit(jax.vmap(jax.vmap(lambda one: -target.potential(one, target.data))))
    log_density = np.asarray(density(jnp.asarray(x)))
    statistics = {
        "lp": log_density,
        "energy": -log_density,
        "diverging": np.zeros(x.shape[:2], bool),
        "log_evidence": np.repeat(np.asarray(log_evidence)[:, None], x.shape[1], axis=1),
    }
    return Chains(x, statistics, finished=True, cut=cut)

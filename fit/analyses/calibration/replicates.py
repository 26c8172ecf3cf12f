"""Replicates of a calibration: the rank of the truth among draws given the data that it made."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

import jax
import numpy as np
import xarray as xr
from jaxtyping import Array

from windup.fit.analyses.calibration.simulator import Simulator
from windup.fit.diagnostics.mixing import effective_sample_size
from windup.fit.execution.progress import Progress
from windup.fit.sampling.chains.sample import Chains
from windup.fit.storage.archive import Identity, read_archive, write_archive

LOG_DENSITY = "log_density"
# Draws until as many are effective as are kept; a posterior that resists so long is kept as it is, and told.
_ROUNDS = 4
_NUMBER = "number"


class Ranked(NamedTuple):
    """One variable of a replicate, or of all with a leading dimension.

    Attributes
    ----------
    pit
        Share of kept draws below the truth, spread evenly over its step: uniform where all is right.
    truth, median
        The truth, and the median of the kept draws.
    """

    pit: np.ndarray
    truth: np.ndarray
    median: np.ndarray


class Replicate(NamedTuple):
    """One replicate, or all with a leading dimension.

    Attributes
    ----------
    ranked
        By variable.
    effective
        Least bulk effective sample size of all parameters and of the log density.
    diverging
        Share of divergent draws.
    chains
        Number of chains that were drawn.
    seconds
        Wall time.
    """

    ranked: dict[str, Ranked]
    effective: np.ndarray
    diverging: np.ndarray
    chains: np.ndarray
    seconds: np.ndarray


# Does replicates by number and tells of each as it comes.
type Elsewhere = Callable[[list[int], Callable[[int, Replicate], None]], None]


def replicate(rng_key: Array, experiment: Simulator, retained: int) -> Replicate:
    """Simulate, draw and rank once.

    Parameters
    ----------
    rng_key
        The same key gives the same replicate.
    experiment
        What is calibrated.
    retained
        Draws that are kept, evenly from all chains. Sampling goes on with more chains until as many are
        effective, so that those kept are next to independent.
    """
    began = time.monotonic()
    simulation_key, chain_key, rank_key = jax.random.split(rng_key, 3)
    truth, data = experiment.simulate(simulation_key)
    drawn = list[Chains]()
    effective = 0.0
    while effective < retained and len(drawn) < _ROUNDS:
        drawn.append(experiment.draw(jax.random.fold_in(chain_key, len(drawn)), data))
        positions = np.concatenate([chains.unconstrained for chains in drawn])
        log_densities = np.concatenate([chains.statistics["lp"] for chains in drawn])
        effective = _least_effective(positions, log_densities)
    places = ((np.arange(retained) + 0.5) / retained * log_densities.size).astype(int)
    retained_draws = positions.reshape(log_densities.size, -1)[places]
    named = experiment.named(np.concatenate([truth[None], retained_draws]))
    own = [experiment.log_density(truth, data)]
    named[LOG_DENSITY] = np.concatenate([own, log_densities.ravel()[places]])
    ranked = {
        name: _ranked(jax.random.fold_in(rank_key, number), values[0], values[1:])
        for number, (name, values) in enumerate(sorted(named.items()))
    }
    diverging = np.mean(np.concatenate([chains.statistics["diverging"] for chains in drawn]))
    seconds = time.monotonic() - began
    count = np.asarray(len(positions))
    return Replicate(ranked, np.asarray(effective), diverging, count, np.asarray(seconds))


def run_replicates(
    rng_key: Array,
    experiment: Simulator,
    *,
    replicates: int,
    retained: int,
    identity: Identity,
    checkpoint: Path | None,
    resume_from: Path | None,
    progress: Progress,
    elsewhere: Elsewhere | None = None,
) -> Replicate:
    """All replicates, kept on disk after each; one depends on its number alone, not on those before it.

    Parameters
    ----------
    rng_key, experiment, retained
        As for `replicate`; the key of a replicate is this one with its number folded in.
    replicates
        How many.
    identity
        What has to be the same for kept replicates to count.
    checkpoint, resume_from
        Files that keep the finished ones.
    progress
        Called after each.
    elsewhere
        What does them, in any order, instead of this process.
    """
    finished = {} if resume_from is None else _unpacked(read_archive(resume_from, identity))
    done = {number: each for number, each in finished.items() if number < replicates}
    progress("replicates", len(done), replicates)

    def keep(number: int, replicate: Replicate) -> None:
        done[number] = replicate
        if checkpoint is not None:
            write_archive(checkpoint, identity, _all_packed(done))
        note = f"least ESS {float(replicate.effective):.0f} of {int(replicate.chains)} chains"
        progress("replicates", len(done), replicates, note)

    left = [number for number in range(replicates) if number not in done]
    if elsewhere is not None and left:
        elsewhere(left, keep)
    else:
        for number in left:
            keep(number, replicate(jax.random.fold_in(rng_key, number), experiment, retained))
    return _stacked([done[number] for number in range(replicates)])


def _least_effective(positions: np.ndarray, log_densities: np.ndarray) -> float:
    dims = ("chain", "draw")
    draws = xr.Dataset({"position": ((*dims, "coordinate"), positions), LOG_DENSITY: (dims, log_densities)})
    sizes = effective_sample_size(draws, "bulk")
    # A chain that stands still has none.
    return float(min(np.nan_to_num(sizes[str(name)].values).min() for name in sizes.data_vars))


def _ranked(rng_key: Array, truth: np.ndarray, draws: np.ndarray) -> Ranked:
    below = np.sum(draws < truth, axis=0)
    luck = np.asarray(jax.random.uniform(rng_key, truth.shape))
    return Ranked((below + luck) / (len(draws) + 1), truth, np.median(draws, axis=0))


def _stacked(replicates: list[Replicate]) -> Replicate:
    stacked: Replicate = jax.tree.map(lambda *parts: np.stack(parts), *replicates)
    return stacked


def packed(replicate: Replicate) -> dict[str, np.ndarray]:
    """Arrays by name of one replicate, or of all."""
    ranked = {
        f"{field}/{name}": values
        for name, variable in replicate.ranked.items()
        for field, values in variable._asdict().items()
    }
    return ranked | {field: getattr(replicate, field) for field in Replicate._fields[1:]}


def unpacked(arrays: Mapping[str, np.ndarray]) -> Replicate:
    """What `packed` gave."""
    names = sorted(name.removeprefix("pit/") for name in arrays if name.startswith("pit/"))
    ranked = {name: Ranked(*(arrays[f"{field}/{name}"] for field in Ranked._fields)) for name in names}
    return Replicate(ranked, *(arrays[field] for field in Replicate._fields[1:]))


def _all_packed(done: Mapping[int, Replicate]) -> dict[str, np.ndarray]:
    return packed(_stacked(list(done.values()))) | {_NUMBER: np.array(list(done))}


def _unpacked(arrays: Mapping[str, np.ndarray]) -> dict[int, Replicate]:
    together, numbers = unpacked(arrays), arrays[_NUMBER]
    return {
        int(number): jax.tree.map(lambda values, place=place: values[place], together)
        for place, number in enumerate(numbers)
    }

"""pyPESTO on a problem of PEtab for a given processor time, in an environment without windup.

The last line is JSON. Draws go to a file of NumPy, ``(chains, draws, parameters)``, on the scale of the
problem.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import time
from pathlib import Path
from typing import Any

import numpy as np

# Steps between two looks at the clock.
_STRETCH = 200
_TEMPERATURES = 5


def main() -> None:
    asked = argparse.ArgumentParser()
    asked.add_argument("problem", type=Path)
    asked.add_argument("--seconds", type=float, required=True, help="of the processor, for all chains")
    asked.add_argument("--out", type=Path, required=True)
    asked.add_argument("--simulator", default="amici")
    asked.add_argument("--sampler", default="adaptive-metropolis")
    asked.add_argument("--chains", type=int, default=4)
    asked.add_argument("--seed", type=int, default=1)
    given = asked.parse_args()
    began = time.monotonic(), time.process_time()
    problem, start = _problem(given.problem, given.simulator)
    built = time.monotonic(), time.process_time()
    cores = min(os.cpu_count() or 1, given.chains)
    with multiprocessing.get_context("fork").Pool(cores) as pool:
        # Each process takes turns with its chains.
        jobs = [
            pool.apply_async(
                _chains, (problem, start, given.sampler, range(first, given.chains, cores), given)
            )
            for first in range(cores)
        ]
        ended = [job.get() for job in jobs]
    seconds = time.monotonic() - built[0]
    found = {number: draws for draws_of, _ in ended for number, draws in draws_of.items()}
    length = min(len(draws) for draws in found.values())
    np.savez(
        given.out,
        draws=np.stack([found[number][:length] for number in sorted(found)]),
        names=np.array([problem.x_names[n] for n in problem.x_free_indices]),
    )
    times = {
        "build_s": built[0] - began[0],
        "build_cpu_s": built[1] - began[1],
        "sampling_s": seconds,
        "sampling_cpu_s": sum(spent for _, spent in ended),
    }
    print(json.dumps({**times, "draws": length}))


def _problem(path: Path, simulator: str) -> tuple[Any, np.ndarray]:
    import petab.v1 as petab
    from pypesto.petab import PetabImporter

    read = petab.Problem.from_yaml(str(path))
    # Its simulators take no parameters that differ from time to time of one observable.
    petab.flatten_timepoint_specific_output_overrides(read)
    importer = PetabImporter(read, simulator_type=simulator)
    problem = importer.create_problem()
    free = [n for n, name in enumerate(read.x_ids) if n in set(problem.x_free_indices)]
    nominal = np.array(read.x_nominal_scaled, float)[free]
    # A chain that begins at a bound proposes half of its steps beyond it.
    inside = 1e-3 * (np.asarray(problem.ub) - np.asarray(problem.lb))
    return problem, np.clip(nominal, problem.lb + inside, problem.ub - inside)


def _chains(
    problem: Any, start: np.ndarray, sampler: str, numbers: range, given: argparse.Namespace
) -> tuple[dict[int, np.ndarray], float]:
    """Draws by chain, and the processor time that they took."""
    from pypesto.sample import AdaptiveMetropolisSampler, AdaptiveParallelTemperingSampler

    # The clock of a process that was forked begins at nothing.
    until = given.seconds * len(numbers) / given.chains
    silent = {"show_progress": False}
    samplers = {}
    for number in numbers:
        # pyPESTO draws from the global state.
        np.random.seed(given.seed + number)  # noqa: NPY002
        one = AdaptiveMetropolisSampler(options=silent)
        if sampler == "adaptive-parallel-tempering":
            one = AdaptiveParallelTemperingSampler(
                internal_sampler=one, n_chains=_TEMPERATURES, options=silent
            )
            one.initialize(problem, [start] * _TEMPERATURES)
        else:
            one.initialize(problem, start)
        for inner in getattr(one, "samplers", [one]):
            inner.neglogpost = _forgiving(inner.neglogpost)
        samplers[number] = one
    while time.process_time() < until:
        for one in samplers.values():
            one.sample(_STRETCH)
    draws = {number: np.asarray(one.get_samples().trace_x[0]) for number, one in samplers.items()}
    return draws, time.process_time()


def _forgiving(density: Any) -> Any:
    """The same density, which is not a number where a solve fails: libRoadRunner ends with an error there."""

    def value(x: np.ndarray) -> float:
        try:
            return float(density(x))
        except RuntimeError:
            return float("nan")

    return value


if __name__ == "__main__":
    main()

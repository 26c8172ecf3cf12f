"""How the cost of one gradient grows with arms, chains, parameters, visits and steps.

    python -m benchmarks.scaling [--quick]

What is differentiated is the pain that `windup.models.solve` gives at the visits of the packaged trials, by
everything that it takes: the parameters of the mechanism, and per study its drive and the state of its
patients at enrolment. What a posterior adds is a few numbers per visit, or does not grow with the trials (the
patients' grid of steady states, priors). One size varies at a time:

arms
    The packaged trials are there several times, each time as other studies.
chains
    Draws in a vmap; milliseconds are those of all of them.
parameters
    The arms are the same, but come from more and more studies with a drive and patients of their own.
visits
    Every visit is there several times. A visit on a day of its own is a step besides.
steps
    Every step of the mesh is cut; counted are the steps that arms take, in all lanes of the integrator.

Slopes are those of the logarithm of processor time, or of memory, over the logarithm of the size. Memory is
what the compiled gradient allocates besides arguments and results. The last line is JSON.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Annotated, Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import typer
from jaxtyping import Array
from rich.console import Console
from rich.table import Table

from windup.datasets import packaged_trials
from windup.fit.design.build import build_design
from windup.fit.execution.process import prepare_process
from windup.models import Cascade, Drive, PainModel, Schedule, Turnover, Values, lasting_drive, refined, solve
from windup.models.integrator.plan import plan

from ._timing import side_by_side

# Patients at enrolment; what they are makes no difference to the cost.
_PAIN, _CENTRAL_SHARE = 6.0, 0.3
_BYTES = 8


class _Unknowns(NamedTuple):
    """What the gradient is taken by: parameters, and per study its drive and the state of its patients."""

    values: Values
    drive: Drive
    state: Any


class _Patient(NamedTuple):
    """A model at the medians of its parameters, and one patient with the drive that holds the pain."""

    model: PainModel[Any, Any]
    values: Values
    drive: Drive
    state: Any


class _Program(NamedTuple):
    """A traced gradient; ``states`` counts the numbers in one state per lane and step."""

    size: int
    traced: jax.stages.Lowered
    unknowns: _Unknowns
    states: int


class _Case(NamedTuple):
    """A compiled gradient; memory in MB."""

    size: int
    gradient: Callable[[], Any]
    memory: float
    states: float


class _Growth(NamedTuple):
    """Slope with its standard error, and the one between the two largest sizes."""

    slope: float
    error: float
    last: float


def main(
    quick: Annotated[
        bool, typer.Option("--quick", help="Three small sizes of another model: says that it runs, no more.")
    ] = False,
) -> None:
    """Growth of time and memory."""
    prepare_process()
    with ThreadPoolExecutor(os.cpu_count()) as beside:
        # Traced one after the other, compiled beside each other.
        compiling = {
            name: [beside.submit(_compiled, program) for program in programs]
            for name, programs in _series(Turnover() if quick else Cascade(), quick=quick)
        }
    series = {name: [each.result() for each in cases] for name, cases in compiling.items()}
    seconds = side_by_side(
        {(name, case.size): case.gradient for name, cases in series.items() for case in cases},
        rounds=2 if quick else 7,
    )
    table = Table("", "size", "processor ms", "memory, MB", "one state per step, MB")
    for name, cases in series.items():
        for case in cases:
            milliseconds = f"{1e3 * seconds[name, case.size]:.1f}"
            table.add_row(name, f"{case.size:,}", milliseconds, f"{case.memory:.2f}", f"{case.states:.2f}")
        table.add_section()
    growths = {
        name: _growth((case.size, seconds[name, case.size]) for case in cases)
        for name, cases in series.items()
    } | {
        f"memory_{name}": _growth((case.size, case.memory) for case in series[name])
        for name in ("arms", "chains", "steps")
    }
    slopes = Table("", "slope", "standard error", "between the two largest")
    for name, growth in growths.items():
        slopes.add_row(name.replace("_", " by "), *(f"{number:.3f}" for number in growth))
    Console().print(table, slopes)
    numbers = {f"slope_{name}": growth.slope for name, growth in growths.items()}
    numbers |= {f"error_{name}": growth.error for name, growth in growths.items()}
    print(json.dumps({name: float(f"{value:.4g}") for name, value in numbers.items()}))


def _series(model: PainModel[Any, Any], *, quick: bool) -> Iterable[tuple[str, Iterable[_Program]]]:
    trials = build_design(packaged_trials(blocks=())).schedule
    arms, visits = len(trials.study), len(trials.visit_arm)
    traced = partial(_traced, _patient(model))
    few, more, many = (1, 2, 4), (1, 2, 4, 8, 16), (1, 2, 4, 8, 16, 32, 64)
    yield "arms", (traced(_replicated(trials, n), size=n * arms) for n in (few if quick else many))
    yield "chains", (traced(trials, size=n, chains=n) for n in (few if quick else more))
    studies = (1, 32, arms) if quick else (1, 8, 32, arms)
    yield "parameters", (traced(trials._replace(study=np.arange(arms) % n)) for n in studies)
    yield "visits", (traced(_seen_again(trials, n), size=n * visits) for n in (few if quick else more))
    yield (
        "steps",
        (traced(cut, size=_steps(cut)) for cut in map(partial(_cut, trials), few if quick else more)),
    )


def _patient(model: PainModel[Any, Any]) -> _Patient:
    values = {parameter.name: jnp.asarray(parameter.location) for parameter in model.parameters()}
    share = np.full(1, _CENTRAL_SHARE)
    enrolled = jax.jit(lambda values: model.at_enrolment(jnp.full(1, _PAIN), share, np.ones(1), values))
    found = enrolled(values)
    return _Patient(model, values, lasting_drive(found.strength, share), found.state)


def _traced(patient: _Patient, schedule: Schedule, *, size: int | None = None, chains: int = 1) -> _Program:
    """Gradient for all chains; the size is the number of unknowns of each where none is given."""

    def misfit(unknowns: _Unknowns) -> Array:
        values, drive, state = unknowns
        course = solve(patient.model, schedule, drive, values, enrolled=state)
        return jnp.sum((course.pain - _PAIN) ** 2)

    studies = int(schedule.study.max()) + 1
    drive, state = jax.tree.map(lambda x: jnp.repeat(x, studies), (patient.drive, patient.state))
    one = _Unknowns(patient.values, drive, state)
    unknowns = jax.tree.map(lambda x: jnp.stack([x] * chains), one)
    gradient = jax.jit(jax.vmap(jax.value_and_grad(misfit)))
    return _Program(
        size=sum(x.size for x in jax.tree.leaves(one)) if size is None else size,
        traced=gradient.lower(unknowns),
        unknowns=unknowns,
        states=chains * _steps(schedule) * len(jax.tree.leaves(state)),
    )


def _compiled(program: _Program) -> _Case:
    gradient = program.traced.compile()
    memory: Any = gradient.memory_analysis()
    return _Case(
        size=program.size,
        gradient=partial(gradient, program.unknowns),
        memory=memory.temp_size_in_bytes / 1e6,
        states=_BYTES * program.states / 1e6,
    )


def _replicated(trials: Schedule, times: int) -> Schedule:
    studies, arms = int(trials.study.max()) + 1, len(trials.study)

    def others(index: np.ndarray, count: int) -> np.ndarray:
        return np.concatenate([index + number * count for number in range(times)])

    return trials._replace(
        study=others(trials.study, studies),
        doses=jax.tree.map(lambda dose: np.tile(dose, (1, times)), trials.doses),
        visit_arm=others(trials.visit_arm, arms),
        visit_node=np.tile(trials.visit_node, times),
    )


def _seen_again(trials: Schedule, times: int) -> Schedule:
    return trials._replace(
        visit_arm=np.tile(trials.visit_arm, times), visit_node=np.tile(trials.visit_node, times)
    )


def _cut(trials: Schedule, parts: int) -> Schedule:
    return trials._replace(
        trial_days=refined(trials.trial_days, parts),
        doses=jax.tree.map(lambda dose: np.repeat(dose, parts, axis=0), trials.doses),
        visit_node=trials.visit_node * parts,
        passing=trials.passing * parts,
        settling_node=trials.settling_node * parts,
    )


def _steps(schedule: Schedule) -> int:
    """Steps in all lanes of the integrator."""
    treated = np.flatnonzero(np.any(np.stack(jax.tree.leaves(schedule.doses)) != 0.0, axis=(0, 1)))
    lanes = plan(schedule, treated)
    return int(len(lanes.group) * lanes.arm.shape[1])


def _growth(points: Iterable[tuple[int, float]]) -> _Growth:
    size, cost = np.log(np.array(sorted(points))).T
    (slope, _), covariance = np.polyfit(size, cost, 1, cov=True)
    last: float = (cost[-1] - cost[-2]) / (size[-1] - size[-2])
    return _Growth(slope, np.sqrt(covariance[0, 0]), last)


if __name__ == "__main__":
    typer.run(main)

"""Profiles of several parameters at once: on the threads of this process, or on a cluster."""

from __future__ import annotations

import os
from typing import NamedTuple

import numpy as np

from windup.datasets import Trials
from windup.fit.analyses.identifiability.densities import (
    Densities,
    compile_evidence,
    compile_log_gain,
    covariance_of,
)
from windup.fit.analyses.identifiability.gain_profile import GainProfile, gain_profile
from windup.fit.analyses.identifiability.profile import Profile, optimum, profile
from windup.fit.execution.once import once
from windup.fit.execution.process import prepare_process, quiet_linear_algebra
from windup.fit.execution.progress import Progress
from windup.fit.execution.tasks import ONE_PROCESS, Shared, TaskOutput, do_tasks
from windup.fit.problem.build import problem_of
from windup.fit.problem.problem import Problem
from windup.fit.runs.fitted_run import FittedRun
from windup.fit.sampling.target.coordinates import Square, Vector
from windup.fit.sampling.target.density import ValueAndGradient
from windup.fit.settings.fit import Settings

DENSITIES = ("posterior", "likelihood")
_SEARCH = 400


class _Task(NamedTuple):
    """Trials and settings from which a worker builds the two densities, and the draws that scale a search."""

    trials: Trials
    settings: Settings
    refinement: int
    middle: Vector
    covariance: Square


class Searched(NamedTuple):
    """Profiles by density: of coordinates in the order in which they are wanted, and of the total gain.

    There is none of the gain where the model has no loop.
    """

    coordinates: dict[str, list[Profile]]
    gain: dict[str, GainProfile]


class _Held(NamedTuple):
    """One profile: of which density, through which maximum, of which coordinate."""

    density: str
    best: Vector
    place: int
    name: str


def search_profiles(
    run: FittedRun,
    positions: np.ndarray,
    coordinates: tuple[str, ...],
    wanted: tuple[str, ...],
    scheduler: str | None,
    progress: Progress,
) -> Searched:
    """Profiles of both densities.

    Parameters
    ----------
    run
        Finished run.
    positions, coordinates
        Its unconstrained draws, and the names of their columns.
    wanted
        Parameters; a drug with enough trials is sampled, and profiled, by its effect on pain.
    scheduler
        As for `windup.fit.identify`.
    progress
        Called when a maximum is known and after every finished profile.
    """
    searched = _Task(
        run.trials,
        run.settings,
        run.mesh_refinement,
        np.median(positions, axis=0),
        covariance_of(positions),
    )
    about = (
        searched.trials.sha256,
        searched.settings.as_json(),
        searched.refinement,
        searched.middle.tobytes(),
    )
    shared, place = Shared.of(searched, *about), scheduler or ONE_PROCESS
    threads = os.cpu_count() or 1
    if place == ONE_PROCESS:
        progress("compile", 0, 0, "density and prior")
        _evidence(shared)
    progress("optimum", 0, len(DENSITIES))
    best: dict[str, Vector] = {}

    def keep_best(density: str, result: TaskOutput) -> None:
        best[density] = result["best"]
        progress("optimum", len(best), len(DENSITIES), density)

    do_tasks(
        _optimum,
        shared,
        dict(zip(DENSITIES, DENSITIES, strict=True)),
        scheduler=place,
        keep=keep_best,
        threads=threads,
    )
    names = [f"{name}_response" if name not in coordinates else name for name in wanted]
    tasks = {
        f"{density}-{name}": _Held(density, best[density], coordinates.index(name), name)
        for density in DENSITIES
        for name in names
    }
    known: dict[str, Profile] = {}
    progress("profiles", 0, len(tasks))

    def keep_profile(task: str, result: TaskOutput) -> None:
        value, potential, converged = (result[key] for key in ("value", "potential", "converged"))
        low, high = (float(result[key]) for key in ("low", "high"))
        known[task] = Profile(tasks[task].name, value, potential, converged, low, high)
        progress("profiles", len(known), len(tasks), task)

    do_tasks(_profile, shared, tasks, scheduler=place, keep=keep_profile, threads=threads)
    of_gain: dict[str, GainProfile] = {}

    def keep_gain(density: str, result: TaskOutput) -> None:
        gain, fall, converged, its_best = (result[key] for key in GainProfile._fields)
        of_gain[density] = GainProfile(gain, fall, converged, float(its_best))
        progress("gain", len(of_gain), len(DENSITIES), density)

    if run.problem.model.loops:
        progress("gain", 0, len(DENSITIES))
        do_tasks(
            _gain,
            shared,
            {density: (density, best[density]) for density in DENSITIES},
            scheduler=place,
            keep=keep_gain,
            threads=threads,
        )
    return Searched(
        {density: [known[f"{density}-{name}"] for name in names] for density in DENSITIES},
        {density: of_gain[density] for density in DENSITIES if density in of_gain},
    )


def _optimum(shared: Shared[_Task], density: str) -> TaskOutput:
    searched = shared.content
    with quiet_linear_algebra():
        best = optimum(_density(shared, density), searched.middle, searched.covariance, iterations=_SEARCH)
    return {"best": best}


def _profile(shared: Shared[_Task], held: _Held) -> TaskOutput:
    with quiet_linear_algebra():
        density, covariance = _density(shared, held.density), shared.content.covariance
        profiled = profile(density, held.best, covariance, held.place, held.name)
    return {
        "value": profiled.value,
        "potential": profiled.potential,
        "converged": profiled.converged,
        "low": np.asarray(profiled.low),
        "high": np.asarray(profiled.high),
    }


def _gain(shared: Shared[_Task], about: tuple[str, Vector]) -> TaskOutput:
    density, best = about
    with quiet_linear_algebra():
        found = gain_profile(_density(shared, density), _log_gain(shared), best, shared.content.covariance)
    return {name: np.asarray(value) for name, value in found._asdict().items()}


def _density(shared: Shared[_Task], name: str) -> ValueAndGradient:
    evidence = _evidence(shared)
    return evidence.posterior if name == "posterior" else evidence.likelihood


@once
def _evidence(shared: Shared[_Task]) -> Densities:
    prepare_process()
    return compile_evidence(_problem(shared))


@once
def _log_gain(shared: Shared[_Task]) -> ValueAndGradient:
    prepare_process()
    return compile_log_gain(_problem(shared))


@once
def _problem(shared: Shared[_Task]) -> Problem:
    searched = shared.content
    return problem_of(searched.trials, searched.settings, refinement=searched.refinement)

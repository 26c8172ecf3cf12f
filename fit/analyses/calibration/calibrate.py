"""Simulation-based calibration: the function behind ``windup calibrate``."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax
import xarray as xr
from jaxtyping import Array

from windup.datasets import Trials
from windup.fit.analyses.calibration.replicates import (
    LOG_DENSITY,
    Elsewhere,
    Replicate,
    packed,
    replicate,
    run_replicates,
    unpacked,
)
from windup.fit.analyses.calibration.settings import CalibrationSettings
from windup.fit.analyses.calibration.simulator import Simulator, problem_experiment
from windup.fit.design.subset import some_studies
from windup.fit.errors import Interrupted
from windup.fit.execution.identity import versions
from windup.fit.execution.once import once
from windup.fit.execution.process import prepare_process, quiet_linear_algebra
from windup.fit.execution.progress import Progress, silent
from windup.fit.execution.tasks import ONE_PROCESS, THIS_MACHINE, Shared, TaskOutput, do_tasks, workers_here
from windup.fit.posterior.tree import described
from windup.fit.problem.build import problem_of
from windup.fit.problem.problem import Problem

# They change no replicate; which studies were chosen is told by name.
_NO_CHANGE = ("replicates", "data", "out", "studies")


def calibrate(
    trials: Trials,
    settings: CalibrationSettings,
    *,
    progress: Progress = silent,
    checkpoint: Path | None = None,
    resume_from: Path | None = None,
    scheduler: str | None = None,
) -> xr.DataTree:
    r"""Check that fits of simulated trials find the parameters that made them, as often as they claim to.

    Each replicate draws parameters :math:`\theta` from the prior and observations from the likelihood on the
    design of the trials, fits these as `windup.fit.fit_posterior` would, and ranks :math:`\theta`
    among the draws. Whatever the design, ranks are uniform when likelihood, prior, gradients and sampler are
    all right.

    Parameters
    ----------
    trials
        From `windup.datasets.load_trials`: their arms, doses, visits, kinds of rows and standard errors are
        kept, their estimates are replaced.
    settings
        Model, number of replicates and of studies, sampler and seed.
    progress
        Called with the progress of each phase.
    checkpoint
        File that keeps all finished replicates.
    resume_from
        Such a file of a calibration that was cut off; more replicates may be asked for than then.
    scheduler
        Where replicates are fitted: the address of a Dask scheduler, ``"local"`` for a cluster on this
        machine, ``"none"`` for this process alone. The default is a cluster on this machine where it has
        cores for more than one fit.

    Returns
    -------
    xarray.DataTree
        Groups ``prior_sbc`` (ranks between 0 and 1 by parameter, with one ``chain`` whose ``draw`` is a
        replicate, as arviz plots them), ``truth``, ``posterior_median`` and ``fits`` (least effective sample
        size, share of divergences, chains and seconds of each fit). Besides the parameters there is
        ``log_density``, whose ranks detect a posterior that ignores its data.

    Raises
    ------
    Interrupted
        The user stopped it; finished replicates are in ``checkpoint``.
    RunFolderRefused
        The calibration of ``resume_from`` was another one; the message names what changed.
    SettingsError, SettingsFaults
        When there are fewer studies than asked for, or priors and fixed values cannot be used.

    Notes
    -----
    Patients that cannot last are refused while drawing from the prior
    (`windup.fit.problem.people.one_patient.log_lasting`). What is read off the published baselines as a
    covariate stays as published.

    References
    ----------
    Talts et al. 2018, "Validating Bayesian inference algorithms with simulation-based calibration", arXiv
    1804.06788. Modrák et al. 2025, "Simulation-based calibration checking for Bayesian computation: the
    choice of test quantities shapes sensitivity", Bayesian Analysis 20, doi 10.1214/23-BA1404.
    """
    prepare_process()
    chosen = trials if settings.studies is None else some_studies(trials, settings.studies)
    problem = problem_of(chosen, settings)
    place = scheduler or (THIS_MACHINE if workers_here() > 1 else ONE_PROCESS)
    try:
        with quiet_linear_algebra():
            experiment = problem_experiment(problem, settings.sampler, progress=progress)
            replicates = run_replicates(
                _key(settings),
                experiment,
                replicates=settings.replicates,
                retained=settings.retained,
                identity={**_identity(settings, chosen, problem), **experiment.identity},
                checkpoint=checkpoint,
                resume_from=resume_from,
                progress=progress,
                elsewhere=None if place == ONE_PROCESS else _on_workers(chosen, settings, place),
            )
    except KeyboardInterrupt:
        raise Interrupted(None) from None
    return calibration_tree(replicates, problem, settings)


def calibration_tree(replicates: Replicate, problem: Problem, settings: CalibrationSettings) -> xr.DataTree:
    """Replicates as a tree with named dimensions."""

    def labelled(field: str) -> xr.Dataset:
        # One chain, whose draws are replicates.
        values = {name: getattr(variable, field)[None] for name, variable in replicates.ranked.items()}
        log_density = xr.DataArray(values.pop(LOG_DENSITY), dims=("chain", "draw"))
        return described(problem, values).assign({LOG_DENSITY: log_density})

    fits = {name: ("replicate", getattr(replicates, name)) for name in Replicate._fields[1:]}
    tree = xr.DataTree.from_dict(
        {
            "prior_sbc": labelled("pit"),
            "truth": labelled("truth"),
            "posterior_median": labelled("median"),
            "fits": xr.Dataset(fits),
        }
    )
    design = problem.design
    about: dict[str, Any] = {
        "settings": settings.as_json(),
        "studies": list(design.studies),
        "rows_by_kind": dict(Counter(design.rows.kind)),
        "versions": versions(),
    }
    tree.attrs = {name: json.dumps(value) for name, value in about.items()}
    return tree


def _on_workers(chosen: Trials, settings: CalibrationSettings, scheduler: str) -> Elsewhere:
    """Replicates on the workers of a cluster."""
    shared = Shared.of(
        (chosen, settings), chosen.sha256, list(chosen.studies["study_id"]), settings.as_json()
    )

    def do(numbers: list[int], keep: Callable[[int, Replicate], None]) -> None:
        do_tasks(
            _one,
            shared,
            {str(number): number for number in numbers},
            scheduler=scheduler,
            keep=lambda name, arrays: keep(int(name), unpacked(arrays)),
        )

    return do


def _one(shared: Shared[tuple[Trials, CalibrationSettings]], number: int) -> TaskOutput:
    """One replicate, on a worker."""
    _, settings = shared.content
    with quiet_linear_algebra():
        result = replicate(jax.random.fold_in(_key(settings), number), _experiment(shared), settings.retained)
    return packed(result)


@once
def _experiment(shared: Shared[tuple[Trials, CalibrationSettings]]) -> Simulator:
    prepare_process()
    chosen, settings = shared.content
    return problem_experiment(
        problem_of(chosen, settings),
        settings.sampler,
        progress=silent,
    )


def _key(settings: CalibrationSettings) -> Array:
    return jax.random.key(settings.seed)


def _identity(settings: CalibrationSettings, trials: Trials, problem: Problem) -> dict[str, str]:
    """What decides a replicate, under the name that a user gives it; not the number of replicates."""
    plain = settings.as_json()
    sampler = {f"{name} of the sampler": str(value) for name, value in plain.pop("sampler").items()}
    chosen = {name: str(value) for name, value in plain.items() if name not in _NO_CHANGE}
    studies = ", ".join(problem.design.studies)
    return {
        **chosen,
        **sampler,
        "the studies": studies,
        "the data's SHA-256": trials.sha256[:12],
        **versions(),
    }

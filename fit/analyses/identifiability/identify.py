"""Which parameters the data identify: the function behind ``windup identify``."""

from __future__ import annotations

from pathlib import Path

import jax
import numpy as np
import pandas as pd

from windup.fit.analyses.identifiability.choice import chosen_parameters, loop_parameters
from windup.fit.analyses.identifiability.findings import identify_findings
from windup.fit.analyses.identifiability.information import row_information, spectrum
from windup.fit.analyses.identifiability.search import search_profiles
from windup.fit.analyses.identifiability.trade_offs import trade_offs
from windup.fit.diagnostics.contraction import contraction
from windup.fit.execution.process import prepare_process, quiet_linear_algebra
from windup.fit.execution.progress import Progress, silent
from windup.fit.problem.margins import posterior_margins
from windup.fit.problem.model import evaluate_sites
from windup.fit.problem.problem import Draw
from windup.fit.problem.target import build_target
from windup.fit.runs.analysis_result import AnalysisResult
from windup.fit.runs.fitted_run import FittedRun, read_run
from windup.fit.storage.tree import flat, group

PROFILES = 6
# Draws at which the information is taken, beside each other in the figure.
_POINTS = 4


def identify(
    run: Path, *, profiles: int = PROFILES, scheduler: str | None = None, progress: Progress = silent
) -> AnalysisResult:
    r"""Assess which parameters the data of a run identify, and which directions only the prior determines.

    Contraction from prior to posterior; Fisher information of the rows, :math:`J^T R^{-1} J` in prior
    standard deviations, with its stiffest and sloppiest directions; profiles of the posterior density and of
    the likelihood with likelihood-ratio intervals; pairs that trade off.

    Parameters
    ----------
    run
        Finished run.
    profiles
        Number of parameters that are profiled.
    scheduler
        Where they are: the address of a Dask scheduler, ``"local"`` for a cluster on this machine, ``"none"``
        (the default) for this process with a thread per core.
    progress
        Called with the progress of each phase.

    Raises
    ------
    RunFolderRefused
        When the run cannot be read.

    Notes
    -----
    Profiles maximise over all other coordinates, effects of single studies included; of a likelihood in which
    these were integrated out the profile could be wider.

    References
    ----------
    Raue et al. 2009, Bioinformatics 25:1923, doi 10.1093/bioinformatics/btp358 (profile likelihood, practical
    non-identifiability). Gutenkunst et al. 2007, PLoS Computational Biology 3:e189, doi
    10.1371/journal.pcbi.0030189 (sloppiness).
    """
    prepare_process()
    progress("load", 0, 0)
    read = read_run(run)
    problem, table = read.problem, contraction(read.tree)
    positions = flat(group(read.tree, "unconstrained_posterior")["position"]).values
    target = build_target(problem)
    ties = trade_offs(*_with_strengths(read, positions, target.coordinates))
    margins = posterior_margins(problem.model, read.draws(len(positions)))
    with quiet_linear_algebra():
        progress("information", 0, 0)
        middle = np.median(positions, axis=0)
        at = [middle, *positions[np.linspace(0, len(positions) - 1, _POINTS).astype(int)]]
        named = jax.jit(lambda x: evaluate_sites(problem, target.constrain(x))[0])
        draws: tuple[Draw, ...] = tuple(named(x) for x in at)
        at_points = row_information(problem, draws, _labels(read))
        spectra = [
            spectrum(each.fisher, each.names).assign(point=place) for place, each in enumerate(at_points)
        ]
        wanted = chosen_parameters(table, margins, loop_parameters(problem.model, margins), profiles)
        known = search_profiles(read, positions, target.coordinates, wanted, scheduler, progress)
    return identify_findings(read, table, pd.concat(spectra, ignore_index=True), at_points[0], known, ties)


def _with_strengths(
    read: FittedRun, positions: np.ndarray, coordinates: tuple[str, ...]
) -> tuple[np.ndarray, tuple[str, ...]]:
    """Positions with the strengths of drugs where their responses were sampled.

    A response is made of all strengths of its drug, and so tied to them whatever the data say.
    """
    posterior = group(read.tree, "posterior")
    columns, names = positions.copy(), list(coordinates)
    for place, name in enumerate(coordinates):
        strength = name.removesuffix("_response")
        if strength != name and strength in posterior:
            # Strengths have normal priors: they are unconstrained as they are.
            columns[:, place], names[place] = flat(posterior[strength]).values, strength
    return columns, tuple(names)


def _labels(read: FittedRun) -> dict[str, list[str]]:
    posterior = group(read.tree, "posterior")
    return {
        str(name): [str(label) for label in variable[variable.dims[-1]].values]
        for name, variable in posterior.data_vars.items()
        if set(variable.dims) > {"chain", "draw"} and len(variable.dims) == 3
    }

"""Which parameters and priors move the results: the function behind ``windup sensitivity``."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np

from windup.datasets import Trials, block_counts, packaged_trials
from windup.fit.analyses.sensitivity.chosen import with_chosen
from windup.fit.analyses.sensitivity.findings import global_findings, local_findings
from windup.fit.analyses.sensitivity.global_indices import MORRIS, SOBOL, GlobalMethod, indices
from windup.fit.analyses.sensitivity.local_derivatives import derivatives, local_table
from windup.fit.analyses.sensitivity.power_scaling import power_scaling_table, power_scaling_tree
from windup.fit.analyses.sensitivity.prior_findings import (
    NOTHING,
    OF_BLOCKS,
    OF_WIDTHS,
    Changed,
    power_scaling_findings,
    refit_findings,
)
from windup.fit.analyses.sensitivity.refit import (
    Variant,
    convergence_table,
    refit_settings,
    refit_table,
    refits,
)
from windup.fit.analyses.sensitivity.responses import responses_of
from windup.fit.analyses.sensitivity.settings import SensitivitySettings
from windup.fit.analyses.sensitivity.sweep import sweep
from windup.fit.analyses.sensitivity.variants import (
    FACTORS,
    POOLING,
    with_blocks,
    with_prior_widths,
    within_studies,
)
from windup.fit.errors import SettingsError
from windup.fit.execution.process import prepare_process, quiet_linear_algebra
from windup.fit.execution.progress import Progress, silent
from windup.fit.problem.build import model_named
from windup.fit.problem.margins import Margins, posterior_margins, prior_margins
from windup.fit.runs.analysis_result import AnalysisResult
from windup.fit.runs.fitted_run import FittedRun, read_run
from windup.fit.runs.notices import NOT_CONVERGED, QUICK
from windup.fit.settings.fit import Settings
from windup.models import PainModel

# Beyond this a margin's quantiles gain nothing.
_MOST_DRAWS = 20_000


def analyse_sensitivity(
    settings: SensitivitySettings,
    *,
    store: Path | None = None,
    scheduler: str | None = None,
    progress: Progress = silent,
) -> AnalysisResult:
    r"""Find which parameters and priors move the results of a model, or of a run.

    Responses are the differences from placebo and the pain at 12 weeks on every packaged regimen in the
    reference patient, the loop gains, and CSF magnesium under oral magnesium.

    ``local``: :math:`\partial y / \partial \log p` in prior standard deviations, and elasticities
    :math:`\partial \log y / \partial \log p`, at draws. ``morris`` and ``sobol``: elementary effects and
    shares of variance, each parameter alone over its posterior (a run) or prior (a model).
    ``power-scaling``: how far the posterior of a run moves when its prior or data count a little more.
    ``prior-refit``: the fit again with prior widths of the mechanism halved and doubled. ``block-refit``: the
    fit again without each block of the likelihood that its trials have, and with a free course of the
    controls in each study.

    Parameters
    ----------
    settings
        Run or model, method, size and seed.
    store
        Folder that keeps finished fits of the two refits until all are there; other methods need none.
    scheduler
        Where solves and fits are done: the address of a Dask scheduler, ``"local"`` for a cluster on this
        machine, ``"none"`` for this process. The default is this process for solves, and for fits a cluster
        on this machine where it has cores for more than one.
    progress
        Called with the progress of each phase.

    Returns
    -------
    Findings
        Tables, figures, draws and a page.

    Raises
    ------
    RunFolderRefused
        When the run cannot be read.
    SettingsError
        When there is no folder for fits.

    References
    ----------
    Saltelli et al. 2010, doi 10.1016/j.cpc.2009.09.018. Morris 1991, doi 10.1080/00401706.1991.10484804.
    Kallioinen et al. 2024, doi 10.1007/s11222-023-10366-5. Herman and Usher 2017 (SALib), doi
    10.21105/joss.00097.
    """
    prepare_process()
    progress("load", 0, 0)
    run = None if settings.run is None else read_run(settings.run)
    model = model_named(settings.source) if run is None else run.problem.model
    about = f"the prior of '{model.name}'" if run is None else f"a posterior of '{model.name}'"
    with quiet_linear_algebra():
        result = _by_method(settings, model, run, about, store, scheduler, progress)
    if run is None:
        return result
    result = with_chosen(result, run.problem.chosen)
    return dataclasses.replace(result, numbers={**result.numbers, "draws_sha256": run.draws_sha256})


def _by_method(
    settings: SensitivitySettings,
    model: PainModel[Any, Any],
    run: FittedRun | None,
    about: str,
    store: Path | None,
    scheduler: str | None,
    progress: Progress,
) -> AnalysisResult:
    notices = () if run is None else run.notices
    match settings.method:
        case "power-scaling":
            assert run is not None  # the settings refuse it
            weighed = power_scaling_tree(run.problem, run.tree)
            progress("weigh", 0, 0)
            fixed = run.problem.chosen.fixed
            return power_scaling_findings(power_scaling_table(weighed), weighed, about, notices, fixed)
        case "prior-refit" | "block-refit":
            if store is None:
                raise SettingsError("Fits take long: give a folder that keeps the finished ones (store).")
            return _refit(settings, model, run, notices, store, scheduler, progress)
    margins = prior_margins(model) if run is None else posterior_margins(model, run.draws(_MOST_DRAWS))
    if settings.method == "local":
        return _local(settings, model, margins, about, notices, progress)
    method = SOBOL if settings.method == "sobol" else MORRIS
    return _global(settings, method, model, margins, about, notices, scheduler, progress)


def _global(
    settings: SensitivitySettings,
    method: GlobalMethod,
    model: PainModel[Any, Any],
    margins: Margins,
    about: str,
    notices: tuple[str, ...],
    scheduler: str | None,
    progress: Progress,
) -> AnalysisResult:
    responses = responses_of(model)
    design = method.design(margins.names, settings.size, seed=settings.seed)
    points = margins.at(design.points, central=method.central)
    solved = sweep(model, margins, points, scheduler=scheduler, progress=progress)
    scaled = responses.scaled(solved)
    known = indices(
        method, margins.names, design, responses.names, scaled, seed=settings.seed, progress=progress
    )
    return global_findings(settings.method, method, responses, margins, design, solved, known, about, notices)


def _local(
    settings: SensitivitySettings,
    model: PainModel[Any, Any],
    margins: Margins,
    about: str,
    notices: tuple[str, ...],
    progress: Progress,
) -> AnalysisResult:
    responses = responses_of(model)
    points = np.concatenate([margins.medians[None], margins.draws(settings.size, seed=settings.seed)])
    at = derivatives(responses, margins, points, progress=progress)
    table = local_table(responses, margins, at)
    return local_findings(responses, margins, points, at, table, about, notices)


def _refit(
    settings: SensitivitySettings,
    model: PainModel[Any, Any],
    run: FittedRun | None,
    notices: tuple[str, ...],
    store: Path,
    scheduler: str | None,
    progress: Progress,
) -> AnalysisResult:
    trials: Trials = packaged_trials() if run is None else run.trials
    of_run = None if run is None else run.settings
    asked = refit_settings(of_run, model=model.name, preset=settings.preset, seed=settings.seed)
    known = None if run is None else run.tree
    variants, changed = variants_of(settings.method, asked, model, trials)
    fits = refits(trials, variants, known=known, store=store, scheduler=scheduler, progress=progress)
    checks = convergence_table(fits, by=changed.column)
    extra = {NOT_CONVERGED: not checks["converged"].all(), QUICK: settings.preset == "quick"}
    sentences = dict.fromkeys([*notices, *(sentence for sentence, holds in extra.items() if holds)])
    table = refit_table(fits, by=changed.column)
    return refit_findings(changed, table, checks, fits, f"fits of '{model.name}'", tuple(sentences))


def variants_of(
    method: str, asked: Settings, model: PainModel[Any, Any], trials: Trials
) -> tuple[list[Variant], Changed]:
    """Fits to be done, that of nothing changed first, and the words for what is changed in them."""
    if method == "prior-refit":
        parameters = model.parameters()
        return [
            Variant(factor, with_prior_widths(asked, parameters, factor)) for factor in FACTORS
        ], OF_WIDTHS
    needed = block_counts(trials.observations.loc[trials.observations["used"], "blocks"])
    left = {
        name: tuple(block for block in trials.blocks if block != name)
        for name in trials.blocks
        if needed.get(name)
    }
    for name, blocks in left.items():
        if not with_blocks(trials, blocks).observations["used"].any():
            raise SettingsError(f"Every row of these trials needs the block '{name}': nothing would be left.")
    variants = [Variant(name, dataclasses.replace(asked, blocks=blocks)) for name, blocks in left.items()]
    return [Variant(NOTHING, asked), *variants, Variant(POOLING, within_studies(asked))], OF_BLOCKS

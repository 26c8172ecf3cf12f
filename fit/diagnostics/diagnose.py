"""All diagnostics of the draws of one run, without a new fit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, final

import pandas as pd
import xarray as xr

from windup.fit.diagnostics.contraction import contraction
from windup.fit.diagnostics.convergence import Convergence, check_convergence
from windup.fit.diagnostics.effects import (
    drug_effects,
    lasting_shares,
    loop_gains,
    people_above_one,
    trials_in,
)
from windup.fit.diagnostics.own_trials import own_contrasts, own_trials
from windup.fit.diagnostics.predictive.coverage import coverage, coverage_by, predictive_rows
from windup.fit.diagnostics.predictive.suspects import with_suspicion
from windup.fit.diagnostics.predictive.visit_spreads import spread_findings, visit_spreads
from windup.fit.diagnostics.small_studies import small_studies
from windup.fit.diagnostics.solver_trust import Trust, trust_in
from windup.fit.storage.tree import group


@final
@dataclass(frozen=True)
class Diagnosis:
    """What a run shows, and how far it can be trusted.

    Attributes
    ----------
    convergence
        Convergence checks.
    rows
        Each observed row with its predictive distribution (`predictive_rows`).
    coverage
        Share of rows inside the central interval, by level in percent.
    studies, kinds
        The same by study and by kind of row, worst first (`coverage_by`). Rows and studies have probabilities
        of being suspect where the error model has them (`windup.fit.diagnostics.predictive.suspects`).
    contraction
        Prior and posterior of each parameter (`contraction`).
    drug_effects
        Difference from placebo at week 12 (`drug_effects`).
    trial_effects
        What each controlled trial measured (`windup.fit.design.measured.trial_effects`).
    own_trials, own_contrasts
        Estimate of each treatment and pooled contrast of its own trials, and each contrast
        (`windup.fit.diagnostics.own_trials`); empty where they were not compared.
    small_studies
        Whether small trials report more relief (`windup.fit.diagnostics.small_studies`); None where too few
        trials were compared.
    loop_gains
        Gains of the feedback loops (`loop_gains`).
    people_above_one
        Share of people in whom a loop sustains itself, where gains differ (`people_above_one`).
    visit_spreads
        Each printed SD between patients at a visit with its predictive distribution
        (`windup.fit.diagnostics.predictive.visit_spreads`); empty where an arm is one patient.
    spread_findings
        How well these are explained; None where there are none.
    lasting_shares
        Share of patients who would keep half of their pain without its cause (`lasting_shares`).
    failed_solves
        Number of draws that could not be solved, for each arm that has any.
    solver
        Solver trust from tight solves of some draws; None where there are none.
    """

    convergence: Convergence
    rows: pd.DataFrame
    coverage: dict[int, float]
    studies: pd.DataFrame
    kinds: pd.DataFrame
    contraction: pd.DataFrame
    drug_effects: pd.DataFrame
    trial_effects: pd.DataFrame
    own_trials: pd.DataFrame
    own_contrasts: pd.DataFrame
    small_studies: dict[str, Any] | None
    loop_gains: pd.DataFrame
    people_above_one: dict[str, dict[str, float]]
    lasting_shares: pd.DataFrame
    visit_spreads: pd.DataFrame
    spread_findings: dict[str, Any] | None
    failed_solves: dict[str, int]
    solver: Trust | None


def diagnose(tree: xr.DataTree) -> Diagnosis:
    """Compute every diagnostic of a run.

    Parameters
    ----------
    tree
        Run as `fit_posterior` returns it.

    Examples
    --------
    >>> diagnose(fit_posterior(trials, settings)).convergence.converged  # doctest: +SKIP
    True
    """
    rows = with_suspicion(predictive_rows(tree), tree, "row")
    counts = group(tree, "failed_solves")["count"]
    spreads = visit_spreads(tree)
    failed = {str(arm): int(count) for arm, count in zip(_names(counts), counts.values, strict=True) if count}
    return Diagnosis(
        convergence=check_convergence(tree),
        rows=rows,
        coverage=coverage(rows),
        studies=with_suspicion(coverage_by(rows, "study"), tree, "study"),
        kinds=coverage_by(rows, "kind"),
        contraction=contraction(tree),
        drug_effects=drug_effects(tree),
        trial_effects=trials_in(tree),
        own_trials=own_trials(tree),
        own_contrasts=own_contrasts(tree),
        small_studies=small_studies(tree),
        loop_gains=loop_gains(tree),
        people_above_one=people_above_one(tree),
        lasting_shares=lasting_shares(tree),
        visit_spreads=spreads,
        spread_findings=spread_findings(tree, spreads),
        failed_solves=failed,
        solver=trust_in(tree),
    )


def _names(variable: xr.DataArray) -> list[str]:
    """Names along the only dimension of a variable; its coordinate counts from 0 when it has none."""
    return [str(name) for name in variable[variable.dims[0]].values]

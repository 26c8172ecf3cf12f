"""The record of a run that `summary.json` holds and every page is rendered from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
import xarray as xr

from windup.datasets import CAUSE_REMOVED, WITHIN_HOURS, Trials, block_counts, rows_by_treatment
from windup.fit.diagnostics.convergence import MAX_DIVERGENCE_SHARE, MAX_RHAT, MIN_EBFMI, MIN_ESS
from windup.fit.diagnostics.diagnose import Diagnosis
from windup.fit.diagnostics.effects import interval_of, share_of
from windup.fit.diagnostics.estimand import ASSUMPTIONS, reference_estimand
from windup.fit.diagnostics.mixing import MAX_PARETO_K
from windup.fit.diagnostics.predictive.suspects import odd_studies, suspected_typos
from windup.fit.diagnostics.solver_trust import MAX_SHIFT, NEGLIGIBLE_WEIGHT, Trust, units_in
from windup.fit.display.labels import labels_of
from windup.fit.runs.notices import RESEARCH_ONLY, notices
from windup.fit.settings.fit import Settings
from windup.fit.storage.formats import as_plain
from windup.fit.storage.tree import attribute, group

PHASES = ("load", "compile", "warm-up", "sample", "post")


def summary_record(
    tree: xr.DataTree,
    diagnosis: Diagnosis,
    settings: Settings,
    *,
    trials: Trials,
    seconds: Mapping[str, float],
    interrupted: bool = False,
) -> dict[str, Any]:
    """Record of a run in values that JSON can hold; None stands for what could not be computed.

    Parameters
    ----------
    tree
        The run.
    diagnosis
        What was computed from it.
    settings
        What was asked for; the counts of chains and draws are those found in the tree.
    trials
        What was fitted: rows of each treatment are counted, and pages use the labels of its catalogue.
    seconds
        Wall time of the phases outside the sampler; those of the sampler are read from the tree, and a
        phase found in both is their sum.
    interrupted
        Whether the run ended before its last draw.
    """
    posterior = group(tree, "posterior")
    checks = diagnosis.convergence
    learned = diagnosis.contraction
    wall = {**dict.fromkeys(PHASES, 0.0), **_sampler_seconds(tree)}
    for phase, extra in seconds.items():
        wall[phase] = wall.get(phase, 0.0) + extra
    gains = diagnosis.loop_gains
    record = {
        "model": settings.model,
        "preset": settings.preset,
        "sampler": settings.sampler,
        "precision": settings.precision,
        "single_precision": attribute(tree, "single_precision"),
        "modes": attribute(tree, "modes") or [],
        "pareto_k": attribute(tree, "pareto_k"),
        "notices": list(notices(checks, settings, interrupted=interrupted)),
        "statement": RESEARCH_ONLY,
        "converged": checks.converged,
        "failed_checks": list(checks.failures),
        "interrupted": interrupted,
        "rows_used": len(diagnosis.rows),
        "studies_used": int(diagnosis.rows["study"].nunique()),
        "rows_by_treatment": rows_by_treatment(trials),
        "pain_rows_by_treatment": rows_by_treatment(trials, of_pain=True),
        "rows_used_by_block": _by_block(diagnosis, trials),
        "cause_removed_rows_used": _cause_removed(trials),
        "chains": int(posterior.sizes["chain"]),
        "draws": int(posterior.sizes["draw"]),
        "warmup": (attribute(tree, "start") or {}).get("warmup", settings.warmup),
        "start": attribute(tree, "start"),
        "stop": attribute(tree, "stop"),
        "seed": settings.seed,
        "max_rhat": checks.max_rhat,
        "min_ess_bulk": checks.min_ess_bulk,
        "min_ess_tail": checks.min_ess_tail,
        "divergences": checks.divergences,
        "min_ebfmi": checks.min_ebfmi,
        "worst_parameters": {
            "max_rhat": checks.worst_rhat,
            "min_ess_bulk": checks.worst_ess_bulk,
            "min_ess_tail": checks.worst_ess_tail,
        },
        "thresholds": {
            "max_rhat": MAX_RHAT,
            "min_ess": MIN_ESS,
            "max_divergence_share": MAX_DIVERGENCE_SHARE,
            "min_ebfmi": MIN_EBFMI,
            "max_pareto_k": MAX_PARETO_K,
            "negligible_weight": NEGLIGIBLE_WEIGHT,
            "max_shift": MAX_SHIFT,
        },
        "solver": None if diagnosis.solver is None else _solver(diagnosis.solver, units_in(tree)),
        "mesh_refinement": attribute(tree, "mesh_refinement"),
        "failed_solves": sum(diagnosis.failed_solves.values()),
        "failed_solves_by_arm": diagnosis.failed_solves,
        **{f"coverage_{level}": share for level, share in diagnosis.coverage.items()},
        "errors": settings.errors,
        "patients": settings.patients,
        "nodes": attribute(tree, "people_solved_per_study") or 1,
        "sd_rows_used": attribute(tree, "sd_rows_used") or 0,
        "visit_spreads": diagnosis.spread_findings,
        # None: the error model has no such thing; an empty list: none is probable.
        "suspected_typos": _records_or_none(suspected_typos(diagnosis.rows)),
        "odd_studies": _records_or_none(odd_studies(diagnosis.studies)),
        "coverage_by_kind": _records(diagnosis.kinds),
        "coverage_by_study": _records(diagnosis.studies),
        "wall_seconds": wall,
        "loop_gain_probability": _pairs(gains, "probability_above_one"),
        "loop_gain_prior_probability": _pairs(gains, "prior_probability_above_one"),
        "loop_gains": _records(gains),
        "self_sustaining": _self_sustaining(diagnosis),
        "lasting_share": _records(diagnosis.lasting_shares),
        "parameters": len(learned),
        "prior_driven_count": int(learned["prior_driven"].sum()),
        "prior_driven": [str(name) for name in learned.loc[learned["prior_driven"], "parameter"]],
        "contraction": _records(learned),
        "dose_latents": int(posterior.sizes.get("dosed_substance", 0)),
        "effective_dose_latents": effective_dose_latents(posterior),
        "changed_priors": attribute(tree, "changed_priors") or [],
        "labels": labels_of(trials.catalogue).by_name,
        "estimand": reference_estimand(),
        "estimand_assumptions": ASSUMPTIONS,
        "drug_effects": _records(diagnosis.drug_effects),
        "own_trials": _records(diagnosis.own_trials),
        "small_studies": diagnosis.small_studies,
        "covariates": _covariates(tree, settings),
    }
    plain: dict[str, Any] = as_plain(record)
    return plain


def _covariates(tree: xr.DataTree, settings: Settings) -> list[dict[str, Any]]:
    """Slopes of effects over covariates, points of more relief per unit, and how many studies have these."""
    found, known = [], attribute(tree, "covariates") or {}
    for name, each in settings.covariates.items():
        slopes = group(tree, "posterior")["effect_by_covariate"].sel(covariate=name).values.ravel()
        interval = interval_of(slopes)
        found.append(
            {
                "covariate": name,
                "centre": each.centre,
                "unit": each.unit,
                "prior_sd": each.sd,
                "missing": each.centre if each.missing is None else each.missing,
                **known.get(name, {}),
                **{key: interval[key] for key in ("median", "low_95", "high_95")},
                "p_positive": share_of(slopes > 0.0),
            }
        )
    return found


def effective_dose_latents(posterior: xr.Dataset) -> float:
    r"""Number of doses that the rows inform, of those that no table gives.

    .. math:: \sum_k \max(0, 1 - \mathrm{var}(z_k))

    over the unknowns :math:`z_k`, whose prior variance is 1: an unknown that keeps its prior adds 0, one that
    the rows fix adds 1. 0 where doses are taken for known.
    """
    if "dose_by_substance" not in posterior:
        return 0.0
    variance = posterior["dose_by_substance"].var(dim=("chain", "draw"))
    return float((1.0 - variance).clip(min=0.0).sum())


def _self_sustaining(diagnosis: Diagnosis) -> dict[str, dict[str, Any]]:
    """By loop: P(gain > 1) before and after the trials, and the share of people where gains differ.

    ``without`` is filled where blocks were left out (`windup sensitivity --method block-refit`).
    """
    return {
        str(gain["loop"]): {
            "prior": gain["prior_probability_above_one"],
            "posterior": gain["probability_above_one"],
            "people": diagnosis.people_above_one.get(str(gain["loop"])),
            "without": {},
        }
        for gain in _records(diagnosis.loop_gains)
    }


def with_left_out(record: Mapping[str, Any], above_one: Mapping[str, Mapping[str, float]]) -> dict[str, Any]:
    """The record of a run with P(gain > 1) of its loops in fits without a part of its likelihood.

    Parameters
    ----------
    record
        What ``summary.json`` of the run holds.
    above_one
        By loop and by what was left out.
    """
    # Of a run that an earlier version made there is nothing to add to.
    known = record.get("self_sustaining", {})
    loops = {loop: {**entry, "without": dict(above_one.get(loop, {}))} for loop, entry in known.items()}
    return {**record, "self_sustaining": loops} if known else dict(record)


def _by_block(diagnosis: Diagnosis, trials: Trials) -> dict[str, int] | None:
    """Rows by block; those of minutes to hours have no course, and are counted from the trials."""
    if "blocks" not in diagnosis.rows:
        return None
    return block_counts(diagnosis.rows["blocks"]) | {WITHIN_HOURS: len(trials.of_hours)}


def _cause_removed(trials: Trials) -> int:
    """Used rows of studies in which an operation takes the cause away; 0 without their block."""
    return block_counts(trials.of_courses["blocks"])[CAUSE_REMOVED]


def _sampler_seconds(tree: xr.DataTree) -> dict[str, float]:
    found = attribute(tree, "wall_seconds") or {}
    return {str(phase): float(duration) for phase, duration in found.items()}


def _solver(trust: Trust, units: Mapping[str, str]) -> dict[str, Any]:
    shifts = [
        {"result": name, "unit": units[name], "shift": shift.own_unit, "shift_sd": shift.standard_deviations}
        for name, shift in trust.shifts.items()
    ]
    return {
        "draws": trust.draws,
        "failed": trust.failed,
        "pareto_k": trust.pareto_k,
        "effective_sample_size": trust.effective_sample_size,
        "largest_nats": trust.largest_nats,
        "typical_nats": trust.typical_nats,
        "heaviest": trust.heaviest,
        "shifts": sorted(shifts, key=lambda shift: -abs(shift["shift_sd"])),
    }


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(key): value for key, value in row.items()} for row in table.to_dict("records")]


def _records_or_none(table: pd.DataFrame | None) -> list[dict[str, Any]] | None:
    return None if table is None else _records(table)


def _pairs(table: pd.DataFrame, column: str) -> dict[str, Any]:
    return {} if table.empty else dict(zip(table["loop"], table[column], strict=True))

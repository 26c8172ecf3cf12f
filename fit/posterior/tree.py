"""A run as an arviz DataTree: named dimensions, units, provenance."""

from __future__ import annotations

import importlib.metadata
import json
import platform
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from itertools import compress
from typing import Any, NamedTuple

import numpy as np
import xarray as xr
from jaxtyping import Array

from windup.datasets import Trials
from windup.fit.design.arrays import DISPERSION_CLASSES
from windup.fit.diagnostics.estimand import reference_estimand
from windup.fit.diagnostics.predictive.suspects import SUSPICION
from windup.fit.diagnostics.predictive.visit_spreads import VISIT_SPREADS
from windup.fit.posterior.evidence import with_evidence
from windup.fit.posterior.generated_quantities import Fitted, Mechanism, lasting_conditions
from windup.fit.posterior.regimens import reported_regimens
from windup.fit.problem.errors.study_effects import effect_sites
from windup.fit.problem.meanings import SCALARS, VECTORS
from windup.fit.problem.observation import columns_of
from windup.fit.problem.people.lasting import CAUSES
from windup.fit.problem.people.visit_spreads import visit_spreads
from windup.fit.problem.problem import Problem
from windup.fit.sampling.chains.labels import labelled
from windup.fit.sampling.chains.sample import Chains
from windup.fit.sampling.target.quantities import sites_of_draws
from windup.fit.sampling.target.target import Target
from windup.fit.settings.fit import Settings
from windup.models import Parameter

_CHAIN_DRAW = ("chain", "draw")
_DISTRIBUTIONS = (
    "windup",
    "jax",
    "jaxlib",
    "numpyro",
    "diffrax",
    "arviz",
    "numpy",
    "scipy",
    "pandas",
    "xarray",
)


class Derived(NamedTuple):
    """Stacked derived quantities: leading dimensions ``(chain, draw)``, for the prior ``(1, prior draw)``."""

    posterior: Mechanism
    prior: Mechanism
    rows: Fitted


def build_tree(
    problem: Problem,
    target: Target,
    trials: Trials,
    settings: Settings,
    chains: Chains,
    posterior: Mapping[str, np.ndarray],
    prior: Mapping[str, np.ndarray],
    derived: Derived,
    wall_seconds: Mapping[str, float],
) -> xr.DataTree:
    """Tree of a run; ``posterior`` and ``prior`` are constrained draws by name, leading ``(chain, draw)``."""
    rows = derived.rows
    by_row = (*_CHAIN_DRAW, "row")
    by_study = (*_CHAIN_DRAW, "study")
    studies = {"study": list(problem.design.studies)}
    groups = {
        "posterior": _parameters(problem, posterior, derived.posterior),
        "prior": _parameters(problem, prior, derived.prior),
        "unconstrained_posterior": xr.Dataset(
            {"position": ((*_CHAIN_DRAW, "coordinate"), chains.unconstrained)},
            coords={"coordinate": list(target.coordinates)},
        ),
        "posterior_predictive": xr.Dataset({"estimate": (by_row, rows.replicated)}),
        "posterior_expected": xr.Dataset({"estimate": (by_row, rows.expected)}),
        "observed_data": xr.Dataset({"estimate": ("row", problem.observed.estimate)}),
        "constant_data": _constant(problem),
        "log_likelihood": xr.Dataset(
            {
                "per_row": (by_row, rows.row_log_likelihood),
                "per_study": (by_study, rows.study_log_likelihood),
            },
            coords=studies,
        ),
        "sample_stats": xr.Dataset({name: (_CHAIN_DRAW, x) for name, x in chains.statistics.items()}),
        "failed_solves": xr.Dataset(
            {"count": ("arm", rows.failed.sum(axis=(0, 1)).astype(int))},
            coords={"arm": list(problem.design.arms)},
        ),
    }
    if rows.suspicion is not None:
        groups[SUSPICION] = xr.Dataset(
            {
                "suspect_row": (by_row, rows.suspicion.row),
                "wide_study": (by_study, rows.suspicion.study),
            },
            coords=studies,
        )
    if rows.visit_sd is not None and rows.replicated_visit_sd is not None:
        groups[VISIT_SPREADS] = _spreads(problem, rows.visit_sd, rows.replicated_visit_sd)
    tree = with_evidence(xr.DataTree.from_dict(groups), problem, trials)
    provenance: dict[str, Any] = {
        "settings": settings.as_json(),
        "versions": {
            "python": platform.python_version(),
            **{n: importlib.metadata.version(n) for n in _DISTRIBUTIONS},
        },
        "changed_priors": [change._asdict() for change in problem.chosen.changes],
        "people_solved_per_study": problem.people.solved,
        "sd_rows_used": len(problem.observed.visit_log_sd),
        "covariates": {
            each.name: {"studies": len(each.values), "studies_mean": float(np.mean(each.values or (np.nan,)))}
            for each in problem.design.covariates
        },
        "data_sha256": trials.sha256,
        "seed": settings.seed,
        "wall_seconds": {name: round(seconds, 2) for name, seconds in wall_seconds.items()},
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    tree.attrs = {name: json.dumps(value) for name, value in provenance.items()}
    return tree


def described(problem: Problem, draws: Mapping[str, np.ndarray]) -> xr.Dataset:
    """Parameters by name, leading ``(chain, draw)``, with their dimensions, labels, units and meanings."""
    table = {parameter.name: parameter for parameter in problem.model.parameters()}
    labels = _coordinates(problem)
    variables: dict[str, xr.Variable] = {}
    for name, values in draws.items():
        dims, attributes, extra = _describe(problem, name, table.get(name))
        variables[name] = xr.Variable((*_CHAIN_DRAW, *dims), values, attributes)
        labels = {**extra, **labels}
    return _labelled(variables, labels)


def named_sites(problem: Problem, target: Target) -> Callable[[np.ndarray], xr.Dataset]:
    """Function from coordinates ``(chain, draw, parameter)`` to what is sampled, by name; nothing is solved.

    Its program is traced here: draws are written by threads, and numpyro keeps its handlers in one stack.
    """
    by_draw = sites_of_draws(target)
    by_draw(np.asarray(target.initial)[None])
    known = _coordinates(problem)

    def named(x: np.ndarray) -> xr.Dataset:
        variables, labels = dict[str, xr.Variable](), known
        for name, each in by_draw(x.reshape(-1, x.shape[-1])).items():
            dims, _, extra = _describe(problem, name, None) if each.ndim > 1 else ((), {}, {})
            variables[name] = xr.Variable((*_CHAIN_DRAW, *dims), each.reshape(*x.shape[:2], *each.shape[1:]))
            labels = {**extra, **labels}
        return _labelled(variables, labels)

    return named


def _labelled(variables: Mapping[str, xr.Variable], labels: Mapping[str, list[str]]) -> xr.Dataset:
    used = {str(dim) for variable in variables.values() for dim in variable.dims}
    return xr.Dataset(variables, coords={dim: labels[dim] for dim in used if dim in labels})


def coordinate_labels(problem: Problem, coordinates: tuple[str, ...]) -> tuple[str, ...]:
    """Coordinates of a target by study, drug or class in place of their indexes."""
    labels = _coordinates(problem)
    axes = {}
    for site in {name.partition("[")[0] for name in coordinates if name.endswith("]")}:
        dims, _, extra = _describe(problem, site, None)
        known = {**labels, **extra}
        if all(dim in known for dim in dims):
            axes[site] = [known[dim] for dim in dims]
    return labelled(coordinates, axes)


# Dimensions of unknowns of single studies.
_OF_STUDIES = ("painful_study", "missing_sd", "dosed_substance", "magnesium_study")


def _coordinates(problem: Problem) -> dict[str, list[str]]:
    design = problem.design
    of_groups = {
        f"{site}_study": [design.studies[number] for number in bucket.study]
        for group, bucket in enumerate(problem.buckets)
        for site in effect_sites(group)
    }
    return {
        **of_groups,
        "placebo_group": [group.name for group in design.catalogue.placebo_groups],
        "dispersion_class": list(DISPERSION_CLASSES),
        "instrument_link": list(design.links),
        "spread_drug": list(problem.drugs),
        "outside_class": list(design.outside.classes),
        "procedure": list(design.removal.procedures),
        "covariate": [each.name for each in design.covariates],
        "missing_sd": list(design.dispersions.missing_label),
        "painful_study": [s for s, painful in zip(design.studies, design.painful, strict=True) if painful],
        "dosed_substance": list(design.dose_latents.label),
        "magnesium_study": list(compress(design.studies, design.with_magnesium)),
        "cause_removed": list(CAUSES),
        "condition": list(lasting_conditions(design)),
        "loop": list(problem.model.loops),
        "drug": [each.label for each in reported_regimens(problem.model.pharmacology.drugs)],
    }


def _parameters(problem: Problem, draws: Mapping[str, np.ndarray], derived: Mechanism) -> xr.Dataset:
    variables: dict[str, xr.Variable] = {}
    for name, dims in (
        ("loop_gain", ("loop",)),
        ("total_loop_gain", ()),
        ("drug_effect_12_weeks", ("drug",)),
        ("log_lasting", ()),
        ("lasting_share", ("cause_removed", "condition")),
    ):
        unit = "NRS points" if name == "drug_effect_12_weeks" else "1"
        attributes = {"unit": unit, "kind": "derived", "description": _derived()[name]}
        variables[name] = xr.Variable((*_CHAIN_DRAW, *dims), getattr(derived, name), attributes)
    return described(problem, draws).merge(_labelled(variables, _coordinates(problem)))


def _derived() -> dict[str, str]:
    return {
        "loop_gain": "Self-sustaining gain of a loop alone; above 1 it holds pain without a cause.",
        "total_loop_gain": "The same for all loops together.",
        "log_lasting": "Log probability that patients of every pain from 3 to 9 could be in a lasting state.",
        "lasting_share": "Share of patients who would keep half of their pain without the cause.",
        "drug_effect_12_weeks": reference_estimand(),
    }


def _describe(
    problem: Problem, name: str, parameter: Parameter | None
) -> tuple[tuple[str, ...], dict[str, str], dict[str, list[str]]]:
    if parameter is not None:
        drug = parameter.is_strength or parameter.part in ("dose-response", "relief")
        kind = "drug" if drug else "mechanism"
        return (), {"unit": parameter.unit, "kind": kind, "description": parameter.meaning}, {}
    if name in SCALARS:
        unit, meaning = SCALARS[name]
        return (), {"unit": unit, "kind": "observation", "description": meaning}, {}
    if name in VECTORS:
        dim, unit, meaning = VECTORS[name]
        kind = "study" if dim in _OF_STUDIES else "observation"
        chosen = problem.chosen.observation.get(name)
        labels: dict[str, list[str]] = {}
        if chosen is not None and not chosen.free.all():
            # Of the elements that are not fixed, which no other vector shares.
            labels = {f"{name}_free": list(compress(_coordinates(problem)[dim], chosen.free))}
        return (*labels,) or (dim,), {"unit": unit, "kind": kind, "description": meaning}, labels
    if name.startswith("study_precision_"):
        meaning = "precision of a study with responder shares, relative to what its rows say"
        return (f"{name}_study",), {"unit": "1", "kind": "study", "description": meaning}, {}
    if not name.startswith("study_effects_"):
        raise LookupError(f"no description of the site {name} in windup.fit.problem.meanings")
    effects = [
        "placebo response",
        "natural course",
        *(f"drug {i + 1}" for i in range(columns_of(problem.design) - 4)),
        "offset",
        "magnesium assay",
    ]
    attributes = {
        "unit": "1",
        "kind": "study",
        "description": "whitened effects of studies with responder shares",
    }
    return (f"{name}_study", "study_effect"), attributes, {"study_effect": effects}


def _spreads(problem: Problem, expected: Array, replicated: Array) -> xr.Dataset:
    """SDs between patients that trials print at visits, and what every draw says of them."""
    by_spread = (*_CHAIN_DRAW, "spread")
    points = {"unit": "NRS points"}
    printed = visit_spreads(problem.design)
    rows = _constant(problem).isel(row=printed.row).drop_vars("row", errors="ignore")
    known = rows[["study", "arm", "week", "condition", "drugs", "n"]].rename_dims(row="spread")
    return known.assign(
        expected=xr.Variable(by_spread, expected, points),
        replicated=xr.Variable(by_spread, replicated, points),
        observed=xr.Variable("spread", np.exp(problem.observed.visit_log_sd), points),
    )


def _constant(problem: Problem) -> xr.Dataset:
    table, rows = problem.design.table, problem.design.rows
    condition = dict(zip(problem.design.studies, problem.design.conditions, strict=True))
    drugs = dict(zip(problem.design.arms, problem.design.arm_drugs, strict=True))
    arm = table["study_id"] + "/" + table["arm_id"]
    columns: dict[str, Any] = {
        "study": table["study_id"],
        "arm": table["arm_id"],
        "week": table["time_weeks"],
        "kind": table["kind"],
        "outcome": table["outcome"],
        "condition": table["study_id"].map(condition),
        "drugs": arm.map(lambda name: "+".join(drugs[name]) or "placebo"),
        "standard_error": table["standard_error"],
        "n": rows.n,
        "row_id": table["row_id"],
        "blocks": table["blocks"],
    }
    numeric = {"week", "standard_error", "n"}
    return xr.Dataset(
        {
            name: ("row", np.asarray(values, float if name in numeric else object))
            for name, values in columns.items()
        }
    )

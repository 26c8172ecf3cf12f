"""Priors of the parameters of a problem: those that windup brings, and those that a user chose instead."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Array
from numpyro import distributions as dist

from windup.datasets import Catalogue
from windup.fit.design.arrays import DISPERSION_CLASSES, Design
from windup.fit.problem.errors.error_model import ErrorModel
from windup.fit.problem.errors.within_hours.parameters import hours_priors
from windup.fit.problem.people.people import ENROLMENT, INTAKE, People, latent_intakes
from windup.fit.problem.problem import ChosenPrior, Problem
from windup.fit.sampling.target.middles import base_of
from windup.models import Parameter, free

# Per-patient SD where a class of rows reports none at all (expert; NRS points, percent, mmol/L).
SD_PRIOR = {"mean": 2.0, "change": 2.3, "percent": 35.0, "magnesium": 0.08}


# Spreads of single drugs differ by about a third from the common one (expert).
DRUG_SPREAD_SD = 0.3


def distribution_of(parameter: Parameter) -> dist.Distribution:
    """Prior of one row of a parameter table."""
    if parameter.family == "lognormal":
        return dist.LogNormal(np.log(parameter.location), parameter.prior_scale)
    return dist.Normal(parameter.location, parameter.prior_scale)


def packaged_scalars(errors: ErrorModel, people: People) -> dict[str, dist.Distribution]:
    """Scalars of the observation model by name, those of errors and of people among them; all expert."""
    return {
        "placebo_time": dist.LogNormal(np.log(14.0), 0.6),
        "placebo_per_baseline_point": dist.Normal(0.0, 0.2),
        "placebo_per_decade": dist.Normal(0.0, 0.3),
        "untreated_share": dist.Beta(3.0, 3.0),
        "natural_course": dist.Normal(0.0, 0.5),
        "natural_time": dist.LogNormal(np.log(90.0), 0.4),
        "bias_open_label": dist.Normal(0.0, 1.0),
        "bias_small_trial": dist.Normal(0.0, 1.0),
        "placebo_spread": dist.LogNormal(np.log(0.6), 0.4),
        "natural_spread": dist.LogNormal(np.log(0.4), 0.5),
        "drug_spread": dist.LogNormal(np.log(0.4), 0.5),
        "offset_spread": dist.LogNormal(np.log(0.4), 0.4),
        "assay_spread": dist.LogNormal(np.log(0.06), 0.5),
        "misfit": dist.LogNormal(np.log(0.15), 0.5),
        "misfit_magnesium": dist.LogNormal(np.log(0.02), 0.5),
        "visit_correlation": dist.Beta(5.0, 4.0),
        **errors.priors,
        **people.priors,
        "individual_spread": dist.LogNormal(np.log(2.2), 0.2),
        "case_magnesium_difference": dist.Normal(0.0, 0.1),
    }


def packaged_vectors(catalogue: Catalogue) -> dict[str, dist.Distribution]:
    """Vector parameters of the observation model: by placebo group and by class of dispersion."""
    groups = np.array([(group.mean, group.sd) for group in catalogue.placebo_groups])
    typical = np.log([SD_PRIOR[name] for name in DISPERSION_CLASSES])
    return {
        "placebo_response": dist.Normal(groups[:, 0], groups[:, 1]).to_event(1),
        "log_patient_sd": dist.Normal(typical, 0.5).to_event(1),
        "patient_sd_spread": dist.LogNormal(np.log(0.3), 0.4).expand((len(typical),)).to_event(1),
    }


def outside_priors(design: Design) -> dict[str, dist.Distribution]:
    """Relief of each class of treatments that the arms received, and its time constant; none without any."""
    if not design.outside.classes:
        return {}
    known = design.catalogue.outside_class_by_name
    rows = [known[name] for name in design.outside.classes]
    spread, days, log_sd = np.array([(row.relief_sd, row.days, row.days_log_sd) for row in rows]).T
    return {
        "outside_relief": dist.Normal(np.zeros(len(rows)), spread).to_event(1),
        "outside_days": dist.LogNormal(np.log(days), log_sd).to_event(1),
    }


def removal_priors(design: Design) -> dict[str, dist.Distribution]:
    """Log odds of the share of people whose cause stays, by procedure; none without any."""
    if not design.removal.procedures:
        return {}
    known = design.catalogue.procedure_by_name
    rows = [known[name] for name in design.removal.procedures]
    middle, spread = np.array([(row.log_odds, row.log_odds_sd) for row in rows]).T
    return {"cause_stays": dist.Normal(middle, spread).to_event(1)}


def covariate_priors(design: Design) -> dict[str, dist.Distribution]:
    """Slopes of effects over covariates of studies, NRS points per unit; none without any."""
    if not design.covariates:
        return {}
    return {"effect_by_covariate": dist.Normal(0.0, np.array([c.sd for c in design.covariates])).to_event(1)}


def scaled(prior: dist.Distribution, factor: Array) -> dist.Distribution:
    """Prior of a vector of normal numbers, each times a factor."""
    base = base_of(prior)
    return dist.Normal(base.loc * factor, base.scale * factor).to_event(1)


def link_priors(catalogue: Catalogue) -> dict[str, dist.Distribution]:
    """Parameters of the links of other instruments with 0-10, in a fit with their block.

    Shift and slope are those of ``instruments.csv``. Patients of one trial differ from those of another by
    0.6 tenths on the same instrument. Of attacks and menses they differ by more: what a trial asks for at
    entry sets how many attacks there are, from a tenth to half of the days (both expert).
    """
    first = {each.link: each for each in reversed(catalogue.instruments) if each.link}
    rows = [first[name] for name in catalogue.links]
    shift, shift_sd, slope_log_sd = np.array(
        [(row.link_shift, row.link_shift_sd, row.link_slope_log_sd) for row in rows]
    ).reshape(-1, 3).T  # fmt: skip
    return {
        "instrument_spread": dist.LogNormal(np.log(0.25), 0.5),
        "episode_spread": dist.LogNormal(np.log(0.7), 0.5),
        "instrument_shift": dist.Normal(shift, shift_sd).to_event(1),
        "instrument_slope": dist.LogNormal(np.zeros(len(rows)), slope_log_sd).to_event(1),
    }


def mechanism_priors(problem: Problem) -> dict[str, dist.Distribution]:
    """Priors of the free parameters of the mechanism by name."""
    return {parameter.name: distribution_of(parameter) for parameter in free(problem.model.parameters())}


def observation_priors(problem: Problem) -> dict[str, dist.Distribution]:
    """Priors of the parameters of the observation model that are not fixed, scalars first.

    A vector of which some elements are fixed has a prior of the others alone.
    """
    packaged = packaged_scalars(problem.errors, problem.people) | packaged_vectors(problem.design.catalogue)
    if problem.design.links:
        packaged |= link_priors(problem.design.catalogue)
    packaged |= hours_priors(problem.hours)
    chosen = problem.chosen.observation
    priors = {
        name: chosen_distribution(chosen[name]) if name in chosen else packaged[name] for name in packaged
    }
    not_fixed = {name: prior for name, prior in priors.items() if prior is not None}
    design = problem.design
    return not_fixed | outside_priors(design) | removal_priors(design) | covariate_priors(design)


def whitened_priors(problem: Problem) -> dict[str, dist.Distribution]:
    """Standard normal vectors: by drug, by study, and by substance of unknown dose where there is any."""

    def whitened(count: int) -> dist.Distribution:
        return dist.Normal(0.0, 1.0).expand((count,)).to_event(1)

    return {name: whitened(count) for name, count in whitened_sizes(problem).items()}


def whitened_sizes(problem: Problem) -> dict[str, int]:
    """Lengths of the standard normal vectors by name."""
    design = problem.design
    sizes = {
        "drug_spread_by_drug": len(problem.drugs),
        "missing_sd_by_study": len(design.dispersions.missing_label),
        ENROLMENT: int(design.painful.sum()),
    }
    if design.dose_latents.label:
        sizes["dose_by_substance"] = len(design.dose_latents.label)
    if latent_intakes(design):
        sizes[INTAKE] = latent_intakes(design)
    return {**sizes, **problem.people.by_study(design)}


def chosen_distribution(prior: ChosenPrior) -> dist.Distribution | None:
    """Prior of the free elements of a parameter; None where all are fixed."""
    if not prior.free.any():
        return None
    location, scale = prior.location[prior.free], prior.scale[prior.free]
    if prior.free.ndim == 0:
        location, scale = float(prior.location), float(prior.scale)
    if prior.family == "beta":
        # Mean m and SD s: concentrations m k and (1 - m) k with k = m (1 - m) / s^2 - 1.
        total = location * (1.0 - location) / scale**2 - 1.0
        each: dist.Distribution = dist.Beta(location * total, (1.0 - location) * total)
    elif prior.family == "lognormal":
        each = dist.LogNormal(np.log(location), scale)
    else:
        each = dist.Normal(location, scale)
    return each.to_event(1) if prior.free.ndim else each


class Form(NamedTuple):
    """Family, location and scale of a prior in the words of a table of parameters."""

    family: str
    location: np.ndarray
    scale: np.ndarray


def form_of(prior: dist.Distribution) -> Form:
    """A prior in the words of a table of parameters: of a log-normal one median and SD of the logarithm.

    Examples
    --------
    >>> form_of(dist.Beta(3.0, 3.0)).location
    array(0.5)
    """
    base = base_of(prior)
    if isinstance(base, dist.Beta):
        first, second = np.asarray(base.concentration1, float), np.asarray(base.concentration0, float)
        mean, total = first / (first + second), first + second
        return Form("beta", np.asarray(mean), np.sqrt(mean * (1.0 - mean) / (total + 1.0)))
    location, scale = (np.broadcast_to(np.asarray(x, float), prior.shape()) for x in (base.loc, base.scale))
    if isinstance(base, dist.LogNormal):
        return Form("lognormal", np.exp(location), scale)
    return Form("normal", location, scale)

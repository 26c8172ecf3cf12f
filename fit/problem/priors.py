"""Priors of the observation model and how parameter rows become distributions."""

from __future__ import annotations

import numpy as np
from numpyro import distributions as dist

from windup.fit.design.arrays import DISPERSION_CLASSES, Design
from windup.models import Parameter

# Per-patient SD where a class of rows reports none at all (expert; NRS points, percent, mmol/L).
SD_PRIOR = {"mean": 2.0, "change": 2.3, "percent": 35.0, "magnesium": 0.08}


# Pain at enrolment, log odds on the 0-10 scale: 6 points, 95 % of trials between 3.6 and 8 (what enrolment
# criteria ask for; expert). Fixed on purpose: a fitted spread of a latent that the mechanism can amplify has
# a spurious mode at 0.
ENROLMENT_PRIOR = (0.4, 0.5)

# Spreads of single drugs differ by about a third from the common one (expert).
DRUG_SPREAD_SD = 0.3


def distribution_of(parameter: Parameter) -> dist.Distribution:
    """Prior of one row of a parameter table."""
    if parameter.family == "lognormal":
        return dist.LogNormal(np.log(parameter.location), parameter.prior_scale)
    return dist.Normal(parameter.location, parameter.prior_scale)


def observation_priors() -> dict[str, dist.Distribution]:
    """Scalar parameters of the observation model by name; all expert, weakly informative."""
    return {
        "placebo_time": dist.LogNormal(np.log(14.0), 0.6),
        "placebo_per_baseline_point": dist.Normal(0.0, 0.2),
        "placebo_per_decade": dist.Normal(0.0, 0.3),
        "untreated_share": dist.Beta(3.0, 3.0),
        "placebo_spread": dist.LogNormal(np.log(0.6), 0.4),
        "drug_spread": dist.LogNormal(np.log(0.4), 0.5),
        "offset_spread": dist.LogNormal(np.log(0.4), 0.4),
        "assay_spread": dist.LogNormal(np.log(0.06), 0.5),
        "misfit": dist.LogNormal(np.log(0.15), 0.5),
        "misfit_magnesium": dist.LogNormal(np.log(0.02), 0.5),
        "visit_correlation": dist.Beta(5.0, 4.0),
        "degrees_of_freedom_above_2": dist.LogNormal(np.log(4.0), 0.6),
        "individual_spread": dist.LogNormal(np.log(2.2), 0.2),
        "case_magnesium_difference": dist.Normal(0.0, 0.1),
    }


def study_priors(design: Design, drugs: int) -> dict[str, dist.Distribution]:
    """Vector parameters: by placebo group, by drug, by class of dispersion, by study."""

    def whitened(count: int) -> dist.Distribution:
        return dist.Normal(0.0, 1.0).expand((count,)).to_event(1)

    groups = np.array([(group.mean, group.sd) for group in design.catalogue.placebo_groups])
    typical = np.log([SD_PRIOR[name] for name in DISPERSION_CLASSES])
    return {
        "placebo_response": dist.Normal(groups[:, 0], groups[:, 1]).to_event(1),
        "log_patient_sd": dist.Normal(typical, 0.5).to_event(1),
        "patient_sd_spread": dist.LogNormal(np.log(0.3), 0.4).expand((len(typical),)).to_event(1),
        "drug_spread_by_drug": whitened(drugs),
        "missing_sd_by_study": whitened(len(design.dispersions.missing_label)),
        "enrolment_by_study": whitened(int(design.painful.sum())),
    }

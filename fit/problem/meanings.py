"""Units and meanings of the parameters of the observation model, and the dimensions of its vectors."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from windup.fit.problem.errors.within_hours.parameters import HOURS_PARAMETERS

VECTORS: Mapping[str, tuple[str, str, str]] = MappingProxyType(
    {
        "placebo_response": ("placebo_group", "NRS points", "mean fall of pain on placebo"),
        "log_patient_sd": ("dispersion_class", "log of the class's unit", "typical per-patient SD"),
        "patient_sd_spread": ("dispersion_class", "1", "between-study SD of the log per-patient SD"),
        "outside_relief": (
            "outside_class",
            "log odds of pain",
            "relief by a class of treatments outside the models; positive is less pain",
        ),
        "outside_response": (
            "outside_class",
            "log odds",
            "what a class of treatments outside the models has taken off by a usual visit: relief times its "
            "build-up by then",
        ),
        "outside_days": ("outside_class", "day", "time constant with which that relief comes and goes"),
        "cause_stays": (
            "procedure",
            "log odds",
            "share of people whose cause of pain a procedure does not take away",
        ),
        "effect_by_covariate": (
            "covariate",
            "NRS points per unit",
            "by how much more a treatment relieves per unit of a covariate of the study",
        ),
        "instrument_shift": ("instrument_link", "log odds", "shift of an instrument against pain on 0-10"),
        "instrument_slope": (
            "instrument_link",
            "1",
            "slope of an instrument against pain on 0-10, in log odds",
        ),
        "drug_spread_by_drug": (
            "spread_drug",
            "1",
            "whitened log ratio of a drug's spread to the common one",
        ),
        "missing_sd_by_study": (
            "missing_sd",
            "1",
            "whitened log per-patient SD of studies that report none",
        ),
        "enrolment_by_study": ("painful_study", "1", "whitened log odds of the pain at enrolment"),
        "passing_report_by_study": (
            "painful_study",
            "1",
            "whitened log ratio of a study's passing_report_spread to the usual one",
        ),
        "dose_by_substance": (
            "dosed_substance",
            "1",
            "whitened log daily dose of a substance whose dose is not known",
        ),
        "magnesium_intake_by_study": (
            "magnesium_study",
            "1",
            "whitened log magnesium absorbed from the diet",
        ),
    }
)
"""Dimension, unit and meaning of every vector."""

OF_STUDIES = ("dose_by_substance", "magnesium_intake_by_study", "passing_report_by_study")
"""Vectors of states of studies and exposures that not every fit has."""

WHITENED = ("drug_spread_by_drug", "missing_sd_by_study", "enrolment_by_study", *OF_STUDIES)
"""Vectors that are standard normal by construction; their spreads are parameters or constants."""

SCALARS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "placebo_time": ("day", "time constant of the placebo response"),
        "placebo_per_baseline_point": (
            "NRS points per point",
            "placebo response per point of baseline pain",
        ),
        "placebo_per_decade": ("NRS points per decade", "placebo response per decade of publication"),
        "untreated_share": ("1", "share of the placebo response in arms that know they are untreated"),
        "natural_course": ("NRS points", "mean fall of pain with time in all arms, treated or not"),
        "natural_time": ("day", "time constant of the natural course"),
        "bias_open_label": ("NRS points", "by how much open trials exaggerate an effect"),
        "bias_small_trial": (
            "points per point",
            "by how much trials exaggerate an effect, per standard error of their difference",
        ),
        "placebo_spread": ("NRS points", "between-study SD of the placebo response"),
        "natural_spread": ("NRS points", "between-study SD of the natural course"),
        "drug_spread": ("NRS points", "typical between-study SD of a drug's effect"),
        "offset_spread": ("NRS points", "between-study SD of how the same state is scored, at all visits"),
        "assay_spread": ("mmol/L", "between-study SD of serum magnesium"),
        "misfit": ("NRS points", "SD per visit that nothing else explains"),
        "misfit_magnesium": ("mmol/L", "SD per visit that nothing else explains"),
        "drive_spread": ("1", "SD between people of the log drive of an illness"),
        "lasting_report_spread": ("NRS points", "SD between people of how they report the same pain"),
        "gain_spread": ("log gain", "SD between people of the log gain of their loops"),
        "passing_report_spread": (
            "NRS points",
            "SD of the reports of one person about the same pain in a usual study",
        ),
        "passing_report_log_sd": ("1", "SD between studies of the log of passing_report_spread"),
        "placebo_spread_between_people": ("NRS points", "SD between people of the response to placebo"),
        "sensitivity_spread": ("1", "SD between people of the effect of a drug, relative to it"),
        "sd_misfit": ("1", "SD between studies of the log of a printed SD, beyond its sampling error"),
        "visit_correlation": ("1", "correlation of two visits of the same patients"),
        "degrees_of_freedom_above_2": ("1", "degrees of freedom of the Student t, above 2"),
        "wide_weight": ("1", "share of studies whose effects have three times the spread"),
        "suspect_share": ("1", "share of rows that are suspect"),
        "individual_spread": (
            "NRS points",
            "SD between individuals of pain minus a share of baseline pain",
        ),
        "instrument_spread": (
            "log odds",
            "between-study SD of how an instrument with a link with 0-10 is scored",
        ),
        "episode_spread": ("log odds", "the same of pain, days and counts of attacks and menses"),
        "case_magnesium_difference": ("mmol/L", "serum magnesium of patients minus controls"),
    }
    | {name: (each.unit, each.meaning) for name, each in HOURS_PARAMETERS.items()}
)
"""Unit and meaning of every scalar."""

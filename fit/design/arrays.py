"""What the density reads as data: all of it in one place, so that other data need no other program."""

from __future__ import annotations

from types import MappingProxyType
from typing import NamedTuple

import numpy as np
import pandas as pd
from jaxtyping import Array, Bool, Float, Int

from windup.datasets import LIMIT_KIND, LINKED_KINDS, STANDARDISED_KIND, Catalogue
from windup.fit.design.dose_latents import DoseLatents
from windup.fit.design.exposure import Exposure
from windup.fit.design.treatments.outside import Outside
from windup.fit.design.treatments.removal import Removal
from windup.models import Schedule

GAUSSIAN_KINDS = (
    "mean",
    "change",
    "percent_change",
    "contrast",
    *LINKED_KINDS,
    STANDARDISED_KIND,
    "serum_mg",
    "serum_mg_change",
    "csf_mg",
)

# Share of the baseline pain that a responder keeps at most: who lost 30 % of it keeps 70 %.
LARGEST_KEPT_SHARE = MappingProxyType({"responder_30": 0.7, "responder_50": 0.5})
RESPONDER_KINDS = tuple(LARGEST_KEPT_SHARE)
SHARE_KINDS = (*RESPONDER_KINDS, LIMIT_KIND)

# Columns for the deviations of a study's drugs; more where a trial of the design has more drugs.
LEAST_DRUG_COLUMNS = 3


class Rows(NamedTuple):
    """One entry per used row, in the order of the table.

    Attributes
    ----------
    study
        Index of the study.
    kind
        Kind of row (see `windup.datasets.KINDS`).
    visits
        Visits at, baseline, at in the reference arm, baseline there (index 0 where not applicable).
    coefficients
        Linear functional on those four visits; for percent changes that of the numerator.
    estimate, standard_error, n
        Published estimate, its standard error (NaN if not known) and the effective number of patients.
    dispersion
        Index of the latent per-patient SD that stands in for a missing one, -1 where none is needed.
    misfits
        Number of visits' misfits that the row adds up to (see `windup.fit.design.errors.row_errors`).
    link
        Index of the link of the row's instrument in ``Design.links``, -1 where pain is read as it is.
    divisor
        Reported SD between patients that a standardised contrast is divided by, NRS points; 1 for other rows
        and where the study reports none.
    latent_divisor
        Index of the latent per-patient SD that it is divided by then, -1 elsewhere. Of a share at a limit
        both are those of the SD between the patients that it is a share of.
    cut
        Pain at which the people of a share at a limit are parted, NRS points; NaN for other rows.
    """

    study: Int[np.ndarray, " rows"]
    kind: tuple[str, ...]
    visits: Int[np.ndarray, "rows 4"]
    coefficients: Float[np.ndarray, "rows 4"]
    estimate: Float[np.ndarray, " rows"]
    standard_error: Float[np.ndarray, " rows"]
    n: Float[np.ndarray, " rows"]
    dispersion: Int[np.ndarray, " rows"]
    misfits: Float[np.ndarray, " rows"]
    link: Int[np.ndarray, " rows"]
    divisor: Float[np.ndarray, " rows"]
    latent_divisor: Int[np.ndarray, " rows"]
    cut: Float[np.ndarray, " rows"]


class StudyCovariate(NamedTuple):
    """A number of studies by which effects may differ.

    Attributes
    ----------
    name
        Column of ``studies.csv``, or `BASELINE_PAIN`.
    centre, unit
        Value that counts as 0, and difference that counts as 1.
    sd
        SD of the prior of the slope, NRS points per unit.
    missing
        Value of studies without the number.
    values
        Those that the studies of the design have.
    """

    name: str
    centre: float
    unit: float
    sd: float
    missing: float
    values: tuple[float, ...] = ()


BASELINE_PAIN = "baseline_pain"
"""Name of the covariate that the rows at entry give."""


class Visits(NamedTuple):
    """One entry per arm and visiting time.

    Attributes
    ----------
    arm
        Index of the arm.
    elapsed_days
        Days since the arm's clock began (first dose, randomisation or first row).
    study_days
        Days since the first of these clocks began in the study, for the natural course of all its arms.
    treated_days
        Days since the arm's first drug or placebo (0 before; since its clock began in arms that get neither).
    untreated
        True where the arm knows that it gets nothing.
    drug_load
        Build-up of study-specific drug deviations, one column per drug of the study, in the order of
        ``Design.study_drugs``.
    ill
        False for people without chronic pain.
    case
        True for the patients of a case-control comparison of serum magnesium.
    alone
        True in arms that no arm of their study is compared with, where the fit has the block
        ``without_comparator``.
    open_label, standard_error, covariates
        What may exaggerate the effect of the arm, and what it may differ by (`windup.fit.design.trial_bias`).
    """

    arm: Int[np.ndarray, " visits"]
    elapsed_days: Float[np.ndarray, " visits"]
    study_days: Float[np.ndarray, " visits"]
    treated_days: Float[np.ndarray, " visits"]
    untreated: Bool[np.ndarray, " visits"]
    drug_load: Float[np.ndarray, "visits columns"]
    ill: Bool[np.ndarray, " visits"]
    case: Bool[np.ndarray, " visits"]
    alone: Bool[np.ndarray, " visits"]
    open_label: Float[np.ndarray, " visits"]
    standard_error: Float[np.ndarray, " visits"]
    covariates: Float[np.ndarray, "visits covariates"]


class Dispersions(NamedTuple):
    """Reported and missing per-patient SDs of each class of rows (mean, change, percent, magnesium).

    Attributes
    ----------
    reported_log, reported_class
        Mean log SD per study and class where any is reported.
    missing_class, missing_label
        Class and ``study/class`` of every latent SD.
    """

    reported_log: Float[np.ndarray, " reported"]
    reported_class: Int[np.ndarray, " reported"]
    missing_class: Int[np.ndarray, " missing"]
    missing_label: tuple[str, ...]


class PrintedSpreads(NamedTuple):
    """What studies print of spreads between patients beside the rows that a fit uses.

    How each is read: `windup.fit.design.errors.printed_spreads`.

    Attributes
    ----------
    implied_log, implied_latent
        Mean log per-patient SD behind the contrasts of a study, and the index of the latent SD it informs.
    correlation, correlation_study, patients
        Mean Fisher z of the correlations of baselines with later visits, per study that prints any; the index
        of that study, and how many patients it is of.
    """

    implied_log: Float[np.ndarray, " implied"]
    implied_latent: Int[np.ndarray, " implied"]
    correlation: Float[np.ndarray, " correlations"]
    correlation_study: Int[np.ndarray, " correlations"]
    patients: Float[np.ndarray, " correlations"]


class Design(NamedTuple):
    """All inputs of the likelihood that do not depend on parameters.

    The drugs of a study (``study_drugs``) are in alphabetical order, whatever the order of the tables.
    Classes of treatments outside the models and procedures that remove a cause are among them, each with the
    deviations of a drug; ``removal`` says whose cause was away at which visits.
    ``links`` are those of other instruments with 0-10, none without the block ``instruments``.
    ``least_pain`` is the pain that a trial asked for at entry, NaN where it is not printed.
    ``exposure`` says what is an unknown of the fit, ``dose_latents`` which doses then are, and
    ``with_magnesium`` in which studies the magnesium of the diet then is; ``habitual_magnesium`` is that of
    all others.
    """

    catalogue: Catalogue
    schedule: Schedule
    rows: Rows
    visits: Visits
    dispersions: Dispersions
    printed: PrintedSpreads
    studies: tuple[str, ...]
    arms: tuple[str, ...]
    arm_size: Float[np.ndarray, " arms"]
    arm_drugs: tuple[tuple[str, ...], ...]
    study_drugs: tuple[tuple[str, ...], ...]
    links: tuple[str, ...]
    contrast: Bool[np.ndarray, " rows"]
    crossover: Bool[np.ndarray, " studies"]
    conditions: tuple[str, ...]
    central_share: Float[np.ndarray, " studies"]
    painful: Bool[np.ndarray, " studies"]
    habitual_magnesium: Float[np.ndarray, " studies"]
    with_magnesium: Bool[np.ndarray, " studies"]
    exposure: Exposure
    dose_latents: DoseLatents
    placebo_group: Int[np.ndarray, " studies"]
    baseline_pain: Float[np.ndarray, " studies"]
    least_pain: Float[np.ndarray, " studies"]
    decades_since_2010: Float[np.ndarray, " studies"]
    table: pd.DataFrame
    outside: Outside
    removal: Removal
    covariates: tuple[StudyCovariate, ...]


DISPERSION_CLASSES = ("mean", "change", "percent", "magnesium")


class Observed(NamedTuple):
    """Data of the likelihood; arrays of NumPy, or of JAX where they are arguments of a program.

    Standard errors, numbers of patients and what is read off a study's baseline as a covariate (its pain, its
    habitual magnesium intake) belong to the design: the likelihood is given them.

    Attributes
    ----------
    estimate
        Published estimate of every row, in its own unit.
    reported_log_sd
        Mean log per-patient SD per study and class where any is reported.
    implied_log_sd
        Mean log per-patient SD that contrasts imply, per study whose latent SD they inform.
    printed_correlation
        Mean Fisher z of the correlations of two visits, per study that prints any.
    visit_log_sd
        Log SDs between patients at visits; none where an arm is one patient.
    """

    estimate: Float[Array | np.ndarray, " rows"]
    reported_log_sd: Float[Array | np.ndarray, " reported"]
    implied_log_sd: Float[Array | np.ndarray, " implied"]
    printed_correlation: Float[Array | np.ndarray, " correlations"]
    visit_log_sd: Float[Array | np.ndarray, " spreads"] = np.zeros(0)


def observed_in(design: Design) -> Observed:
    """What the trials of a design published."""
    printed = design.printed
    return Observed(
        design.rows.estimate, design.dispersions.reported_log, printed.implied_log, printed.correlation
    )

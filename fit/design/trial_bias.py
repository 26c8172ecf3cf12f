r"""What may bias arms: no comparator, and what exaggerates the effects of open and of small trials.

In a trial with treated and untreated arms, pain of its treated arms falls by

.. math:: \big(b_o\, o_s + b_n\, \sigma_{sa}\big)\big(1 - e^{-t/\tau}\big)

points more than their treatment explains, with :math:`o_s = 1` where the trial was open, and
:math:`\sigma_{sa}` the standard error of the difference to the comparators, for a patient's SD of
``PATIENT_SD``. It builds up as the placebo response does (:math:`\tau`). An effect that a model predicts is
that of a large trial that is not known to be open. A trial that does not state its blinding counts as
blinded; that patients without any treatment know it is in ``untreated_share`` already. Nüesch 2010
(doi 10.1136/bmj.c3515) found effects on pain in osteoarthritis to be larger by 0.2 SD in trials with less
than 100 patients an arm.

A fit with covariates has :math:`\sum_j \beta_j (x_{sj} - c_j) / u_j` points less pain in the same arms: its
slopes :math:`\beta_j` are the same for all treatments, and an effect that a model predicts is that at the
centres :math:`c_j`. A study without the number counts as one of a value that the settings give.
"""

from __future__ import annotations

from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
import pandas as pd
from jaxtyping import Array, Bool, Float, Int

from windup.datasets import LOOSE_DESIGNS, MAGNESIUM_KINDS
from windup.fit.design.arrays import BASELINE_PAIN, StudyCovariate, Visits

PATIENT_SD = 2.2
"""SD of pain between patients that turns numbers of patients into a standard error, points (expert)."""

VISIT_CORRELATION = 0.5
"""Correlation of two visits of a person, by which a crossover trial is more exact (expert)."""


class Exaggeration(NamedTuple):
    """Covariates of every arm; 0 in arms without a treatment, and where no arm without one is beside them.

    Attributes
    ----------
    open_label
        1 in treated arms of open trials.
    standard_error
        Of the difference between a treated arm and the comparators of its trial, points.
    covariates
        Those of the study, in their units from their centres.
    """

    open_label: Float[np.ndarray, " arms"]
    standard_error: Float[np.ndarray, " arms"]
    covariates: Float[np.ndarray, "arms covariates"]


def arms_alone(
    table: pd.DataFrame, studies: pd.DataFrame, arms: tuple[tuple[str, str], ...]
) -> frozenset[tuple[str, str]]:
    """Arms whose course of pain nothing anchors.

    These are all arms of a study that was not randomised, and an arm that is the only one of its study with a
    used row of pain after baseline.

    Parameters
    ----------
    table
        Used rows.
    studies
        Their studies, by name, with the column ``design``.
    arms
        Study and name of every arm.
    """
    pain = table[~table["kind"].isin(MAGNESIUM_KINDS) & (table["time_weeks"] > 0.0)]
    seen = pd.concat(
        [
            pain[["study_id", "arm_id"]],
            pain.loc[pain["reference_arm"] != "", ["study_id", "reference_arm"]].set_axis(
                ["study_id", "arm_id"], axis=1
            ),
        ]
    ).drop_duplicates()
    count = seen["study_id"].value_counts()
    return frozenset(
        (study, arm)
        for study, arm in arms
        if studies.loc[study, "design"] in LOOSE_DESIGNS or count.get(study, 0) == 1
    )


def patients_of(
    table: pd.DataFrame, dosing: pd.DataFrame, arms: tuple[tuple[str, str], ...]
) -> Float[np.ndarray, " arms"]:
    """Patients of every arm as randomised, else the most in a used row of it; NaN where neither is known."""
    randomised = dosing.groupby(["study_id", "arm_id"])["n_randomised"].max()
    single = table[table["reference_arm"] == ""]
    in_rows = single.groupby(["study_id", "arm_id"])["n"].max()
    return randomised.reindex(list(arms)).fillna(in_rows.reindex(list(arms))).to_numpy(float)


def exaggeration(
    studies: pd.DataFrame,
    study: Int[np.ndarray, " arms"],
    treated: Bool[np.ndarray, " arms"],
    patients: Float[np.ndarray, " arms"],
    covariates: Float[np.ndarray, "studies covariates"],
) -> Exaggeration:
    """Covariates of arms.

    Parameters
    ----------
    studies
        Facts of the studies (``blinding``, ``crossover``, ``design``, ``withdrawal``), in their order.
    study
        Index of the study of each arm.
    treated
        Whether the arm got more than a placebo.
    patients
        Patients of each arm; NaN where unknown, which leaves the standard error at 0.
    covariates
        Those of the studies (`covariate_values`).
    """
    compared = ~studies["design"].isin(LOOSE_DESIGNS).to_numpy() & ~studies["withdrawal"].to_numpy(bool)
    count = len(studies)
    known = np.where(np.isfinite(patients), patients, 0.0)
    comparators = np.bincount(study[~treated], minlength=count) > 0
    beside = np.bincount(study, weights=known * ~treated, minlength=count)[study]
    counts = treated & (compared & comparators)[study]
    sized = counts & (known > 0.0) & (beside > 0.0)
    error = np.zeros(len(study))
    paired = np.sqrt(1.0 - studies["crossover"].to_numpy(bool) * VISIT_CORRELATION)[study]
    error[sized] = paired[sized] * PATIENT_SD * np.sqrt(1.0 / known[sized] + 1.0 / beside[sized])
    opened = counts & (studies["blinding"] == "open").to_numpy()[study]
    return Exaggeration(opened.astype(float), error, np.where(counts[:, None], covariates[study], 0.0))


def covariate_values(
    studies: pd.DataFrame,
    baseline_pain: Float[np.ndarray, " studies"],
    covariates: tuple[StudyCovariate, ...],
) -> Float[np.ndarray, "studies covariates"]:
    """Covariates of studies in their units from their centres."""
    columns = [covariate_column(each.name, studies, baseline_pain) for each in covariates]
    values = [
        (np.where(np.isfinite(column), column, each.missing) - each.centre) / each.unit
        for column, each in zip(columns, covariates, strict=True)
    ]
    return np.column_stack(values) if values else np.zeros((len(studies), 0))


def covariate_column(
    name: str, studies: pd.DataFrame, baseline_pain: Float[np.ndarray, " studies"]
) -> Float[np.ndarray, " studies"]:
    """A covariate of studies as the tables have it; NaN where a study has no number."""
    return baseline_pain if name == BASELINE_PAIN else studies[name].to_numpy(float)


def exaggerated(
    visits: Visits,
    days: Array | float,
    open_label: Array | float,
    small_trial: Array | float,
    by_covariate: Array | None = None,
) -> Array:
    """By how many points visits show more relief than their treatment explains.

    Parameters
    ----------
    visits
        With the covariates of `exaggeration`.
    days
        Time constant with which this builds up.
    open_label, small_trial
        Of open trials, points; and of small ones, points per point of standard error.
    by_covariate
        Slopes of the covariates, points per unit; None without any.
    """
    whole = open_label * visits.open_label + small_trial * visits.standard_error
    if by_covariate is not None:
        whole = whole + visits.covariates @ by_covariate
    return -jnp.expm1(-visits.treated_days / days) * whole

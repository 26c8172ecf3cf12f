r"""Density of rows of minutes to hours after a short intervention.

All rows are jointly normal, those of different studies independent. Shares of responders are scores
(`windup.fit.design.errors.share_errors`). The slow states of a model are frozen at enrolment; a dose acts
through what it does at once.

**Magnesium.** A level of serum is :math:`M_0 + u + (1 + v)\, s(t)`, one of CSF
:math:`C_0 + w + (1 + v)\, c(t)`, with the levels :math:`M_0, C_0` at a customary intake. The level before the
dose has a deviation of the study, :math:`u` or :math:`w \sim N(0, 0.15)` mmol/L. The rise :math:`s` follows a
dose in two compartments (`windup.models.two_compartments`), and :math:`v \sim N(0, \sigma_k)` is how much
that differs between studies. Clearance is :math:`k_s V / 24` with ``serum_magnesium_rate`` :math:`k_s` and
``magnesium_volume`` :math:`V` of the model over days: one parameter for one fact. CSF follows serum as there,

.. math:: \tau_c\, \dot c = g\, \frac{C_0}{M_0}\, s - c

with ``csf_magnesium_gain`` :math:`g` and ``csf_magnesium_time`` :math:`\tau_c`.

**Pain.** The concentration :math:`x` of ketamine at its effect site counts as the daily dose
:math:`24\, CL\, x` that would hold it. The model reads pain from the state and drive of patients at
enrolment and that dose: :math:`p(t)`. After the first drug or placebo pain is less by a response to the
session, :math:`y = p - r`. A study deviates from :math:`r` by ``placebo_spread``, from the effect of the drug
by its spread times the relative dose, and in how it scores a state by ``offset_spread``: new deviations,
independent of those of its weeks.

**Errors.** Sampling errors of two times of one arm correlate by :math:`\rho`. What nothing explains is
independent between times.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy.linalg import solve_triangular
from jaxtyping import Array, Float

from windup.fit.design.arrays import DISPERSION_CLASSES
from windup.fit.problem.errors.responders import score_of
from windup.fit.problem.errors.within_hours.rows import HoursRows
from windup.models import (
    MAGNESIUM_MG_PER_MMOL,
    Drive,
    Exponentials,
    Given,
    PainModel,
    Values,
    following,
    level_at,
    scaled_by,
    supplement_absorbed,
    two_compartments,
)

HOURS_PER_DAY = 24.0

# SD between studies of the level before a dose, mmol/L (expert): people of operations and intensive care lie
# between 0.55 and 1.15, and CSF of different places differs as much.
LEVEL_SD = 0.15

# What the block reads of a model over days.
DAYS_PARAMETERS = (
    "dietary_magnesium_absorbed",
    "magnesium_absorbed_fraction",
    "magnesium_absorption_half_dose",
    "serum_magnesium_normal",
    "csf_magnesium_normal",
    "serum_magnesium_rate",
    "magnesium_volume",
    "csf_magnesium_gain",
    "csf_magnesium_time",
)

KETAMINE = "ketamine"
"""Drug whose effect within hours is read."""

type Draw = dict[str, Array]


class AtEnrolment(NamedTuple):
    """Patients of the studies of a design, and the model that reads their pain.

    Attributes
    ----------
    model, values
        The model and its parameters.
    state, drive
        One entry per study of the design.
    drug_spread
        Between-study SD of the effect of ketamine, NRS points.
    """

    model: PainModel[Any, Any]
    values: Values
    state: Any
    drive: Drive
    drug_spread: Array | float


class HoursExpected(NamedTuple):
    """Mean and covariance of all rows."""

    mean: Float[Array, " rows"]
    covariance: Float[Array, "rows rows"]


class _Part(NamedTuple):
    """Rows of one sort: mean, variance of what nothing explains, and loads of effects of the study."""

    mean: Float[Array, " rows"]
    misfit: Float[Array, " rows"]
    loads: tuple[Float[Array, " rows"], ...]


def hours_log_density(rows: HoursRows, draw: Draw, people: AtEnrolment) -> Array:
    """Log density of all rows.

    Parameters
    ----------
    rows
        Of the trials.
    draw
        Parameters of the observation model, fixed ones included.
    people
        Patients at enrolment.
    """
    expected = hours_expected(rows, draw, people)
    root = jnp.linalg.cholesky(expected.covariance)
    whitened = solve_triangular(root, jnp.asarray(rows.estimate) - expected.mean, lower=True)
    log_det = jnp.sum(jnp.log(jnp.diagonal(root)))
    total: Array = -0.5 * jnp.sum(whitened**2) - log_det - 0.5 * len(rows.kind) * np.log(2.0 * np.pi)
    return total


def hours_expected(rows: HoursRows, draw: Draw, people: AtEnrolment) -> HoursExpected:
    """Mean and covariance of all rows, effects of studies integrated out; parameters as for the density."""
    magnesium = rows.of_magnesium
    zero = jnp.zeros(len(rows.kind))
    mean, misfit, loads = zero, zero, list[Array]()
    for chosen, read in ((magnesium, _magnesium), (~magnesium, _pain)):
        if chosen.any():
            part = read(rows, draw, people)
            mean, misfit = jnp.where(chosen, part.mean, mean), jnp.where(chosen, part.misfit, misfit)
            loads += [jnp.where(chosen, load, 0.0) for load in part.loads]
    together = rows.study[:, None] == rows.study
    covariance = sum(
        (together * load[:, None] * load[None, :] for load in loads), jnp.zeros((len(mean), len(mean)))
    )
    error = _sampling_error(rows, draw)
    sort = np.where(rows.of_shares, "share", np.array(rows.kind))
    same = (rows.arm[:, None] == rows.arm) & (sort[:, None] == sort)
    correlation = jnp.where(same, draw["session_correlation"], 0.0)
    diagonal = np.eye(len(mean), dtype=bool)
    correlation = jnp.where(diagonal, 1.0, correlation)
    covariance = covariance + correlation * error[:, None] * error[None, :] + jnp.diag(misfit)
    return HoursExpected(mean, covariance)


def _sampling_error(rows: HoursRows, draw: Draw) -> Float[Array, " rows"]:
    """Printed standard errors; where there is none, that of the typical SD between patients."""
    of_class = np.where(
        rows.of_magnesium, *(DISPERSION_CLASSES.index(each) for each in ("magnesium", "mean"))
    )
    known = np.isfinite(rows.standard_error)
    typical = jnp.exp(draw["log_patient_sd"][of_class]) / np.sqrt(rows.n)
    return jnp.where(known, np.where(known, rows.standard_error, 1.0), typical)


def _magnesium(rows: HoursRows, draw: Draw, people: AtEnrolment) -> _Part:
    values = people.values
    in_serum = magnesium_in_serum(draw, values)
    rate = 1.0 / (HOURS_PER_DAY * values["csf_magnesium_time"])
    serum, csf = values["serum_magnesium_normal"], values["csf_magnesium_normal"]
    gain = values["csf_magnesium_gain"] * csf / serum
    in_csf = scaled_by(following(in_serum, rate), gain)
    rise_serum = _rises(rows, in_serum, draw, values)
    rise_csf = _rises(rows, in_csf, draw, values) if rows.of_csf.any() else rise_serum
    of_csf = jnp.asarray(rows.of_csf)
    rise = jnp.where(of_csf, rise_csf, rise_serum)
    misfit = jnp.where(of_csf, draw.get("misfit_csf_within_hours", 0.0), draw["misfit_serum_within_hours"])
    return _Part(
        jnp.where(of_csf, csf, serum) + rise,
        misfit**2,
        (
            jnp.where(of_csf, 0.0, LEVEL_SD),
            jnp.where(of_csf, LEVEL_SD, 0.0),
            draw["magnesium_kinetics_spread"] * rise,
        ),
    )


def magnesium_in_serum(draw: Draw, values: Values) -> Exponentials:
    """Rise of serum magnesium, mmol/L, after 1 mmol at once.

    Parameters
    ----------
    draw
        ``magnesium_central_share``, ``magnesium_exchange`` (L/h).
    values
        ``serum_magnesium_rate`` (1/day) and ``magnesium_volume`` (L), of the model over days.
    """
    volume, share = values["magnesium_volume"], draw["magnesium_central_share"]
    clearance = values["serum_magnesium_rate"] * volume / HOURS_PER_DAY
    return two_compartments(clearance, share * volume, (1.0 - share) * volume, draw["magnesium_exchange"])


def _rises(rows: HoursRows, response: Exponentials, draw: Draw, values: Values) -> Float[Array, " rows"]:
    total = _levels(rows, response, rows.magnesium)
    if not any(len(given.amount) for given in rows.swallowed):
        return total
    absorbed = following(response, draw["magnesium_absorption_rate"])
    for number in range(max(len(given.amount) for given in rows.swallowed)):
        # What is absorbed of a dose is not proportional to it: one by one.
        parts = tuple(Given(*(each[number : number + 1] for each in given)) for given in rows.swallowed)
        per_mg = tuple(part._replace(amount=np.ones_like(part.amount)) for part in parts)
        dose = np.array([part.amount.sum() for part in parts])[rows.arm]
        mg = supplement_absorbed(jnp.asarray(dose), values) * values["dietary_magnesium_absorbed"]
        total = total + _levels(rows, absorbed, per_mg) * mg / MAGNESIUM_MG_PER_MMOL
    return total


def _levels(rows: HoursRows, response: Exponentials, doses: tuple[Given, ...]) -> Float[Array, " rows"]:
    """Level in the arm of each row; 0 until the week of its first dose."""
    total = jnp.zeros(len(rows.kind))
    for arm, given in enumerate(doses):
        if len(given.amount):
            mine = np.flatnonzero((rows.arm == arm) & rows.after)
            total = total.at[mine].set(level_at(rows.hours[mine], response, given))
    return total


def _pain(rows: HoursRows, draw: Draw, people: AtEnrolment) -> _Part:
    state, drive = jax.tree.map(lambda leaf: jnp.asarray(leaf)[rows.course], (people.state, people.drive))
    model, values, pharmacology = people.model, people.values, people.model.pharmacology
    none = pharmacology.no_doses(jnp.zeros(len(rows.kind)))
    doses = none
    if any(len(given.amount) for given in rows.ketamine):
        (drug,) = (each for each in pharmacology.drugs if each.name == KETAMINE)
        doses = none | {drug.column_of("iv"): ketamine_per_day(rows, draw)}
    before = model.pain(state, model.actions(none, values), drive, values)
    pain = model.pain(state, model.actions(doses, values), drive, values)
    after = jnp.asarray(rows.after, float)
    pain = pain - draw["session_response"] * after
    shares, spread = rows.of_shares, draw["individual_spread"]
    # More pain is a lower score.
    unit = jnp.where(shares, -1.0 / spread, 1.0)
    relative = pharmacology.relative(doses, values).get(KETAMINE, jnp.zeros_like(pain))
    return _Part(
        jnp.where(shares, score_of(pain, before, rows.kept, spread), pain),
        (unit * draw["misfit"]) ** 2,
        (
            unit * draw["placebo_spread"] * after,
            unit * people.drug_spread * relative,
            unit * draw["offset_spread"] * (1.0 - rows.kept),
        ),
    )


def ketamine_per_day(rows: HoursRows, draw: Draw) -> Float[Array, " rows"]:
    """Daily dose, mg, that would hold the concentration of ketamine at its effect site, of every row.

    Parameters
    ----------
    rows
        With what their arms were given.
    draw
        Kinetics of ketamine (`windup.fit.problem.errors.within_hours.parameters`).
    """
    clearance, volume = draw["ketamine_clearance"], draw["ketamine_volume"]
    share = draw["ketamine_central_share"]
    blood = two_compartments(clearance, share * volume, (1.0 - share) * volume, draw["ketamine_exchange"])
    site = following(blood, 1.0 / draw["ketamine_effect_time"])
    return _levels(rows, scaled_by(site, HOURS_PER_DAY * clearance), rows.ketamine)

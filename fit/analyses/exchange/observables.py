"""Rows of the tables as measurements of PEtab: what is expected of a row, and its error."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from windup.fit.analyses.exchange.experiments import identifier
from windup.fit.analyses.exchange.rows import CHANGE, CSF, PAIN, SERUM, CarriedRows
from windup.fit.analyses.exchange.sbml import REMEMBERED
from windup.fit.problem.errors.patient_spreads import log_missing_sd
from windup.fit.problem.model import severity_of
from windup.fit.problem.problem import Draw, Problem

# The mean of `windup.fit.problem.observation.expect`; a test compares the two row by row.
_PLACEBO = (
    "placebo_weight * (1 - exp(-treated_days / placebo_time)) * (placebo_of_group"
    " + placebo_per_baseline_point * severity + placebo_per_decade * decades_after_2010)"
)
_EXAGGERATED = (
    "with_pain * (1 - exp(-treated_days / placebo_time))"
    " * (bias_open_label * open_label + bias_small_trial * difference_error)"
)
_NATURAL = "with_pain * (1 - exp(-{days} / natural_time)) * natural_course"
_SEEN = f"pain - {_PLACEBO} - {_NATURAL.format(days='study_days')} - {_EXAGGERATED}"
_AT_BASELINE = f"{REMEMBERED} - {_NATURAL.format(days='baseline_study_days')}"

_OF_PAIN = (
    "placebo_weight",
    "treated_days",
    "placebo_of_group",
    "severity",
    "decades_after_2010",
    "with_pain",
    "study_days",
    "open_label",
    "difference_error",
)
_OF_NOISE = ("row_error", "row_misfits")


class Observable(NamedTuple):
    """What a measurement is of: its formula, the names in it that each measurement gives, and its noise."""

    name: str
    formula: str
    placeholders: tuple[str, ...]
    misfit: str

    @property
    def noise(self) -> str:
        """SD of a measurement: sampling error, and what no effect explains."""
        return f"sqrt(row_error^2 + row_misfits * {self.misfit}^2)"

    @property
    def noise_placeholders(self) -> tuple[str, ...]:
        """Names in the noise that each measurement gives."""
        return _OF_NOISE


OBSERVABLES: Mapping[str, Observable] = MappingProxyType(
    {
        PAIN: Observable("pain, 0-10, with the placebo course", _SEEN, _OF_PAIN, "misfit"),
        CHANGE: Observable(
            "change of pain from the beginning",
            f"{_SEEN} - ({_AT_BASELINE})",
            (*_OF_PAIN, "baseline_study_days"),
            "misfit",
        ),
        SERUM: Observable(
            "serum magnesium, mmol/L",
            "serum_magnesium_mmol_per_L + is_case * case_magnesium_difference",
            ("is_case",),
            "misfit_magnesium",
        ),
        CSF: Observable("CSF magnesium, mmol/L", "csf_magnesium_mmol_per_L", (), "misfit_magnesium"),
    }
)


class Measurement(NamedTuple):
    """One row as a measurement."""

    observable: str
    experiment: str
    day: float
    value: float
    placeholders: tuple[float | str, ...]
    noise: tuple[float, float]
    row: str


def measurements_of(
    problem: Problem, draw: Draw, carried: CarriedRows, experiments: Sequence[str]
) -> Iterator[Measurement]:
    """Measurements of the rows that are carried.

    Parameters
    ----------
    problem
        With all rows.
    draw
        Nominal values; they give the error of a row whose study prints no SD.
    carried
        Which rows.
    experiments
        Identifier of every arm.
    """
    design = problem.design
    errors = _errors(problem, draw)
    for row, observable in zip(carried.rows, carried.observables, strict=True):
        visit = int(design.rows.visits[row, 0])
        known = _known(problem, int(row))
        yield Measurement(
            observable,
            experiments[int(design.visits.arm[visit])],
            float(design.visits.elapsed_days[visit]),
            float(design.rows.estimate[row]),
            tuple(known[name] for name in OBSERVABLES[observable].placeholders),
            (float(errors[row]), float(design.rows.misfits[row])),
            str(design.table["row_id"].iloc[row]),
        )


def placebo_parameter(group: str) -> str:
    """Identifier of the placebo response of a group of conditions."""
    return f"placebo_response_{identifier(group)}"


def _known(problem: Problem, row: int) -> dict[str, float | str]:
    """What is known of a row's visit, and which parameters it has."""
    design = problem.design
    visits, (at, base) = design.visits, design.rows.visits[row, :2]
    study = int(design.rows.study[row])
    group = design.catalogue.placebo_groups[int(design.placebo_group[study])].name
    ill = bool(visits.ill[at])
    weight: float | str = "untreated_share" if visits.untreated[at] else 1.0
    return {
        "placebo_weight": weight if ill else 0.0,
        "treated_days": float(visits.treated_days[at]),
        "placebo_of_group": placebo_parameter(group),
        "severity": float(severity_of(design)[study]),
        "decades_after_2010": float(design.decades_since_2010[study]),
        "with_pain": float(ill),
        "study_days": float(visits.study_days[at]),
        "open_label": float(visits.open_label[at]),
        "difference_error": float(visits.standard_error[at]),
        "baseline_study_days": float(visits.study_days[base]),
        "is_case": float(visits.case[at]),
    }


def _errors(problem: Problem, draw: Draw) -> Float[np.ndarray, " rows"]:
    """Standard error of every row; where its study prints none, that of the nominal SD between patients."""
    rows = problem.design.rows
    missing = np.exp(np.asarray(log_missing_sd(problem.design.dispersions, draw)))
    latent = np.append(missing, 1.0)[rows.dispersion] / np.sqrt(np.where(np.isfinite(rows.n), rows.n, 1.0))
    return np.where(rows.dispersion >= 0, latent, rows.standard_error)

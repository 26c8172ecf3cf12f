"""Doses of arms that a fit uses: what cannot be converted is refused, what is assumed or unusual is named."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import final

import pandas as pd

from windup.datasets.catalogue.catalogue import Catalogue
from windup.datasets.catalogue.dose_conversion import DoseConversion
from windup.datasets.catalogue.trial_columns import dose_units
from windup.datasets.files.errors import Fault
from windup.datasets.tables.trials import Trials

_DOSING = "dosing.csv"
_ADMITTED = ("not stated", "not convertible")


def arms_in_use(observations: pd.DataFrame) -> set[tuple[str, str]]:
    """Study and name of every arm that a used row speaks of.

    Parameters
    ----------
    observations
        Table whose column ``used`` is a truth value.
    """
    used = observations[observations["used"]]
    both = (used["arm_id"], used["reference_arm"])
    return {(study, arm) for arms in both for study, arm in zip(used["study_id"], arms, strict=True) if arm}


def dose_faults(dosing: pd.DataFrame, arms: set[tuple[str, str]], catalogue: Catalogue) -> list[Fault]:
    """Stated doses that cannot be brought to the unit of their drug.

    A fit would take the reference dose of the drug in their place. It does so only where the table says that
    the dose is not known: the dose is empty, or ``dose_how`` is ``not stated`` or ``not convertible``.

    Parameters
    ----------
    dosing
        Typed table indexed by line.
    arms
        Arms whose rows are used.
    catalogue
        Drugs and substances.
    """
    conversion, units = DoseConversion(catalogue), ("", *dose_units(catalogue))
    faults: list[Fault] = []
    for index, row in dosing.iterrows():
        stated = not math.isnan(row["dose_per_administration"]) and row["dose_how"] not in _ADMITTED
        # A unit that is no word of the table is a fault already.
        known = row["dose_unit"] in units
        if not (stated and known and (row["study_id"], row["arm_id"]) in arms):
            continue
        found, remedy = conversion.why_unknown(row)
        if found:
            reference = _taken(row, catalogue)
            faults.append(
                Fault(
                    _DOSING, int(str(index)), "dose_per_administration", found,
                    f"{remedy} Or write 'not convertible' in dose_how: a fit then estimates it, or takes "
                    f"{reference}.",
                )
            )  # fmt: skip
    return faults


def limit_faults(dosing: pd.DataFrame) -> list[Fault]:
    """Limits of doses that were adjusted to patients: one without the other, exchanged, or beside the dose.

    Parameters
    ----------
    dosing
        Typed table indexed by line.
    """
    limited = dosing[dosing["dose_low"].notna() | dosing["dose_high"].notna()]
    return [
        Fault(_DOSING, int(str(index)), *finding)
        for index, row in limited.iterrows()
        for finding in _limits(row["dose_low"], row["dose_high"], row["dose_per_administration"])
    ]


def _limits(low: float, high: float, dose: float) -> Iterator[tuple[str, str, str]]:
    if math.isnan(low) or math.isnan(high):
        column = "dose_low" if math.isnan(low) else "dose_high"
        yield column, "One limit of the dose is missing.", "Give both limits, or none."
    elif not low < high:
        found = f"The lowest dose {low:g} is not below the highest {high:g}."
        yield "dose_low", found, "Exchange them, or empty both where the dose was fixed."
    elif dose < low or dose > high:
        found = f"The dose {dose:g} lies outside its limits, {low:g} to {high:g}."
        yield "dose_per_administration", found, "Give dose and limits for the same administration and unit."


@final
@dataclass(frozen=True)
class DoseWarning:
    """A dose that a fit assumes, or one outside the usual range of its drug.

    Attributes
    ----------
    row
        Line of ``dosing.csv``.
    study_id, arm_id
        The arm.
    found, remedy
        What stands there, and what a fit takes or what to check.
    """

    row: int
    study_id: str
    arm_id: str
    found: str
    remedy: str


def dose_warnings(trials: Trials) -> tuple[DoseWarning, ...]:
    """Doses that a fit assumes, and doses outside the usual range of their drug, in the order of the table.

    Parameters
    ----------
    trials
        Loaded trials.
    """
    arms = arms_in_use(trials.observations)
    return tuple(
        DoseWarning(int(row["line"]), row["study_id"], row["arm_id"], *said)
        for _, row in trials.dosing.iterrows()
        if (row["study_id"], row["arm_id"]) in arms and row["drug"] in trials.catalogue.drug_by_name
        for said in _warnings(row, trials.catalogue)
    )


def _warnings(row: pd.Series, catalogue: Catalogue) -> Iterator[tuple[str, str]]:
    drug, dose = catalogue.drug(row["drug"]), row["daily_dose"]
    if math.isnan(dose):
        state = "is not convertible" if row["dose_how"] == "not convertible" else "is not stated"
        yield f"The dose of {drug.label} {state}.", f"A fit {_unknown(row, catalogue)}."
        return
    low = 0.0 if drug.usual_low is None else drug.usual_low
    high = math.inf if drug.usual_high is None else drug.usual_high
    # A dose of nothing is a pause.
    if 0.0 < dose < low or dose > high:
        usual = f"{low:g} to {high:g}" if high < math.inf else f"{low:g} or more"
        yield (
            f"{dose:.15g} {drug.unit} of {drug.label} is outside the usual range, {usual} {drug.unit}.",
            "Check dose, unit and administrations per day.",
        )


def _unknown(row: pd.Series, catalogue: Catalogue) -> str:
    drug = catalogue.drug(row["drug"])
    usual = drug.usual_doses(row["route"])
    if usual is None:
        return f"takes {_taken(row, catalogue)}"
    low, high = (usual.median * math.exp(each * 1.96 * usual.log_sd) for each in (-1.0, 1.0))
    about = f"around {usual.median:.3g} {drug.unit} (95 %: {low:.3g} to {high:.3g})"
    return f'estimates it, {about}; with unknown_doses = "reference" it takes {_taken(row, catalogue)}'


def _taken(row: pd.Series, catalogue: Catalogue) -> str:
    drug = catalogue.drug(row["drug"])
    dose = drug.dose_if_unknown(row["route"])
    what = "the reference dose of" if dose == drug.reference_dose else "one unit of"
    absorbed = " absorbed" if drug.absorption_a_mg is not None else ""
    return f"{what} {drug.label}, {dose:g} {drug.unit}{absorbed}"

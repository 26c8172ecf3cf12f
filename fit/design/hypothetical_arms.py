"""Arms that nobody was randomised to: patients, doses and weeks to be solved together, each only once."""

from __future__ import annotations

from typing import Any, NamedTuple, final

import jax.numpy as jnp
import numpy as np

from windup.datasets import Catalogue, Regimen
from windup.fit.design.doses import DAYS_PER_WEEK, ArmDoses, arm_doses, doses_on_mesh
from windup.fit.design.mesh import arm_mesh
from windup.fit.design.treatments.removal import without_cause
from windup.models import Course, PainModel, Schedule, Values, lasting_drive, solve

NO_DRUG = ArmDoses(0.0, (), untreated=False, treated_from_day=0.0)


class Patient(NamedTuple):
    """Who is treated: pain at enrolment (0-10), central share of the drive, relative magnesium intake."""

    pain: float
    central_share: float
    magnesium_intake: float


def patient_in(condition: str, pain: float, magnesium_intake: float, catalogue: Catalogue) -> Patient:
    """A patient with a chronic condition of the catalogue."""
    share = catalogue.condition_by_name[condition].central_share
    assert share is not None  # every chronic condition has one
    return Patient(pain, share, magnesium_intake)


def patient_of(regimen: Regimen, catalogue: Catalogue) -> Patient:
    """The patient of a regimen."""
    return patient_in(regimen.condition, regimen.pain, regimen.magnesium_intake, catalogue)


def doses_of(regimen: Regimen, catalogue: Catalogue, times: float = 1.0) -> ArmDoses:
    """Doses of a regimen as those of an arm of a trial, every dose multiplied by ``times``."""
    return arm_doses(regimen.dosing(catalogue, times), "", regimen.name, 0.0, catalogue)


@final
class Arms:
    """Arms and the weeks at which they are looked at; the same one is never solved twice.

    Parameters
    ----------
    columns
        Dose columns of the catalogue that the arms are of.
    """

    def __init__(self, columns: tuple[str, ...]) -> None:
        self._columns = columns
        self._patients: dict[Patient, int] = {}
        self._arms: dict[tuple[Patient, ArmDoses], int] = {}
        self._visits: dict[tuple[int, float], int] = {}

    def visits(self, patient: Patient, doses: ArmDoses, weeks: tuple[float, ...]) -> tuple[int, ...]:
        """Places of an arm's weeks among all visits; the arm is added where it is new."""
        self._patients.setdefault(patient, len(self._patients))
        arm = self._arms.setdefault((patient, doses), len(self._arms))
        days = [round(DAYS_PER_WEEK * week, 6) for week in weeks]
        return tuple(self._visits.setdefault((arm, day), len(self._visits)) for day in days)

    def schedule(self) -> Schedule:
        """Mesh, doses and visits of all arms."""
        arm, day = (np.array(column) for column in zip(*self._visits, strict=True))
        arms = [doses for _, doses in self._arms]
        mesh = arm_mesh(arms, arm, day)
        return Schedule(
            **mesh._asdict(),
            study=np.array([self._patients[patient] for patient, _ in self._arms]),
            doses=doses_on_mesh(arms, mesh.trial_days, self._columns),
            visit_arm=arm,
        )

    def solve(
        self, model: PainModel[Any, Any], schedule: Schedule, values: Values, *, cause: bool = True
    ) -> Course:
        """Every arm of ``schedule`` from enrolment on, also those without a drug.

        Without the ``cause`` nothing peripheral drives pain any more from the first day.

        Prior draws include states that cannot last; their drift is no effect of a drug, so that it is let
        happen in both arms of a difference.
        """
        pain, share, intake = (np.array(column) for column in zip(*self._patients, strict=True))
        enrolled = model.at_enrolment(jnp.asarray(pain), share, intake, values)
        drive = lasting_drive(enrolled.strength, share, intake)
        if not cause:
            drive = without_cause(drive)
        return solve(model, schedule, drive, values, enrolled=enrolled.state, integrate_untreated=True)

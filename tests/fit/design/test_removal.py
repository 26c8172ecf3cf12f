"""Claims about arms whose cause is taken away, as arrays."""

from __future__ import annotations

import numpy as np

from windup.fit.design.treatments.removal import RemovedPhase, removal_at


def test_every_visit_after_a_procedure_has_its_share_and_its_days_since() -> None:
    phases = (
        (RemovedPhase("knee_replacement", 14.0, 1.0),),
        (RemovedPhase("knee_replacement", 70.0, 0.25), RemovedPhase("hip_replacement", 100.0, 0.5)),
    )
    removal, since = removal_at(
        phases, np.array([3, 5]), np.array([0, 0, 1, 1]), np.array([14.0, 364.0, 90.0, 364.0])
    )
    assert removal.procedures == ("hip_replacement", "knee_replacement")
    assert removal.visit.tolist() == [1, 2, 3, 3]
    assert removal.of_procedure.tolist() == [1, 1, 1, 0]
    assert removal.share.tolist() == [1.0, 0.25, 0.25, 0.5]
    assert since.visit_day[removal.solved].tolist() == [350.0, 20.0, 294.0, 264.0]
    assert since.study[since.visit_arm[removal.solved]].tolist() == [3, 5, 5, 5]


def test_two_arms_of_a_study_as_long_after_share_a_course() -> None:
    phases = ((RemovedPhase("knee_replacement", 0.0, 1.0),), (RemovedPhase("knee_replacement", 7.0, 0.3),))
    removal, since = removal_at(phases, np.array([0, 0]), np.array([0, 1]), np.array([357.0, 364.0]))
    assert removal.solved.tolist() == [0, 0]
    assert since.visit_day.tolist() == [357.0]


def test_without_a_procedure_there_is_nothing_to_solve() -> None:
    removal, since = removal_at(((),), np.array([0]), np.array([0]), np.array([364.0]))
    assert removal.procedures == ()
    assert len(removal.visit) == len(since.study) == 0

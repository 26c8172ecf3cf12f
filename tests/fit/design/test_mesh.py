"""Claims about the mesh of arms: an arm stops once more after a drug began or ended, and no other does."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jaxtyping import Array

from windup.fit.design.doses import ArmDoses, doses_on_mesh
from windup.fit.design.mesh import SETTLING_DAYS, ArmMesh, arm_mesh
from windup.models import Cascade, Schedule, Values, lasting_drive, solve

from ...models.arms import prior_draws
from .dosed import arm

LAST_WEEK = 12.0


def taking(*phases: tuple[float, float, float], drug: str = "nsaid") -> ArmDoses:
    """Arm that takes a drug from a week to another in a daily dose."""
    return arm(
        *(
            {"drug": drug, "start_week": first, "end_week": last, "daily_dose": dose}
            for first, last, dose in phases
        )
    )


def mesh_of(*arms: ArmDoses, last_week: float = LAST_WEEK, refinement: int = 1) -> ArmMesh:
    """Every arm is seen at enrolment and once more."""
    days = np.tile([0.0, 7.0 * last_week], len(arms))
    return arm_mesh(arms, np.repeat(np.arange(len(arms)), 2), days, refinement=refinement)


def settling(mesh: ArmMesh) -> list[tuple[int, float]]:
    return list(zip(mesh.settling_arm.tolist(), mesh.trial_days[mesh.settling_node].tolist(), strict=True))


def test_arm_settles_after_its_drug_ended_and_after_it_began_late() -> None:
    found = settling(mesh_of(taking((0.0, 12.0, 1.0)), taking((2.0, 8.0, 1.0))))
    assert found == [(1, 14.0 + SETTLING_DAYS), (1, 56.0 + SETTLING_DAYS)]


def test_arm_does_not_settle_after_a_mere_change_of_dose() -> None:
    assert settling(mesh_of(taking((0.0, 1.0, 0.5), (1.0, 12.0, 1.0)))) == []


def test_arm_does_not_settle_after_its_last_visit() -> None:
    assert settling(mesh_of(taking((0.0, 6.0, 1.0)), last_week=6.1)) == []


def test_other_arms_pass_the_nodes_at_which_one_settles() -> None:
    mesh = mesh_of(taking((0.0, 12.0, 1.0)), taking((0.0, 8.0, 1.0)))
    assert set(mesh.settling_node) <= set(mesh.passing)


def test_refined_mesh_settles_at_the_same_days() -> None:
    arms = taking((2.0, 8.0, 1.0)), taking((0.0, 5.0, 1.0))
    assert settling(mesh_of(*arms, refinement=4)) == settling(mesh_of(*arms))


@pytest.mark.parametrize("drug", ["nsaid", "pregabalin"])
def test_that_stop_takes_a_third_of_the_error_of_pain_half_a_week_after_a_drug(drug: str) -> None:
    arms = (taking((0.0, 6.0, 300.0 if drug == "pregabalin" else 1.0), drug=drug),)
    model, share = Cascade(), np.array([0.3])
    draws = prior_draws(model, 40)

    def pain(refinement: int, *, settles: bool) -> Array:
        mesh = mesh_of(*arms, last_week=6.5, refinement=refinement)
        schedule = Schedule(
            **mesh._asdict(),
            study=np.zeros(1, int),
            doses=doses_on_mesh(arms, mesh.trial_days, model.pharmacology.dose_columns),
            visit_arm=np.zeros(2, int),
        )
        if not settles:
            schedule = schedule._replace(settling_arm=np.zeros(0, int), settling_node=np.zeros(0, int))

        def of_draw(values: Values) -> Array:
            enrolled = model.at_enrolment(jnp.array([6.0]), share, np.ones(1), values)
            drive = lasting_drive(enrolled.strength, share)
            return solve(model, schedule, drive, values, enrolled=enrolled.state).pain[1]

        found: Array = jax.jit(jax.vmap(of_draw))(draws)
        return found

    truth = pain(16, settles=True)
    with_stop, without = (jnp.median(jnp.abs(pain(1, settles=settles) - truth)) for settles in (True, False))
    assert with_stop < 0.67 * without

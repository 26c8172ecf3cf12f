"""Claims about doses of which a part is scaled by a parameter."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from windup.models import (
    Course,
    PainModel,
    Schedule,
    TimeCourse,
    Turnover,
    UncertainDoses,
    lasting_drive,
    node_of,
    solve,
    solve_adaptive,
    trial_mesh,
)

from ..arms import medians

DAYS = trial_mesh(84.0)
NODES = node_of(DAYS, np.array([28.0, 84.0]))
MODELS = pytest.mark.parametrize("model", [TimeCourse(), Turnover()], ids=lambda model: model.name)


def schedule(model: PainModel[Any, Any], factor: float = 1.0, *, uncertain: bool = True) -> Schedule:
    """Two arms on pregabalin, 150 mg/day for four weeks and then 300 ``factor`` in the second of them."""
    begins = DAYS[:-1] >= 28.0
    first = np.where(begins, 300.0, 150.0)
    part = np.stack([np.zeros(len(first)), np.where(begins, 300.0, 0.0)], axis=1)
    doses = {column: np.zeros((len(first), 2)) for column in model.pharmacology.dose_columns}
    doses["pregabalin"] = np.stack([first, first], axis=1) + (factor - 1.0) * part
    return Schedule(
        trial_days=DAYS,
        study=np.zeros(2, int),
        doses=doses,  # type: ignore[arg-type]
        visit_arm=np.array([0, 0, 1, 1]),
        visit_node=np.tile(NODES, 2),
        uncertain=UncertainDoses(("pregabalin",), (part,)) if uncertain else UncertainDoses(),
    )


def course(model: PainModel[Any, Any], of: Schedule, factors: Any, solver: Any = solve) -> Course:
    values = medians(model) | {name: jnp.asarray(1.5) for name in model.strengths_at_rest()}
    people = model.at_enrolment(jnp.asarray([6.0]), np.array([0.1]), np.ones(1), values)
    drive = lasting_drive(people.strength, 0.1)
    found: Course = solver(model, of, drive, values, enrolled=people.state, dose_factors=factors)
    return found


@MODELS
@pytest.mark.parametrize("factor", [0.25, 3.0])
def test_scaled_part_is_what_a_table_with_that_dose_gives(model: PainModel[Any, Any], factor: float) -> None:
    scaled = course(model, schedule(model), jnp.array([factor]))
    printed = course(model, schedule(model, factor, uncertain=False), None)
    np.testing.assert_allclose(scaled.pain, printed.pain, rtol=1e-9)
    assert abs(float(scaled.pain[3] - scaled.pain[1])) > 0.01


@MODELS
def test_without_factors_doses_stand_at_their_medians(model: PainModel[Any, Any]) -> None:
    one, none = (course(model, schedule(model), factors).pain for factors in (jnp.ones(1), None))
    np.testing.assert_allclose(one, none, rtol=1e-12)


def test_adaptive_solve_scales_the_same_part() -> None:
    model, factors = Turnover(), jnp.array([3.0])
    fast, adaptive = (course(model, schedule(model), factors, each).pain for each in (solve, solve_adaptive))
    np.testing.assert_allclose(fast, adaptive, atol=2e-3)


@MODELS
def test_gradient_by_a_factor_is_that_of_differences_and_stays_in_its_arm(model: PainModel[Any, Any]) -> None:
    def pain(factor: Any) -> Any:
        return course(model, schedule(model), factor[None]).pain

    slope = jax.jacrev(pain)(jnp.asarray(1.3))
    differences = (pain(jnp.asarray(1.3001)) - pain(jnp.asarray(1.2999))) / 0.0002
    np.testing.assert_allclose(slope, differences, atol=1e-6)
    np.testing.assert_allclose(slope[:3], 0.0, atol=1e-12)
    assert slope[3] < 0.0

"""Claims about segments: the same numbers and gradients as in one piece, memory grows with the root."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jaxtyping import Array

from windup.models import Drive, PainModel, Schedule, Turnover, Values, refined, solve
from windup.models.integrator.checkpoints import Cut, cut, reading

from ..arms import NO_DRUG, drive_of, medians, schedule_of

REGIMENS = [NO_DRUG, {"pregabalin": (300.0, 7.0, 84.0)}, {"nsaid": (1.0, 0.0, 42.0)}]
SCHEDULE = schedule_of(REGIMENS, illness_days=365.0)


def finer(schedule: Schedule, parts: int) -> Schedule:
    """Every step of the trial cut into parts."""
    return schedule._replace(
        trial_days=refined(schedule.trial_days, parts),
        doses=jax.tree.map(lambda dose: np.repeat(dose, parts, axis=0), schedule.doses),
        visit_node=schedule.visit_node * parts,
        passing=schedule.passing * parts,
        settling_node=schedule.settling_node * parts,
    )


def misfit(model: PainModel[Any, Any], schedule: Schedule, values: Values, drive: Drive) -> Array:
    course = solve(model, schedule, drive, values)
    return jnp.sum((course.pain - 4.0) ** 2) + jnp.sum(course.csf_magnesium)


def test_segments_give_the_numbers_and_the_gradient_of_one_piece(monkeypatch: pytest.MonkeyPatch) -> None:
    # Steps are cut without regard to the model.
    model = Turnover()
    values, drive = medians(model), drive_of(0.15, 0.1, 1.0)

    def found() -> Any:
        return jax.jit(jax.value_and_grad(lambda *a: misfit(model, SCHEDULE, *a), argnums=(0, 1)))(
            values, drive
        )

    whole = found()
    monkeypatch.setattr("windup.models.integrator.checkpoints._KEPT", 8)
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-12), found(), whole)


@pytest.mark.release
def test_memory_of_a_gradient_grows_with_the_root_of_the_steps() -> None:
    model = Turnover()
    values, drive = medians(model), drive_of(0.15, 0.1, 1.0)
    enrolled = model.fallen_ill(drive, values)
    parts = np.array([16, 64, 256])

    def bytes_of(parts: int) -> int:
        schedule = finer(SCHEDULE, parts)

        def gradient(values: Values) -> Any:
            return jax.grad(lambda v: jnp.sum(solve(model, schedule, drive, v, enrolled=enrolled).pain))(
                values
            )

        memory: Any = jax.jit(gradient).lower(values).compile().memory_analysis()
        return int(memory.temp_size_in_bytes)

    taken = [bytes_of(each) for each in parts]
    slope, _ = np.polyfit(np.log(parts), np.log(taken), 1)
    assert slope < 0.6


def test_few_turns_stay_in_one_piece() -> None:
    assert cut(125) == Cut(turns=125, segments=1, length=125)


@pytest.mark.parametrize("turns", [257, 1000, 10_001])
def test_segments_hold_all_turns_and_are_as_many_as_each_has(turns: int) -> None:
    found = cut(turns)
    assert turns <= found.segments * found.length < turns + found.length
    assert abs(found.segments - found.length) <= 1


def test_rows_are_read_where_they_were_asked_for() -> None:
    pieces, width = cut(400), 3
    table = np.random.default_rng(0).normal(size=(400 * width,))
    asked = np.random.default_rng(1).permutation(400 * width)[:70]
    by_segment = np.concatenate([table, np.zeros(-len(table) % (pieces.length * width))])
    found = reading(asked, pieces, width)
    read = np.stack(
        [part[rows] for part, rows in zip(by_segment.reshape(pieces.segments, -1), found.rows, strict=True)]
    )
    np.testing.assert_array_equal(read.ravel()[found.at], table[asked])

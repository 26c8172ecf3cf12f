"""Claims about the SBML of models: an independent simulator solves it as windup's adaptive solver does."""

from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from windup.fit.analyses.exchange.sbml import sbml_text
from windup.fit.problem.build import model_named
from windup.fit.settings.fit import MODELS
from windup.models import PainModel, model_formulas, solve_adaptive

from ....models.arms import (
    drive_of,
    full_dose_regimens,
    one_draw,
    prior_draws,
    schedule_of,
)

pytest.importorskip("libsbml", reason="SBML is written by python-libsbml")
pytest.importorskip("roadrunner", reason="the independent simulator is libRoadRunner")

from .simulator import Simulator

DAYS = (0.0, 1.0, 3.0, 7.0, 14.0, 28.0, 84.0, 98.0)
OUTPUTS = ("pain", "serum_magnesium_mmol_per_L", "csf_magnesium_mmol_per_L")
# Of two drugs together, after each drug alone.
TOGETHER = {"pregabalin": (300.0, 7.0, 84.0), "nsaid": (1.0, 0.0, 28.0)}


def worst_difference(model: PainModel[Any, Any], draws: int, arms: slice, seed: int) -> float:
    """Largest difference of an output, relative to its size above 1, over draws, arms and days.

    Patients fall ill on the first day, from which doses differ: all states move.
    """
    regimens = [*full_dose_regimens(), TOGETHER][arms]
    schedule = schedule_of(regimens, visit_days=DAYS)
    drive = drive_of(0.4, 0.1, 0.2, 0.8)
    values = prior_draws(model, draws, seed)
    formulas = model_formulas(model)

    @jax.jit
    def solved(values: Any) -> jax.Array:
        start = jax.tree.map(lambda x: jnp.broadcast_to(x, (1,)), model.fallen_ill(drive, values))
        course = solve_adaptive(model, schedule, drive, values, enrolled=start)
        return jnp.stack([course.pain, course.serum_magnesium, course.csf_magnesium], axis=1)

    simulator = Simulator(sbml_text(formulas, dict.fromkeys(values, 1.0), version="0"))
    worst = 0.0
    for number in range(draws):
        one = one_draw(values, number)
        wanted = np.asarray(solved(one)).reshape(len(regimens), len(DAYS), len(OUTPUTS))
        start = model.fallen_ill(drive, one)
        given = {each.name: float(one[each.name]) for each in formulas.parameters}
        given |= {name: float(getattr(drive, field)[0]) for field, name in formulas.drives.items()}
        given |= {name: float(np.ravel(getattr(start, name))[0]) for name in formulas.states}
        for arm, regimen in enumerate(regimens):
            names = formulas.doses
            found = simulator.seen(given, periods_of(regimen, names), DAYS, OUTPUTS)
            # On the first day nothing has been taken yet, and on the others a drug may have just ended.
            settled = [number for number, day in enumerate(DAYS) if day not in days_of(regimen)]
            difference = np.abs(found - wanted[arm]) / np.maximum(np.abs(wanted[arm]), 1.0)
            worst = max(worst, float(difference[settled].max()))
    return worst


def days_of(regimen: Mapping[str, tuple[float, float, float]]) -> set[float]:
    return {day for _, *days in regimen.values() for day in days}


def periods_of(
    regimen: Mapping[str, tuple[float, float, float]], names: Mapping[str, str]
) -> list[tuple[float, dict[str, str]]]:
    return [
        (day, {names[drug]: str(dose if begin == day else 0.0)})
        for drug, (dose, begin, end) in regimen.items()
        if drug in names
        for day in (begin, end)
    ]


def test_cascade_is_solved_alike_by_an_independent_simulator() -> None:
    assert worst_difference(model_named("cascade"), draws=2, arms=slice(2, None, 8), seed=6) < 1e-6


@pytest.mark.parametrize(
    ("model", "draws"),
    [
        pytest.param("cascade", 20, marks=pytest.mark.slow),
        *(pytest.param(model, 3, marks=pytest.mark.release) for model in MODELS if model != "cascade"),
    ],
)
def test_draws_of_twenty_arms_are_solved_alike_by_an_independent_simulator(model: str, draws: int) -> None:
    assert worst_difference(model_named(model), draws=draws, arms=slice(0, 20), seed=7) < 1e-6


def test_another_equation_would_be_seen() -> None:
    model = model_named("turnover")
    formulas = model_formulas(model)
    assert "burden_time" in {each.name for each in formulas.parameters}
    text = sbml_text(formulas, {each.name: each.location for each in formulas.parameters}, version="0")
    given = {"drive_peripheral": 1.0}
    seen = [
        Simulator(each).seen(given, [], [30.0], ["pain"])[0, 0]
        for each in (text, text.replace("<ci> burden_time </ci>", "<cn> 7 </cn>"))
    ]
    assert abs(seen[0] - seen[1]) > 1e-3

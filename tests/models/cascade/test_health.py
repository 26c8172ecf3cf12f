"""Claims about health and about the range of the states, over draws from the prior."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from windup.models import Doses, Drive, PainModel, integrate

from ..arms import DOSE_COLUMNS, FULL_DOSE, constant_doses, doses_at, drive_of, finite, medians, prior_draws
from ..conftest import MODELS
from ..laboratory import ILLNESS_DAYS, TRIAL_DAYS

DRAWS = 10_000
POOLS = {
    "alpha2delta1",
    "surface_receptors",
    "clearance",
    "mitochondria",
    "mnsod",
    "glutathione",
    "inhibition",
}
TWENTY_YEARS = np.concatenate([ILLNESS_DAYS, np.arange(1277.5, 7305.0, 182.5)])


def test_health_is_an_exact_steady_state_for_every_draw(model: PainModel[Any, Any]) -> None:
    values = prior_draws(model, DRAWS)
    actions = jax.vmap(lambda v: model.actions(constant_doses(), v))(values)
    start = jax.vmap(lambda v: model.fallen_ill(drive_of(), v))(values)
    slope = jax.vmap(lambda y, a, v: model.derivative(y, a, drive_of(), v))(start, actions, values)
    assert max(float(jnp.max(jnp.abs(leaf))) for leaf in slope) < 1e-12


def test_health_has_no_pain_for_every_draw(model: PainModel[Any, Any]) -> None:
    values = prior_draws(model, DRAWS)
    healthy = model.healthy(jnp.zeros(1))
    pain = jax.vmap(lambda v: model.pain(healthy, model.actions(constant_doses(), v), drive_of(), v))(values)
    assert float(jnp.max(jnp.abs(pain))) == 0.0


def test_falling_ill_without_a_cause_at_customary_magnesium_is_health(model: PainModel[Any, Any]) -> None:
    assert model.fallen_ill(drive_of(), medians(model)) == model.healthy(jnp.zeros(1))


def test_habitual_magnesium_is_a_steady_state_at_every_level(model: PainModel[Any, Any]) -> None:
    values, drive = medians(model), drive_of(habitual_magnesium=jnp.linspace(0.3, 2.0, 9), studies=9)
    actions = model.actions(model.pharmacology.no_doses(jnp.zeros(9)), values)
    slope = model.derivative(model.fallen_ill(drive, values), actions, drive, values)
    magnesium = (slope.serum_magnesium, slope.tissue_magnesium, slope.csf_magnesium)
    assert max(float(jnp.max(jnp.abs(leaf))) for leaf in magnesium) < 1e-12


def course(
    model: PainModel[Any, Any],
    days: np.ndarray,
    doses: Doses,
    drive: Drive,
    values: Any,
    *,
    limited: bool = True,
) -> Any:
    """States and pain of many draws, one arm each."""

    def one(doses: Doses, drive: Drive, values: Any) -> Any:
        actions = model.actions(doses, values)
        steps = jnp.diff(jnp.asarray(days))
        states = integrate(
            lambda y, a, c: model.derivative(y, a, *c),
            model.fallen_ill(drive, values),
            actions,
            steps,
            (drive, values),
            model.linear_rates(values),
            limits=model.limits() if limited else None,
        )
        everywhere = jax.tree.map(lambda x: jnp.broadcast_to(x, (len(steps), *x.shape)), drive)
        return states, model.pain(states, actions, everywhere, values)

    return jax.jit(jax.vmap(one))(doses, drive, values)


def treated_courses(*, limited: bool) -> dict[str, Any]:
    """Three years of illness, then a year with random drugs, many harmful, that all stop on day 84."""
    found = {}
    days = np.concatenate([ILLNESS_DAYS, ILLNESS_DAYS[-1] + TRIAL_DAYS[1:]])
    begin, end = ILLNESS_DAYS[-1], ILLNESS_DAYS[-1] + 84.0
    for model in MODELS:
        rng = np.random.default_rng(1)
        on = {drug: rng.random(DRAWS) < 0.25 for drug in DOSE_COLUMNS}
        size = {drug: on[drug] * np.exp(rng.normal(0.0, 0.7, DRAWS)) for drug in DOSE_COLUMNS}
        unit = {drug: (FULL_DOSE[drug], begin, end) for drug in DOSE_COLUMNS}
        unit["capsaicin_patch"] = (FULL_DOSE["capsaicin_patch"], end, end + 1.0)
        pattern = doses_at(days, [unit])
        doses = {drug: jnp.asarray(size[drug])[:, None, None] * pattern[drug][None] for drug in DOSE_COLUMNS}
        drive = Drive(
            peripheral=jnp.asarray(np.exp(rng.normal(-1.5, 1.0, (DRAWS, 1)))),
            central=jnp.asarray(rng.choice([0.0, 0.3], (DRAWS, 1))),
            injury=jnp.asarray(rng.choice([0.0, 1.0, 5.0], (DRAWS, 1))),
            habitual_magnesium=jnp.asarray(np.exp(rng.normal(0.0, 0.2, (DRAWS, 1)))),
        )
        values = prior_draws(model, DRAWS)
        found[model.name] = course(model, days, doses, drive, values, limited=limited)
    return found


@pytest.fixture(scope="module")
def treated() -> dict[str, Any]:
    return treated_courses(limited=True)


@pytest.fixture(scope="module")
def unlimited() -> dict[str, Any]:
    """The same without the borders at which a step ends: what the integrator does by itself."""
    return treated_courses(limited=False)


def test_states_of_ten_thousand_treated_draws_are_finite(
    model: PainModel[Any, Any], treated: dict[str, Any]
) -> None:
    assert finite(treated[model.name])


def test_pain_of_ten_thousand_treated_draws_lies_between_0_and_10(
    model: PainModel[Any, Any], treated: dict[str, Any]
) -> None:
    pain = treated[model.name][1]
    assert 0.0 <= float(jnp.min(pain)) <= float(jnp.max(pain)) <= 10.0


def test_every_state_of_ten_thousand_treated_draws_lies_within_its_limits(
    model: PainModel[Any, Any], treated: dict[str, Any]
) -> None:
    states, lowest, highest = treated[model.name][0], *model.limits()
    for name in states._fields:
        state = getattr(states, name)
        assert getattr(lowest, name) <= float(jnp.min(state)), name
        assert float(jnp.max(state)) <= getattr(highest, name), name


def outside(states: Any, limits: tuple[Any, Any], within: set[str], *, by: float) -> int:
    """Number of draws of which a state lies more than ``by`` beyond its limits at any node."""
    far = np.zeros(DRAWS, bool)
    for name in within:
        state = np.asarray(getattr(states, name)).reshape(DRAWS, -1)
        far |= (state < getattr(limits[0], name) - by).any(1) | (state > getattr(limits[1], name) + by).any(1)
    return int(far.sum())


# Measured over six seeds: 11 of 60,000 draws of the cascade leave their limits by more than 0.002 and 3 empty
# a pool (one of 55-fold surface receptors fell to -1.9 within a step of a week in which all drugs stop).
def test_integrator_by_itself_leaves_the_limits_in_at_most_one_of_a_thousand_draws(
    model: PainModel[Any, Any], unlimited: dict[str, Any]
) -> None:
    states = unlimited[model.name][0]
    allowed = DRAWS // 1000 if model.name == "cascade" else 0
    assert outside(states, model.limits(), set(states._fields), by=0.002) <= allowed


def test_pools_stay_above_0_without_limits_in_all_but_one_of_a_thousand_treated_draws(
    unlimited: dict[str, Any],
) -> None:
    states = unlimited["cascade"][0]
    empty = np.any([np.asarray(getattr(states, name)).reshape(DRAWS, -1).min(1) <= 0.0 for name in POOLS], 0)
    assert int(empty.sum()) <= DRAWS // 1000


def test_twenty_years_of_illness_stay_finite(model: PainModel[Any, Any]) -> None:
    draws = 1000
    steps = len(TWENTY_YEARS) - 1
    doses = model.pharmacology.no_doses(jnp.zeros((draws, steps, 1)))
    drive = jax.tree.map(lambda x: jnp.broadcast_to(x, (draws, 1)), drive_of(0.3, 0.1, 2.0))
    assert finite(course(model, TWENTY_YEARS, doses, drive, prior_draws(model, draws, seed=5)))

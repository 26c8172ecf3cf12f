"""Claims about whose pain would last, against people who are followed after their cause is gone."""

from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from windup.fit.problem.people.lasting import CAUSES, lasting
from windup.fit.problem.people.one_patient import ONE_PATIENT
from windup.fit.problem.people.population import Population
from windup.fit.problem.people.standing import Balance, balance_of
from windup.models import PainModel, SingleLoop, TimeCourse, Turnover

from .simulated import drives_at, loop_values, steady_pains

SHARES = np.array([0.1, 0.6])
SPREADS = {
    "drive_spread": 0.6,
    "lasting_report_spread": 0.8,
    "passing_report_spread": 1.0,
    "passing_report_log_sd": 0.3,
    "sensitivity_spread": 0.6,
}


def followed(burden: np.ndarray, gain: np.ndarray, drive: np.ndarray) -> np.ndarray:
    """Burden after the drive has changed to ``drive``, in time constants: x' = drive + r(x) - x."""
    for _ in range(2500):
        square = burden**2
        burden = burden + 0.2 * (drive + 2.0 * gain * square / (1.0 + square) - burden)
    return burden


@pytest.mark.parametrize("gain", [0.5, 0.8, 0.95, 1.05, 1.4])
def test_pain_lasts_of_those_who_are_followed_to_half_of_it_and_no_further(gain: float) -> None:
    rng = np.random.default_rng(1)
    values = loop_values(gain)
    pains = np.sort(steady_pains(gain, np.exp(rng.normal(-0.5, 1.0, 400)), values))
    pains = pains[(pains > 0.5) & (pains < 9.5)]
    felt = pains / (10.0 - pains)
    burden = felt / float(values["pain_from_burden"])
    drive = burden - 2.0 * gain * burden**2 / (1.0 + burden**2)
    found = lasting(
        Balance(balance_of(SingleLoop(), SHARES, values)[None], jnp.ones(1)),
        SHARES,
        jnp.asarray(np.tile(np.log(felt), (2, 1))),
        jnp.ones((2, len(pains))),
    )
    for number, cause in enumerate(CAUSES):
        for condition, share in enumerate(SHARES):
            left = np.maximum(drive, 0.0) * share * (cause == "peripheral")
            kept = followed(burden, np.full(len(pains), gain), left) * float(values["pain_from_burden"])
            kept = 10.0 * kept / (1.0 + kept)
            # Those who come to a stand within a hundredth of half of their pain are on the edge.
            clear = np.abs(kept - pains / 2.0) > 0.05
            assert clear.mean() > 0.9
            np.testing.assert_array_equal(
                np.asarray(found[number, condition])[clear], (kept > pains / 2.0)[clear]
            )


@pytest.mark.parametrize(("gain", "gain_spread"), [(0.6, 0.2), (1.0, 0.2), (0.9, 0.4)])
def test_share_that_would_last_is_that_of_simulated_people_who_were_admitted(
    gain: float, gain_spread: float
) -> None:
    values, spreads = loop_values(gain), SPREADS | {"gain_spread": gain_spread}
    draw = {name: jnp.asarray(spread) for name, spread in spreads.items()}
    population = Population(SingleLoop().loop_strengths())
    found = population.lasting_share(SingleLoop(), SHARES, draw, values)
    pain = 10.0 / (1.0 + np.exp(-0.4))
    drives = drives_at(pain, 0.6, gain, gain_spread, values, 200)
    kept, admitted = 0.0, 0.0
    for factor in np.exp(gain_spread * stats.norm.ppf((np.arange(120) + 0.5) / 120)):
        pains = steady_pains(gain * factor, drives, values)
        entered = stats.norm.sf((4.0 - pains) / np.hypot(0.8, 1.0))
        burden = pains / (10.0 - pains) / float(values["pain_from_burden"])
        left = followed(burden, np.full(len(pains), gain * factor), np.zeros(len(pains)))
        after = left * float(values["pain_from_burden"])
        kept += float(np.sum(entered * (10.0 * after / (1.0 + after) > pains / 2.0)))
        admitted += float(np.sum(entered))
    assert float(found[1, 0]) == pytest.approx(kept / admitted, abs=0.015)
    assert float(found[1, 0]) == pytest.approx(float(found[1, 1]), abs=1e-9)
    assert float(found[0, 1]) >= float(found[1, 1])


@pytest.mark.parametrize("model", [Turnover(), TimeCourse()], ids=lambda model: model.name)
def test_without_loops_no_pain_lasts_without_any_drive(model: PainModel[Any, Any]) -> None:
    values = {each.name: jnp.asarray(each.location) for each in model.parameters()}
    draw = {name: jnp.asarray(spread) for name, spread in SPREADS.items()}
    for people in (ONE_PATIENT, Population()):
        share = people.lasting_share(model, SHARES, draw, values)
        assert share.shape == (2, 2)
        np.testing.assert_array_equal(share[1], 0.0)

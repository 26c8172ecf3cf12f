"""Claims about the evidence that patients could be enrolled in a state that lasts."""

import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from windup.fit.problem.people.one_patient import (
    MARGIN_THAT_LASTS,
    MARGIN_WIDTH,
    MISSED_WIDTH,
    SHARE_WIDTH,
    UNSETTLED_WIDTH,
    log_lasting,
)

SAFE, SETTLED = np.full(50, 0.9), np.zeros(50)


def evidence(
    margin: np.ndarray = SAFE,
    share: np.ndarray = SAFE,
    unsettled: np.ndarray = SETTLED,
    missed: np.ndarray = SETTLED,
) -> float:
    return float(log_lasting(*map(jnp.asarray, (margin, share, unsettled, missed))))


def with_one(value: float, others: np.ndarray) -> np.ndarray:
    changed = others.copy()
    changed[7] = value
    return changed


def test_states_far_from_any_limit_cost_next_to_nothing() -> None:
    assert evidence() == pytest.approx(0.0, abs=0.01)


@pytest.mark.parametrize("margin", [0.0, 0.05, 0.1, 0.15, 0.2, 0.3])
def test_a_patient_lasts_as_often_as_weekly_drives_with_an_sd_of_a_hundredth_do_not_tip_him(
    margin: float,
) -> None:
    lasts = np.exp(evidence(margin=with_one(margin, SAFE)) - evidence())
    assert lasts == pytest.approx(2.0 * stats.norm.cdf(margin**2 / 2.0 / 0.01) - 1.0, abs=0.02)


def test_a_patient_on_an_unstable_branch_costs_the_square_of_his_distance() -> None:
    cost = evidence(margin=with_one(-0.5, SAFE)) - evidence()
    assert cost == pytest.approx(stats.norm.logcdf((-0.5 - MARGIN_THAT_LASTS) / MARGIN_WIDTH))


def test_a_patient_below_the_pain_of_his_loops_costs_his_distance_in_widths() -> None:
    short = with_one(-0.5, SAFE)
    assert evidence(share=short) - evidence() == pytest.approx(-0.5 / SHARE_WIDTH, abs=0.01)


@pytest.mark.parametrize("widths", [0.1, 1.0, 30.0])
def test_a_patient_still_under_way_costs_the_log_of_the_distance_in_widths(widths: float) -> None:
    creeping = with_one(widths * UNSETTLED_WIDTH, SETTLED)
    assert evidence(unsettled=creeping) - evidence() == pytest.approx(-np.log(np.hypot(1.0, widths)))


@pytest.mark.parametrize("points", [0.1, 0.5, 2.0])
def test_a_state_that_hurts_less_than_its_patient_costs_the_square_of_what_it_misses(points: float) -> None:
    cost = evidence(missed=with_one(points, SETTLED)) - evidence()
    assert cost == pytest.approx(-0.5 * (points / MISSED_WIDTH) ** 2)


def test_every_patient_is_evidence_of_his_own() -> None:
    one, ten = with_one(0.05, SAFE), SAFE.copy()
    ten[:10] = 0.05
    assert evidence(margin=ten) - evidence() == pytest.approx(10.0 * (evidence(margin=one) - evidence()))


def test_evidence_is_never_above_certainty() -> None:
    rng = np.random.default_rng(0)
    assert max(evidence(*rng.normal(size=(4, 9))) for _ in range(50)) <= 0.0

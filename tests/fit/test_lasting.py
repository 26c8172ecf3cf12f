"""Claims about the evidence that patients were enrolled in a state that lasts."""

import jax.numpy as jnp
import numpy as np
import pytest

from windup.fit._model import LASTING_WIDTH, log_lasting

SAFE = np.full(50, 0.8)


def evidence(margin: np.ndarray, share: np.ndarray) -> float:
    return float(log_lasting(jnp.asarray(margin), jnp.asarray(share)))


def test_states_far_from_any_limit_cost_nothing() -> None:
    assert evidence(SAFE, SAFE) == pytest.approx(0.0, abs=1e-4)


@pytest.mark.parametrize("which", ["margin", "share"])
def test_one_study_that_cannot_last_costs_its_distance_in_widths(which: str) -> None:
    short = SAFE.copy()
    short[7] = -0.5
    found = evidence(short, SAFE) if which == "margin" else evidence(SAFE, short)
    assert found == pytest.approx(-0.5 / LASTING_WIDTH, abs=0.01)


def test_it_is_one_event_and_not_one_for_every_study() -> None:
    # Fifty studies at the same impossible margin cost little more than one.
    assert evidence(np.full(50, -0.5), SAFE) > -0.5 / LASTING_WIDTH - np.log(50.0) - 0.01


def test_evidence_is_never_above_certainty() -> None:
    rng = np.random.default_rng(0)
    assert max(evidence(rng.normal(size=9), rng.normal(size=9)) for _ in range(50)) <= 0.0

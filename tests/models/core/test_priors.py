"""What the priors imply before any trial is seen; the numbers are in docs/understand/priors.md."""

import re
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from windup.models import LOOPS, PainModel, loop_gains, solve

from ..arms import drive_of, prior_draws, schedule_of
from ..conftest import MODELS

DRAWS = 4000
DRIVES = (0.03, 0.1, 0.3, 1.0)
PAGE = Path(__file__).parents[3] / "docs" / "understand" / "priors.md"


@pytest.fixture(scope="module")
def gains() -> dict[str, float]:
    """Share of prior draws with a gain above 1."""
    cascade = MODELS[0]
    each, total = jax.jit(jax.vmap(lambda v: loop_gains(cascade, v)))(prior_draws(cascade, DRAWS))
    shares = np.asarray(jnp.mean(each > 1.0, axis=0))
    return dict(zip((*LOOPS, "total"), (*map(float, shares), float(jnp.mean(total > 1.0))), strict=True))


def enrolment_pain(model: PainModel[Any, Any]) -> np.ndarray:
    """Of 300 prior draws at each of the drives."""
    schedule = schedule_of([{}], illness_days=365.0, visit_days=(0.0, 7.0))
    solver = jax.jit(jax.vmap(lambda v, drive: solve(model, schedule, drive_of(drive), v).pain[0], (0, None)))
    draws = prior_draws(model, 300)
    return np.concatenate([solver(draws, drive) for drive in DRIVES])


def test_prior_has_gains_on_both_sides_of_1(gains: dict[str, float]) -> None:
    assert 0.02 < gains["total"] < 0.98


def test_single_loop_is_self_sustaining_in_a_fifth_of_the_prior() -> None:
    gain = prior_draws(MODELS[2], DRAWS)["feedback_gain"]
    assert float(jnp.mean(gain > 1.0)) == pytest.approx(0.2, abs=0.03)


def test_patients_with_every_level_of_pain_are_possible(model: PainModel[Any, Any]) -> None:
    pain = enrolment_pain(model)
    shares = np.histogram(pain, bins=[0.0, 2.0, 4.0, 6.0, 8.0, 10.0])[0] / len(pain)
    assert shares.min() > 0.005


def test_page_reports_the_shares_of_gains_above_1(gains: dict[str, float]) -> None:
    page = PAGE.read_text(encoding="utf-8")
    written = {name: float(share) for name, share in re.findall(r"\| `(\w+)` \| (\d\.\d\d) \|", page)}
    assert set(written) == set(gains)
    for name, share in gains.items():
        assert written[name] == pytest.approx(share, abs=0.03), name

"""Claims about gabapentinoids and the surface pool of receptors."""

import numpy as np
import pytest

from windup.models import Cascade

from ..arms import drive_of, medians
from ..laboratory import TRIAL_DAYS, Run, run

PREGABALIN = {"pregabalin": (300.0, 0.0, 364.0)}
TURNOVER_DAYS = 6.0
EARLY = TRIAL_DAYS <= 60.0


@pytest.fixture(scope="module")
def frozen(cascade: Cascade) -> Run:
    """Nothing but insertion changes: no phosphorylation, so that internalisation keeps its healthy rate."""
    values = medians(
        cascade,
        pregabalin_insertion=1.0,
        surface_turnover_time=TURNOVER_DAYS,
        kinase_from_calcium=0.0,
        kinase_from_substance_p=0.0,
        kinase_from_nitration=0.0,
    )
    return run(cascade, values, drive_of(0.3), [{}, PREGABALIN])


def test_receptors_already_on_the_surface_are_untouched_at_first(cascade: Cascade) -> None:
    values = medians(cascade, pregabalin_insertion=1.0)
    found = run(cascade, values, drive_of(0.15), [{}, PREGABALIN])
    placebo, drug = found.at(0.0).surface_receptors[:2]
    assert drug == placebo


def test_surface_pool_falls_at_the_rate_of_internalisation(frozen: Run) -> None:
    pool, alpha2delta1 = (
        np.asarray(x[EARLY, 1]) for x in (frozen.trial.surface_receptors, frozen.trial.alpha2delta1)
    )
    level = alpha2delta1[0] * np.exp(-1.0)
    exact = level + (pool[0] - level) * np.exp(-TRIAL_DAYS[EARLY] / TURNOVER_DAYS)
    np.testing.assert_allclose(pool, exact, rtol=1e-3)


def test_surface_pool_falls_to_the_drugs_multiplier_of_its_level(frozen: Run) -> None:
    placebo, drug = frozen.at(364.0).surface_receptors[:2]
    np.testing.assert_allclose(drug / placebo, np.exp(-1.0), rtol=1e-6)


def test_effect_on_pain_builds_up_over_weeks(cascade: Cascade) -> None:
    values = medians(cascade, pregabalin_insertion=1.0)
    found = run(cascade, values, drive_of(0.1), [{}, PREGABALIN])
    effect = [float(np.subtract(*found.pain_at(day)[:2])) for day in (1.0, 7.0, 28.0)]
    assert 0.0 < effect[0] < effect[1] < effect[2]


def test_effect_washes_out_after_the_last_dose(cascade: Cascade) -> None:
    values = medians(cascade, pregabalin_insertion=1.0, central_activity=0.1, nitroxidative_activity=0.05)
    found = run(cascade, values, drive_of(0.3), [{}, {"pregabalin": (300.0, 0.0, 84.0)}])
    on, off = (float(np.subtract(*found.pain_at(day)[:2])) for day in (84.0, 364.0))
    assert off < 0.1 * on


def test_gabapentin_acts_as_pregabalin_does_at_equal_strength(cascade: Cascade) -> None:
    values = medians(cascade, pregabalin_insertion=1.0, gabapentin_insertion=1.0)
    found = run(
        cascade, values, drive_of(0.15), [PREGABALIN, {"gabapentin_bioavailable": (900.0, 0.0, 364.0)}]
    )
    np.testing.assert_allclose(found.pain[:, 0], found.pain[:, 1], rtol=1e-12)


def test_phosphorylation_slows_internalisation(cascade: Cascade) -> None:
    slow, fast = (
        run(cascade, medians(cascade, internalisation_slowing=p), drive_of(0.15)).at(0.0) for p in (2.0, 0.2)
    )
    assert slow.surface_receptors[0] > fast.surface_receptors[0]


def test_input_raises_alpha2delta1_and_with_it_the_surface_pool(cascade: Cascade) -> None:
    found = run(cascade, medians(cascade), drive_of(0.3)).at(0.0)
    assert found.alpha2delta1[0] > 1.1
    assert found.surface_receptors[0] > found.alpha2delta1[0]


def test_central_drive_leaves_alpha2delta1_alone(cascade: Cascade) -> None:
    found = run(cascade, medians(cascade), drive_of(central=0.3)).at(0.0)
    np.testing.assert_allclose(found.alpha2delta1, 1.0, rtol=1e-12)

"""Claims about magnesium in serum, tissue and CSF; all models carry it alike."""

from typing import Any

import numpy as np
import pytest

from windup.models import Cascade, PainModel, Values

from ..arms import Regimen, drive_of, medians
from ..conftest import MODELS
from ..laboratory import TRIAL_DAYS, Run, run


def oral(dose_mg: float, last_day: float = 364.0) -> Regimen:
    return {"magnesium_oral": (dose_mg, 0.0, last_day)}


def rise_umol_per_L(found: Run, values: Values, arm: int, day: float) -> float:
    serum = MODELS[0].serum_magnesium_mmol_per_L(found.at(day), values)
    start = MODELS[0].serum_magnesium_mmol_per_L(found.at(0.0), values)
    return 1000.0 * float(serum[arm] - start[arm])


@pytest.fixture(scope="module")
def doses(cascade: Cascade) -> Run:
    return run(cascade, medians(cascade), drive_of(), [oral(150.0), oral(300.0), oral(600.0), oral(1200.0)])


def test_300_mg_a_day_raises_serum_by_tens_of_umol_per_L(cascade: Cascade, doses: Run) -> None:
    assert 20.0 < rise_umol_per_L(doses, medians(cascade), 1, 364.0) < 60.0


def test_csf_rises_by_a_sixth_of_the_relative_rise_of_serum(doses: Run) -> None:
    end = doses.at(364.0)
    np.testing.assert_allclose((end.csf_magnesium - 1.0) / (end.serum_magnesium - 1.0), 0.16, rtol=1e-3)


def test_rise_of_serum_reaches_a_plateau_with_dose(cascade: Cascade, doses: Run) -> None:
    low, usual, double, fourfold = (rise_umol_per_L(doses, medians(cascade), arm, 364.0) for arm in range(4))
    assert usual - low > 2.0 * (fourfold - double) / 4.0
    assert fourfold < 2.0 * usual


def test_serum_takes_about_twenty_weeks_to_its_steady_state(cascade: Cascade, doses: Run) -> None:
    values = medians(cascade)
    final = rise_umol_per_L(doses, values, 1, 364.0)
    reached = [rise_umol_per_L(doses, values, 1, day) / final for day in (28.0, 140.0)]
    assert reached[0] < 0.85 < 0.93 < reached[1] < 1.0


def test_deficient_people_gain_more_than_replete_ones(cascade: Cascade) -> None:
    values = medians(cascade)
    rises = [
        rise_umol_per_L(run(cascade, values, drive_of(habitual_magnesium=h), [oral(300.0)]), values, 0, 364.0)
        for h in (0.3, 1.0, 1.5)
    ]
    assert rises[0] > 2.0 * rises[1] > 2.0 * rises[2] > 0.0


def test_infusion_raises_serum_within_a_day_and_csf_later(cascade: Cascade) -> None:
    infused = run(cascade, medians(cascade), drive_of(), [{"magnesium_intravenous": (1000.0, 0.0, 14.0)}])
    day, week = infused.at(1.0), infused.at(14.0)
    assert day.serum_magnesium[0] > 1.2
    assert day.csf_magnesium[0] - 1.0 < 0.5 * (week.csf_magnesium[0] - 1.0)


def test_infusion_is_gone_from_serum_within_days_but_for_the_tissue_pool(cascade: Cascade) -> None:
    infused = run(cascade, medians(cascade), drive_of(), [{"magnesium_intravenous": (1000.0, 0.0, 4.0)}])
    peak, after = infused.at(4.0).serum_magnesium[0] - 1.0, infused.at(10.5).serum_magnesium[0] - 1.0
    assert 0.0 < after < 0.1 * peak


def test_serum_of_a_constant_infusion_follows_its_closed_form(cascade: Cascade) -> None:
    values = medians(cascade, tissue_magnesium_share=0.0)
    infused = run(cascade, values, drive_of(), [{"magnesium_intravenous": (500.0, 0.0, 364.0)}])
    rise = 500.0 / 24.305 / (49.0 * 0.85) / 2.5
    exact = 1.0 + rise * (1.0 - np.exp(-2.5 * TRIAL_DAYS))
    np.testing.assert_allclose(infused.trial.serum_magnesium[:, 0], exact, rtol=1e-10)


def test_magnesium_is_the_same_in_every_model(model: PainModel[Any, Any]) -> None:
    arms = [oral(300.0), {"magnesium_intravenous": (500.0, 0.0, 14.0)}]
    found, reference = (
        run(one, medians(one), drive_of(0.1, 0.0, 1.0, 0.8), arms) for one in (model, MODELS[0])
    )
    for pool in ("serum_magnesium", "tissue_magnesium", "csf_magnesium"):
        np.testing.assert_allclose(getattr(found.trial, pool), getattr(reference.trial, pool), rtol=1e-9)


def test_oral_magnesium_through_its_block_alone_moves_pain_by_less_than_a_tenth(cascade: Cascade) -> None:
    found = run(cascade, medians(cascade), drive_of(0.1), [{}, oral(600.0)])
    effect = found.pain_at(84.0)[0] - found.pain_at(84.0)[1]
    assert 0.0 < effect < 0.1


def test_pain_does_not_change_magnesium(cascade: Cascade) -> None:
    painful, free = (run(cascade, medians(cascade), drive_of(p), [oral(300.0)]) for p in (0.5, 0.0))
    np.testing.assert_array_equal(painful.trial.serum_magnesium, free.trial.serum_magnesium)

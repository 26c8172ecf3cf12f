"""Claims about capsaicin: a jump at the application, a fade over weeks."""

from typing import Any

import numpy as np

from windup.models import Cascade, PainModel, fibres_lost

from ..arms import drive_of, medians
from ..laboratory import TRIAL_DAYS, run

PATCH = {"capsaicin_patch": (1.0, 0.0, 1.0)}
CREAM = {"capsaicin_cream": (0.3, 0.0, 182.0)}


def test_one_patch_defunctionalises_most_exposed_fibres_within_a_day(model: PainModel[Any, Any]) -> None:
    found = run(model, medians(model), drive_of(0.1), [PATCH])
    assert 0.9 < float(fibres_lost(found.at(1.0).capsaicin)[0]) < 0.96


def test_exposure_wears_off_exponentially_on_any_mesh(model: PainModel[Any, Any]) -> None:
    found = run(model, medians(model, fibre_regeneration_time=35.0), drive_of(0.1), [PATCH])
    later = TRIAL_DAYS >= 1.0
    exposure = np.asarray(found.trial.capsaicin[later, 0])
    np.testing.assert_allclose(exposure, exposure[0] * np.exp(-(TRIAL_DAYS[later] - 1.0) / 35.0), rtol=1e-10)


def test_late_patch_inside_a_long_step_keeps_its_amount(model: PainModel[Any, Any]) -> None:
    late = {"capsaicin_patch": (1.0, 200.0, 201.0)}
    found = run(model, medians(model), drive_of(0.1), [PATCH, late])
    early_peak, late_peak = found.at(1.0).capsaicin[0], float(np.max(found.trial.capsaicin[:, 1]))
    assert 0.6 * early_peak < late_peak <= early_peak


def test_quarter_of_the_fibres_lost_is_still_lost_at_twelve_weeks(cascade: Cascade) -> None:
    found = run(cascade, medians(cascade), drive_of(0.1), [PATCH])
    assert 0.2 < float(fibres_lost(found.at(84.0).capsaicin)[0]) < 0.3


def test_pain_falls_after_a_patch_and_comes_back(model: PainModel[Any, Any]) -> None:
    found = run(model, medians(model, capsaicin_input=1.0), drive_of(0.3), [{}, PATCH])
    effect = [float(np.subtract(*found.pain_at(day)[:2])) for day in (1.0, 21.0, 364.0)]
    assert 0.0 < effect[0] < effect[1]
    assert effect[2] < 0.2 * effect[1]


def test_cream_builds_up_over_weeks(model: PainModel[Any, Any]) -> None:
    found = run(model, medians(model), drive_of(0.1), [CREAM])
    lost = [float(fibres_lost(found.at(day).capsaicin)[0]) for day in (7.0, 42.0, 182.0)]
    assert lost[0] < 0.4 < lost[1] < lost[2] < 1.0

from __future__ import annotations

import math

import pandas as pd
import pytest

from windup.datasets import CANONICAL_UNITS, DRUGS
from windup.datasets.dictionary.exposure import daily_dose

NAN = math.nan


def _dose(
    drug: str,
    substance: str,
    dose: float,
    unit: str,
    rate: float = NAN,
    route: str = "oral",
    end_week: float = 8.0,
) -> float:
    row = {
        "drug": drug,
        "substance": substance,
        "dose_per_administration": dose,
        "dose_unit": unit,
        "administrations_per_day": rate,
        "route": route,
        "start_week": 0.0,
        "end_week": end_week,
    }
    return float(daily_dose(pd.Series(row)))


def test_every_drug_has_a_canonical_unit() -> None:
    assert set(CANONICAL_UNITS) == set(DRUGS)


@pytest.mark.parametrize(
    ("got", "wanted"),
    [
        pytest.param(_dose("pregabalin", "pregabalin", 150, "mg", 2), 300, id="dose times rate"),
        pytest.param(_dose("ala", "alpha-lipoic acid", 600, "mg/day"), 600, id="daily totals"),
        pytest.param(_dose("omega3", "fish oil", 1.8, "g/day"), 1800, id="grams"),
        pytest.param(_dose("ketamine", "ketamine", 0.5, "mg/kg", end_week=0), 35, id="per kg, once"),
        pytest.param(_dose("ketamine", "S(+)-ketamine", 22.2, "mg/h", 24), 532.8, id="per hour"),
        pytest.param(
            _dose("gabapentin", "gabapentin enacarbil", 1200, "mg/day"), 624, id="prodrug to gabapentin"
        ),
        pytest.param(_dose("opioid", "controlled-release oxycodone", 20, "mg", 2), 60, id="oxycodone"),
        pytest.param(_dose("opioid", "tapentadol ER", 175, "mg", 2), 140, id="tapentadol"),
        pytest.param(
            _dose("opioid", "SR morphine (or methadone)", 91, "mg/day"), 91, id="first-named opioid"
        ),
        pytest.param(_dose("nsaid", "naproxen", 500, "mg", 2), 2.0, id="naproxen"),
        pytest.param(_dose("nsaid", "celecoxib", 100, "mg", 2), 1.0, id="celecoxib"),
        pytest.param(_dose("magnesium", "citrate", 150, "mg elemental", 3), 450, id="elemental magnesium"),
        pytest.param(_dose("exercise_aerobic", "walking", 1, "sessions", 3 / 7), 3.0, id="sessions a week"),
        pytest.param(_dose("exercise_resistance", "weights", 2, "sessions/week"), 2.0, id="weekly totals"),
        pytest.param(_dose("capsaicin_patch", "patch", 8, "% patch", end_week=0), 1.0, id="one application"),
        pytest.param(_dose("capsaicin_cream", "cream", 0.075, "% cream", 4), 0.3, id="cream"),
    ],
)
def test_daily_doses_agree_with_hand_computed_values(got: float, wanted: float) -> None:
    assert got == pytest.approx(wanted)


def test_three_grams_of_magnesium_sulfate_hold_12_17_mmol() -> None:
    # 24.32 mEq as printed by Tiryakioglu 2009 (doi 10.1186/1749-8090-4-8) are 12.16 mmol.
    dose = _dose("magnesium", "magnesium sulphate 3 g", 3, "g", 1, route="iv")
    assert dose / 24.305 == pytest.approx(12.16, abs=0.02)


@pytest.mark.parametrize(
    "got",
    [
        pytest.param(_dose("pregabalin", "pregabalin", NAN, ""), id="no dose"),
        pytest.param(_dose("pregabalin", "pregabalin", 150, "mg"), id="no rate"),
        pytest.param(_dose("opioid", "transdermal buprenorphine", 0.0225, "mg/h", 24), id="no factor"),
        pytest.param(_dose("opioid", "morphine", 10, "mg", 1, route="iv"), id="not by mouth"),
        pytest.param(_dose("nsaid", "topical diclofenac", 50, "mg", 4, route="topical"), id="topical"),
        pytest.param(_dose("magnesium", "magnesium chloride", 2.5, "g", 1), id="salt of unknown water"),
        pytest.param(_dose("capsaicin_patch", "control patch", 0.04, "% patch", end_week=0), id="weak patch"),
        pytest.param(_dose("placebo", "placebo", 1, "capsule", 2), id="placebo"),
    ],
)
def test_a_dose_that_cannot_be_known_is_nan(got: float) -> None:
    assert math.isnan(got)

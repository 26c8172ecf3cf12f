from __future__ import annotations

import math

import pandas as pd
import pytest

from windup.datasets import Catalogue, DoseConversion, Drug, Substance, packaged_catalogue, packaged_trials

NAN = math.nan


def _dose(
    drug: str,
    substance: str,
    dose: float,
    unit: str,
    rate: float = NAN,
    route: str = "oral",
    end_week: float = 8.0,
    catalogue: Catalogue | None = None,
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
    return DoseConversion(catalogue or packaged_catalogue()).daily_dose(pd.Series(row))


@pytest.mark.parametrize(
    ("got", "wanted"),
    [
        pytest.param(_dose("pregabalin", "pregabalin", 150, "mg", 2), 300, id="dose times rate"),
        pytest.param(_dose("ala", "alpha-lipoic acid", 600, "mg/day"), 600, id="daily totals"),
        pytest.param(_dose("omega3", "fish oil", 1.8, "g/day"), 1800, id="grams"),
        pytest.param(_dose("ketamine", "ketamine", 0.5, "mg/kg", end_week=0), 35, id="per kg, once"),
        pytest.param(_dose("ketamine", "ketamine", 22.2, "mg/h", 24), 532.8, id="per hour"),
        pytest.param(_dose("ketamine", "S(+)-ketamine", 22.2, "mg/h", 24), 1065.6, id="enantiomer"),
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
        pytest.param(_dose("opioid", "fentanyl", 60, "mg oral morphine/day"), 60, id="unit of the drug"),
        pytest.param(_dose("capsaicin_patch", "patch", 2, "applications", end_week=0), 2, id="applications"),
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
        pytest.param(_dose("pregabalin", "pregabalin", 10, "mg elemental", 1), id="unit of another drug"),
        pytest.param(_dose("opioid", "dihydrocodeine", 30, "mg", 4), id="name within another name"),
        pytest.param(_dose("placebo", "placebo", 1, "capsule", 2), id="placebo"),
    ],
)
def test_a_dose_that_cannot_be_known_is_nan(got: float) -> None:
    assert math.isnan(got)


# As printed in the WHO ATC/DDD Index, group M01A, and in the conversion table of doi:10.15585/mmwr.rr7103a1.
DEFINED_DAILY_DOSES_MG = {
    "aceclofenac": 200,
    "celecoxib": 200,
    "diclofenac": 100,
    "etodolac": 400,
    "etoricoxib": 60,
    "ibuprofen": 1200,
    "meloxicam": 15,
    "naproxen": 500,
    "rofecoxib": 25,
}
ORAL_MORPHINE = {
    "morphine": 1.0,
    "codeine": 0.15,
    "hydrocodone": 1.0,
    "hydromorphone": 5.0,
    "methadone": 4.7,
    "oxycodone": 1.5,
    "oxymorphone": 3.0,
    "tapentadol": 0.4,
    "tramadol": 0.2,
}


@pytest.mark.parametrize(("substance", "milligrams"), DEFINED_DAILY_DOSES_MG.items())
def test_a_printed_defined_daily_dose_is_one_usual_dose(substance: str, milligrams: float) -> None:
    assert _dose("nsaid", substance, milligrams, "mg/day") == pytest.approx(1.0, rel=1e-12)


@pytest.mark.parametrize(("substance", "factor"), ORAL_MORPHINE.items())
def test_opioids_count_by_their_printed_factor(substance: str, factor: float) -> None:
    assert _dose("opioid", f"{substance} ER", 20, "mg", 2) == pytest.approx(40 * factor, rel=1e-12)


def test_no_substance_of_these_two_drugs_is_without_a_printed_factor() -> None:
    named = {row.names[0] for row in packaged_catalogue().substances if row.drug in ("nsaid", "opioid")}
    assert named == set(DEFINED_DAILY_DOSES_MG) | set(ORAL_MORPHINE)


def _own(unit: str, *substances: Substance) -> Catalogue:
    return Catalogue((Drug("own", "own drug", unit, 1.0),), substances, (), (), (), ())


@pytest.mark.parametrize(
    ("unit", "given", "wanted"),
    [
        ("mg/day", (5.0, "mg", 2.0), 10.0),
        ("mg/day", (0.01, "g/day", NAN), 10.0),
        ("g/day", (500.0, "mg", 2.0), 1.0),
        ("ug/day", (5.0, "ug", 2.0), 10.0),
        ("mg/week", (10.0, "mg", 1 / 7), 10.0),
        ("mg/week", (10.0, "mg/week", NAN), 10.0),
        ("pinches/day", (3.0, "pinches/day", NAN), 3.0),
        ("pinches/day", (3.0, "mg", 1.0), NAN),
    ],
)
def test_a_drug_without_substances_takes_its_unit_and_masses(
    unit: str, given: tuple[float, str, float], wanted: float
) -> None:
    dose, printed, rate = given
    got = _dose("own", "own drug", dose, printed, rate, catalogue=_own(unit))
    assert got == pytest.approx(wanted, nan_ok=True)


def test_an_exact_equivalence_holds_for_no_other_amount() -> None:
    film = Substance("own", ("*",), (), "film", 2.0, 7.0, False, "a test")
    assert _dose("own", "film", 2, "film", 1, catalogue=_own("mg/day", film)) == 7.0
    assert math.isnan(_dose("own", "film", 4, "film", 1, catalogue=_own("mg/day", film)))


def test_the_longer_of_two_names_at_one_place_counts() -> None:
    salts = [Substance("own", (name,), (), "mg", 1.0, equals, True, "a test")
             for name, equals in (("own", 1.0), ("own citrate", 0.2))]  # fmt: skip
    assert _dose("own", "Own citrate 5 mg", 5, "mg", 1, catalogue=_own("mg/day", *salts)) == 1.0


def test_a_route_with_rows_of_its_own_takes_them() -> None:
    rows = [Substance("own", ("*",), (route,), "mg", 1.0, equals, True, "a test")
            for route, equals in (("oral", 1.0), ("iv", 3.0))]  # fmt: skip
    assert _dose("own", "own", 5, "mg", 1, route="iv", catalogue=_own("mg/day", *rows)) == 15.0
    assert math.isnan(_dose("own", "own", 5, "mg", 1, route="topical", catalogue=_own("mg/day", *rows)))


@pytest.mark.parametrize(
    ("cells", "found", "remedy"),
    [
        pytest.param(
            {"dose_per_administration": NAN}, "No dose is given.", "if they are known", id="no dose"
        ),
        pytest.param({"dose_unit": "capsule"}, "in 'capsule' cannot be converted", "mg elemental", id="unit"),
        pytest.param({"substance": "citrate"}, "'citrate' is no substance", "magnesium oxide", id="salt"),
        pytest.param(
            {"administrations_per_day": NAN}, "how often a day", "administrations_per_day", id="rate"
        ),
        pytest.param(
            {"drug": "nsaid", "substance": "diclofenac", "route": "topical"},
            "route 'topical'",
            "oral",
            id="route",
        ),
        pytest.param(
            {"drug": "capsaicin_patch", "dose_unit": "% patch", "dose_per_administration": 4.0},
            "4 % patch of 'capsaicin_patch' is not known",
            "Only 8 % patch",
            id="exact amount",
        ),
    ],
)
def test_a_dose_that_cannot_be_converted_has_its_reason_and_remedy(
    cells: dict[str, object], found: str, remedy: str
) -> None:
    row = {
        "drug": "magnesium",
        "substance": "magnesium oxide",
        "dose_per_administration": 500.0,
        "dose_unit": "mg",
        "administrations_per_day": 1.0,
        "route": "oral",
        "start_week": 0.0,
        "end_week": 8.0,
    }
    conversion = DoseConversion(packaged_catalogue())
    assert conversion.why_unknown(pd.Series(row)) == ("", "")
    reason = conversion.why_unknown(pd.Series(row | cells))
    assert found in reason[0]
    assert remedy in reason[1]


@pytest.mark.parametrize(
    ("study", "arm", "column", "dose"),
    [
        ("zhang2013gen", "GEn_2400", "bioavailability", 0.741),
        ("backonja2011", "GEn_1200_bid", "daily_dose", 1248.0),
        ("noppers2011", "ketamine", "daily_dose", 70.0),
        ("pickering2020", "ketamine", "daily_dose", 35.0),
        ("dtic1999_clbp", "mgo_800", "daily_dose", 72.45),
        ("schutten2022", "mg_citrate_450", "daily_dose", 450.0),
        ("thomas2021_wdte60n", "turmeric_250", "daily_dose", 150.0),
    ],
)
def test_packaged_substance_counts_as_it_is_absorbed(study: str, arm: str, column: str, dose: float) -> None:
    dosing = packaged_trials().dosing
    row = dosing[
        (dosing["study_id"] == study) & (dosing["arm_id"] == arm) & (dosing["drug"] != "placebo")
    ].iloc[0]
    assert row[column] == pytest.approx(dose, rel=1e-3)


def test_bioavailability_takes_the_place_of_saturable_absorption() -> None:
    gabapentin = packaged_catalogue().drug("gabapentin")
    assert gabapentin.absorbed(1248.0, 2.0, 0.741) == pytest.approx(924.8, rel=1e-4)
    assert gabapentin.absorbed(2496.0, 2.0, 0.741) == pytest.approx(2.0 * 924.768, rel=1e-4)

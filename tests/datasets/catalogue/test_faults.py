"""Claims about faults of a user's drugs, conditions and instruments."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..tiny import Tables, faults_of, places, tiny_tables, write_tables
from .own import own_tables

SUBSTANCES = [
    {
        "drug": "lowdosin",
        "substance": "lowdosin hydrochloride",
        "route": "oral",
        "unit": "mg",
        "amount": "1.1",
        "equals": "1",
        "proportional": "yes",
        "source": "expert: a test",
    }
]


def tables() -> Tables:
    return tiny_tables() | own_tables() | {"substances.csv": [dict(row) for row in SUBSTANCES]}


def test_own_tables_without_a_fault_have_none(tmp_path: Path) -> None:
    assert faults_of(write_tables(tmp_path, tables())) == ()


CASES = [
    ("drugs.csv", "drug", {"drug": "pregabalin"}, "comes with windup already"),
    ("drugs.csv", "drug", {"drug": "none"}, "comes with windup already"),
    ("drugs.csv", "drug", {"drug": "Low Dosin"}, "no plain name"),
    ("drugs.csv", "drug", {"drug": "magnesium_oral"}, "is a dose of 'magnesium'"),
    ("drugs.csv", "dose_column", {"dose_column": "gabapentin_bioavailable"}, "is a dose of 'gabapentin'"),
    ("drugs.csv", "dose_column", {"dose_column": "a b"}, "no plain name"),
    ("drugs.csv", "reference_dose", {"reference_dose": ""}, "no reference dose"),
    ("drugs.csv", "reference_dose_source", {"reference_dose_source": ""}, "reference_dose has no source"),
    ("drugs.csv", "usual_source", {"usual_source": "expert"}, "gives no reason"),
    ("drugs.csv", "usual_low", {"usual_low": "10"}, "10 is above the upper end 9"),
    ("drugs.csv", "half_dose", {"half_dose_log_sd": "0.5"}, "half_dose is not"),
    ("drugs.csv", "half_dose_source", {"half_dose": "3"}, "half_dose has no source"),
    (
        "drugs.csv",
        "absorption_b_mg",
        {"absorption_a_mg": "3", "absorption_source": "expert: x"},
        "two constants",
    ),
    ("drugs.csv", "unit", {"unit": ""}, "empty"),
    ("substances.csv", "drug", {"drug": "lowdose"}, "stands neither in drugs.csv"),
    ("substances.csv", "route", {"route": "by mouth"}, "no route"),
    ("substances.csv", "source", {"source": ""}, "empty"),
    (
        "substances.csv",
        "substance",
        {"drug": "opioid", "substance": "oxycodone", "route": ""},
        "Another row has 'oxycodone' of 'opioid'",
    ),
    ("actions.csv", "drug", {"drug": "lowdosin;lowdos"}, "stands neither in drugs.csv"),
    ("actions.csv", "prior_sd", {"prior_sd": ""}, "no prior"),
    ("actions.csv", "source", {"source": ""}, "prior_sd has no source"),
    ("actions.csv", "strength", {"strength": "gabapentin_insertion"}, "has the strength"),
    ("actions.csv", "strength", {"strength": "on microglia"}, "no plain name"),
    ("actions.csv", "sign", {"sign": "blocks"}, "not allowed"),
    ("conditions.csv", "condition", {"condition": "fibromyalgia"}, "comes with windup already"),
    ("conditions.csv", "central_share", {"central_share": ""}, "no central share"),
    ("conditions.csv", "central_share_source", {"central_share_source": ""}, "central_share has no source"),
    ("conditions.csv", "placebo_group", {"placebo_group": ""}, "no placebo group"),
    ("conditions.csv", "placebo_group", {"placebo_group": "mouths"}, "stands neither in placebo_groups.csv"),
    ("instruments.csv", "instrument", {"instrument": "VAS_0_100"}, "comes with windup already"),
    ("instruments.csv", "instrument", {"instrument": "1-7"}, "no plain name"),
    ("instruments.csv", "high", {"high": ""}, "lacks an end"),
    ("instruments.csv", "low", {"low": "7"}, "7 is not below the upper end 7"),
    ("instruments.csv", "source", {"source": ""}, "no source"),
    ("instruments.csv", "factor", {"quantity": "magnesium"}, "no factor"),
    ("outside_classes.csv", "class", {"class": "snri"}, "comes with windup already"),
    ("outside_classes.csv", "class", {"class": "pregabalin"}, "comes with windup already"),
    ("outside_classes.csv", "class", {"class": "lowdosin"}, "is a drug of drugs.csv"),
    ("outside_classes.csv", "class", {"class": "Spa!"}, "no plain name"),
    ("outside_classes.csv", "relief_sd", {"relief_sd": ""}, "empty"),
    ("outside_classes.csv", "days", {"days": "-3"}, "0.1"),
    ("outside_classes.csv", "source", {"source": "expert"}, "gives no reason"),
    ("drugs.csv", "drug", {"drug": "tricyclic"}, "comes with windup already"),
]


@pytest.mark.parametrize(
    ("name", "column", "cells", "found"),
    [pytest.param(*case, id=f"{case[0]} {column} {dict(case[2])}") for case in CASES for column in [case[1]]],
)
def test_a_wrong_cell_is_reported_at_its_place_with_a_remedy(
    tmp_path: Path, name: str, column: str, cells: dict[str, str], found: str
) -> None:
    own = tables()
    own[name][0] |= cells
    here = [fault for fault in faults_of(write_tables(tmp_path, own)) if fault.file == name]
    assert [(fault.row, fault.column) for fault in here] == [(2, column)]
    assert found in here[0].found
    assert here[0].remedy


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        ({"quantity": "linked_pain", "link": "womac_pain", "link_shift": "1"}, "link_shift"),
        ({"quantity": "attack_pain", "link": "womac_pain", "link_shift": ""}, "quantity"),
    ],
)
def test_an_instrument_that_gives_a_known_link_another_prior_is_a_fault(
    tmp_path: Path, cells: dict[str, str], column: str
) -> None:
    own = tables()
    own["instruments.csv"][0] |= cells
    (fault,) = faults_of(write_tables(tmp_path, own))
    assert (fault.file, fault.row, fault.column) == ("instruments.csv", 2, column)
    assert "has the same link" in fault.found


def test_a_name_that_stands_twice_in_a_table_is_a_fault_of_the_second(tmp_path: Path) -> None:
    own = tables()
    own["drugs.csv"].append(own["drugs.csv"][0])
    assert places(faults_of(write_tables(tmp_path, own))) == {("drugs.csv", 3, "drug")}


def test_two_own_actions_of_a_model_have_different_strengths(tmp_path: Path) -> None:
    own = tables()
    first = own["actions.csv"][0] | {"strength": ""}
    again = first | {"strength": "lowdosin_microglia"}
    elsewhere = again | {"model": "turnover", "target": "input"}
    own["actions.csv"] = [first, again | {"target": "astrocytes"}, elsewhere]
    assert places(faults_of(write_tables(tmp_path, own))) == {("actions.csv", 3, "strength")}


def test_faults_of_all_tables_are_reported_at_once(tmp_path: Path) -> None:
    own = tables()
    own["drugs.csv"][0]["usual_low"] = "10"
    own["conditions.csv"][0]["placebo_group"] = ""
    own["instruments.csv"][0]["high"] = "x"
    own["dosing.csv"][0]["drug"] = "pregab"
    own["studies.csv"][0]["condition"] = "burning_mouth"
    assert places(faults_of(write_tables(tmp_path, own))) == {
        ("drugs.csv", 2, "usual_low"),
        ("conditions.csv", 2, "placebo_group"),
        ("instruments.csv", 2, "high"),
        ("dosing.csv", 2, "drug"),
    }


@pytest.mark.parametrize(
    ("name", "column", "word", "meant"),
    [
        ("dosing.csv", "drug", "Lyrica", "pregabalin"),
        ("dosing.csv", "drug", "LDN", "lowdosin"),
        ("dosing.csv", "drug", "low-dosin", "lowdosin"),
        ("studies.csv", "condition", "glossodynia", "burning_mouth"),
        ("studies.csv", "condition", "complex regional pain", "crps"),
        ("observations.csv", "scale", "visual analogue scale of 100 mm", "VAS_0_100"),
        ("observations.csv", "scale", "comfort from 1-7", "COMFORT_1_7"),
    ],
)
def test_labels_and_synonyms_lead_to_the_word_that_is_meant(
    tmp_path: Path, name: str, column: str, word: str, meant: str
) -> None:
    own = tables()
    own[name][0][column] = word
    here = [fault for fault in faults_of(write_tables(tmp_path, own)) if fault.column == column]
    assert [fault.found for fault in here] == [f"'{word}' is not allowed."]
    assert here[0].remedy.startswith(f"Did you mean '{meant}'")


def test_a_packaged_drug_takes_more_substances(tmp_path: Path) -> None:
    own = tables()
    own["substances.csv"][0] |= {"drug": "opioid", "substance": "buprenorphine", "equals": "30"}
    assert faults_of(write_tables(tmp_path, own)) == ()

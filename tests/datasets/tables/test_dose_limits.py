"""Claims about doses that were adjusted to patients, and about doses that are usual."""

from pathlib import Path

import numpy as np
import pytest

from windup.datasets import load_trials, packaged_catalogue, packaged_trials
from windup.datasets.tables.dose_rules import dose_warnings

from ..tiny import Tables, faults_of, places, tiny_tables, write_tables

# Studies that print a dose, from which on their spread is a number.
LEAST_STUDIES = 4


def with_limits(low: str, high: str, dose: str = "150") -> Tables:
    tables = tiny_tables()
    for row in tables["dosing.csv"]:
        row |= {"dose_low": "", "dose_high": ""}
    tables["dosing.csv"][0] |= {"dose_low": low, "dose_high": high, "dose_per_administration": dose}
    return tables


@pytest.mark.parametrize(
    ("low", "high", "column"),
    [("75", "", "dose_high"), ("", "300", "dose_low"), ("300", "75", "dose_low"), ("100", "100", "dose_low"),
     ("200", "300", "dose_per_administration")],
)  # fmt: skip
def test_limits_of_a_dose_that_cannot_be_are_faults(tmp_path: Path, low: str, high: str, column: str) -> None:
    assert places(faults_of(write_tables(tmp_path, with_limits(low, high)))) == {("dosing.csv", 2, column)}


def test_limits_are_converted_as_the_dose_is(tmp_path: Path) -> None:
    row = load_trials(write_tables(tmp_path, with_limits("75", "300"))).dosing.iloc[0]
    assert (row["daily_low"], row["daily_dose"], row["daily_high"]) == (150.0, 300.0, 600.0)


def test_limits_are_as_far_apart_as_printed_in_every_packaged_arm() -> None:
    dosing = packaged_trials().dosing
    limited = dosing[dosing["dose_low"].notna() & dosing["daily_dose"].notna()]
    assert len(limited) > 30
    printed = limited["dose_high"] / limited["dose_low"]
    np.testing.assert_allclose(limited["daily_high"] / limited["daily_low"], printed)


def test_check_says_what_a_fit_takes_for_a_dose_that_is_not_stated(tmp_path: Path) -> None:
    trials = load_trials(write_tables(tmp_path, with_limits("", "", dose="")))
    said = {
        warning.arm_id: warning.remedy for warning in dose_warnings(trials) if warning.study_id == "alpha"
    }
    usual = packaged_catalogue().drug("pregabalin").usual_doses("oral")
    assert usual is not None
    assert f"around {usual.median:.3g}" in said["drug"]
    assert "reference dose" in said["drug"]


@pytest.mark.parametrize(
    "name", [drug.name for drug in packaged_catalogue().drugs if drug.reference_dose is not None]
)
def test_usual_dose_of_the_catalogue_follows_from_the_table(name: str) -> None:
    """Each study counts once: the mean over its arms of the log of the largest dose that the arm got."""
    trials, drug = packaged_trials(), packaged_catalogue().drug(name)
    dosing = trials.dosing
    printed = dosing["dose_how"].isin(["reported", "computed", "target"]) & (dosing["daily_dose"] > 0.0)
    first = np.array([drug.column_of(route) == drug.dose_columns[0] for route in dosing["route"]])
    mine = dosing[(dosing["drug"] == name) & printed & first]
    times = (
        mine["administrations_per_day"].astype(object).where(mine["administrations_per_day"].notna(), None)
    )
    shares = mine["bioavailability"].astype(object).where(mine["bioavailability"].notna(), None)
    logs = [np.log(drug.absorbed(*each)) for each in zip(mine["daily_dose"], times, shares, strict=True)]
    largest = mine.assign(log=logs).groupby(["study_id", "arm_id"])["log"].max()
    studies = largest.groupby("study_id").mean()
    usual = drug.usual_doses("oral")
    assert usual is not None
    assert usual.median == pytest.approx(np.exp(studies.median()), rel=0.006)
    assert (len(studies) < LEAST_STUDIES) == (usual.log_sd == 0.7)
    if len(studies) >= LEAST_STUDIES:
        assert usual.log_sd == pytest.approx(studies.std(), rel=0.05)


def test_where_applications_are_counted_an_unknown_dose_is_one() -> None:
    assert packaged_catalogue().drug("capsaicin_patch").usual_doses("topical") is None

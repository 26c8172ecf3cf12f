"""Claims about rows of studies in which an operation takes the cause of pain away."""

from __future__ import annotations

from pathlib import Path

import pytest
from scipy.special import expit
from scipy.stats import norm

from windup.datasets import BLOCKS, CAUSE_REMOVED, DEFAULT_BLOCKS, DataFaults, load_trials, packaged_trials

from ..tiny import Tables, tiny_tables, write_tables

NO_DOSE = {"dose_per_administration": "", "dose_unit": "", "administrations_per_day": "", "route": ""}
ON = (*DEFAULT_BLOCKS, CAUSE_REMOVED)


def operated_tables() -> Tables:
    """A trial of knee replacement in week 2 against none, seen in weeks 0 and 26."""
    tables = tiny_tables()
    study, arm, row = (tables[name][0] for name in ("studies.csv", "dosing.csv", "observations.csv"))
    tables["studies.csv"] = [{**study, "condition": "osteoarthritis"}]
    known = {**arm, **NO_DOSE, "end_week": "26", "share_treated": ""}
    tables["dosing.csv"] = [
        {**known, "arm_id": "operated", "drug": "knee_replacement", "start_week": "2", "end_week": "2"},
        {**known, "arm_id": "waiting", "drug": "none", "start_week": "0"},
    ]
    tables["observations.csv"] = [
        {**row, "row_id": f"{arm_id}{week}", "arm_id": arm_id, "time_weeks": week, "reference_arm": ""}
        for arm_id in ("operated", "waiting")
        for week in ("0", "26")
    ]
    return tables


def decisions(folder: Path, tables: Tables, blocks: tuple[str, ...] = ON) -> dict[str, tuple[bool, str]]:
    rows = load_trials(write_tables(folder, tables), blocks=blocks).observations
    return {row.row_id: (bool(row.used), str(row.reason)) for row in rows.itertuples()}


def faults_of(folder: Path, tables: Tables) -> list[tuple[str, str, str]]:
    with pytest.raises(DataFaults) as raised:
        load_trials(write_tables(folder, tables))
    return [(fault.file, fault.column, fault.found) for fault in raised.value.faults]


def test_the_block_is_off_by_default() -> None:
    assert CAUSE_REMOVED in BLOCKS
    assert CAUSE_REMOVED not in DEFAULT_BLOCKS


def test_the_block_takes_23_packaged_rows_of_seven_studies_and_changes_no_other() -> None:
    on, off = packaged_trials(blocks=ON).observations, packaged_trials().observations
    needs = on["blocks"].str.split(";").map(lambda each: CAUSE_REMOVED in each)
    assert int((on["used"] & needs).sum()) == 23
    assert on.loc[on["used"] & needs, "study_id"].nunique() == 7
    assert set(off.loc[on["used"] & ~off["used"], "reason"]) == {"cause of pain removed"}
    assert on.loc[~needs, "used"].equals(off.loc[~needs, "used"])
    assert not off.loc[needs, "used"].any()


def test_no_used_visit_of_an_operated_arm_is_within_twelve_weeks() -> None:
    trials = packaged_trials(blocks=ON)
    operated = trials.dosing[trials.dosing["drug"].isin(list(trials.catalogue.procedure_by_name))]
    whole = operated[operated["share_treated"].isna()][["study_id", "arm_id", "start_week"]]
    since = trials.observations[trials.observations["used"]].merge(whole, on=["study_id", "arm_id"])
    weeks = since["time_weeks"] - since["start_week"]
    assert len(weeks) > 10
    assert not ((weeks > 0.0) & (weeks < 12.0)).any()


def test_rows_of_the_comparator_wait_for_the_block_too(tmp_path: Path) -> None:
    tables = operated_tables()
    for row in tables["observations.csv"]:
        row |= {"used": "", "reason": ""}
    assert set(decisions(tmp_path, tables).values()) == {(True, "")}
    assert set(decisions(tmp_path, tables, DEFAULT_BLOCKS).values()) == {(False, "cause of pain removed")}


def test_a_visit_soon_after_the_operation_is_left_out_where_windup_decides(tmp_path: Path) -> None:
    tables = operated_tables()
    for row in tables["observations.csv"]:
        row |= {"used": "", "reason": "", "time_weeks": row["time_weeks"].replace("26", "10")}
    decided = decisions(tmp_path, tables)
    assert decided["operated26"] == (False, "wound of an operation")
    assert decided["waiting26"][0]
    # Few of the arm had it, so that the visit is not one of wounds.
    tables["dosing.csv"][0] |= {"share_treated": "0.3"}
    assert decisions(tmp_path, tables)["operated26"][0]


def test_all_faults_of_used_rows_and_shares_are_shown_at_once(tmp_path: Path) -> None:
    tables = operated_tables()
    first, second = tables["dosing.csv"]
    tables["studies.csv"][0] |= {"condition": "fibromyalgia"}
    second |= {"share_treated": "0.5"}
    dose = {"dose_per_administration": "300", "dose_unit": "mg/day", "route": "oral", "end_week": "26"}
    tables["dosing.csv"] += [
        {**first, "drug": "pregabalin", **dose},
        {**first, "start_week": "20", "end_week": "20", "share_treated": "0.4"},
    ]
    found = faults_of(tmp_path, tables)
    assert ("dosing.csv", "share_treated", "'none' is no procedure.") in found
    added = "The shares of 'operated' who had a procedure add up to 1.4."
    assert ("dosing.csv", "share_treated", added) in found
    texts = {text for file, _, text in found if file == "observations.csv"}
    assert "Its arm had an operation and pregabalin." in texts
    assert "'knee_replacement' takes away the cause of osteoarthritis, not of 'fibromyalgia'." in texts


def test_a_used_visit_within_the_wound_is_a_fault(tmp_path: Path) -> None:
    tables = operated_tables()
    for row in tables["observations.csv"]:
        row |= {"time_weeks": row["time_weeks"].replace("26", "10")}
    (fault,) = faults_of(tmp_path, tables)
    assert fault[:2] == ("observations.csv", "time_weeks")
    assert "8 weeks after 'knee_replacement'" in fault[2]


@pytest.mark.parametrize(
    ("cells", "column", "found"),
    [
        ({"cause_stays_low": "0.5", "cause_stays_high": "0.2"}, "cause_stays_low", "not below the upper end"),
        ({"source": "expert"}, "source", "gives no reason"),
        ({"conditions": "knee"}, "conditions", "stands neither in conditions.csv"),
        ({"procedure": "snri"}, "procedure", "comes with windup already"),
    ],
)
def test_fault_of_a_procedure(tmp_path: Path, cells: dict[str, str], column: str, found: str) -> None:
    tables = tiny_tables()
    tables["procedures.csv"] = [
        {
            "procedure": "hip_replacement",
            "label": "hip replacement",
            "conditions": "osteoarthritis",
            "cause_stays_low": "0.02",
            "cause_stays_high": "0.2",
            "source": "expert: a test",
            **cells,
        }
    ]
    (fault,) = faults_of(tmp_path, tables)
    assert fault[:2] == ("procedures.csv", column)
    assert found in fault[2]


def test_95_percent_of_the_prior_of_a_procedure_lie_between_its_limits() -> None:
    procedures = packaged_trials().catalogue.procedures
    assert procedures
    for each in procedures:
        ends = norm.ppf([0.025, 0.975], each.log_odds, each.log_odds_sd)
        assert expit(ends) == pytest.approx([each.low, each.high], rel=1e-9)

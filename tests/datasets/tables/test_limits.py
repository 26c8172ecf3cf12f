"""Claims about shares of people whose pain is at a limit or above it, in the tables."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from windup.datasets import load_trials, packaged_trials

from ..tiny import Tables, faults_of, tiny_tables, write_tables


def with_share(**cells: str) -> Tables:
    """A placebo-controlled trial with its baselines and, in both arms, a share at a limit in week 8."""
    tables = tiny_tables()
    drug, placebo = tables["observations.csv"][:2]
    baselines = [{**row, "row_id": f"{row['arm_id']}0", "time_weeks": "0"} for row in (drug, placebo)]
    share = {"outcome": "share_at_least", "value": "40", "sd": "", "limit": "4", **cells}
    shares = [{**row, "row_id": f"{row['arm_id']}8", **share} for row in (drug, placebo)]
    rows = [*baselines, *shares]
    tables["observations.csv"] = [{"limit": "", **row} for row in rows]
    return tables


def shares_of(folder: Path, **cells: str) -> pd.DataFrame:
    rows = load_trials(write_tables(folder, with_share(**cells))).observations
    return rows[rows["time_weeks"] > 0.0]


@pytest.mark.parametrize(
    ("outcome", "scale", "limit", "flags", "cut"),
    [
        ("share_at_least", "NRS_0_10", "3", "", 2.5),
        ("share_above", "NRS_0_10", "3", "", 3.5),
        ("share_at_least", "NRS_0_10", "3", "window_mean", 3.0),
        ("share_at_least", "VAS_0_10", "3", "", 3.0),
        ("share_above", "VAS_0_100", "30", "", 3.0),
    ],
)
def test_a_limit_parts_people_between_two_answers(
    tmp_path: Path, outcome: str, scale: str, limit: str, flags: str, cut: float
) -> None:
    rows = shares_of(tmp_path, outcome=outcome, scale=scale, limit=limit, flags=flags)
    assert rows["used"].all()
    assert set(rows["kind"]) == {"share_above_limit"}
    assert rows["estimate"].tolist() == [0.4, 0.4]
    assert rows["cut"].tolist() == pytest.approx([cut, cut])


def test_where_higher_is_better_the_share_is_of_those_with_more_pain(tmp_path: Path) -> None:
    tables = with_share(scale="comfort", limit="7")
    tables["instruments.csv"] = [
        {"instrument": "comfort", "label": "comfort", "quantity": "pain", "low": "0", "high": "10"}
        | {"higher_is": "better", "source": "A 2000"}
    ]
    rows = load_trials(write_tables(tmp_path, tables)).observations.iloc[2:]
    assert rows["estimate"].tolist() == pytest.approx([0.6, 0.6])
    assert rows["cut"].tolist() == pytest.approx([3.0, 3.0])


def test_every_fault_of_a_limit_is_named_at_once(tmp_path: Path) -> None:
    wrong = {
        "none": {"limit": ""},
        "outside": {"limit": "40"},
        "everybody": {"limit": "0"},
        "nobody": {"outcome": "share_above", "limit": "10"},
        "percent": {"value": "130"},
        "mean": {"outcome": "pain_intensity", "value": "4"},
    }
    tables = with_share()
    share, rows = tables["observations.csv"][2], tables["observations.csv"][:2]
    for week, (name, cells) in enumerate(wrong.items(), 10):
        rows.append({**share, "row_id": name, "time_weeks": str(week), **cells})
    tables["observations.csv"] = rows
    found = faults_of(write_tables(tmp_path, tables))
    columns = ["limit", "limit", "outcome", "outcome", "value", "limit"]
    assert [(fault.file, fault.row, fault.column) for fault in found] == [
        ("observations.csv", line, column) for line, column in enumerate(columns, 4)
    ]
    assert all(fault.found and fault.remedy for fault in found)


def test_a_used_share_without_the_pain_before_treatment_is_refused(tmp_path: Path) -> None:
    tables = with_share()
    tables["observations.csv"] = tables["observations.csv"][2:]
    assert {(fault.row, fault.column) for fault in faults_of(write_tables(tmp_path, tables))} == {
        (2, "used"),
        (3, "used"),
    }


@pytest.mark.parametrize(
    ("kept", "week", "reason"), [(0, "8", "no pain at baseline"), (2, "0", "outcome outside the model")]
)
def test_left_open_such_a_share_is_left_out_with_its_reason(
    tmp_path: Path, kept: int, week: str, reason: str
) -> None:
    tables = with_share(used="", time_weeks=week)
    later = {**tables["observations.csv"][0], "row_id": "later", "time_weeks": "9"}
    tables["observations.csv"] = [*tables["observations.csv"][:kept], *tables["observations.csv"][2:], later]
    rows = load_trials(write_tables(tmp_path, tables)).observations
    shares = rows[rows["kind"] == "share_above_limit"]
    assert shares["reason"].tolist() == [reason, reason]


def test_shares_at_two_limits_are_two_facts_and_at_one_limit_one(tmp_path: Path) -> None:
    tables = with_share(used="")
    share = tables["observations.csv"][2]
    # More than 3 and at least 4 are one limit of whole numbers.
    again = {**share, "row_id": "again", "outcome": "share_above", "limit": "3"}
    other = {**share, "row_id": "other", "limit": "6", "value": "20"}
    tables["observations.csv"] += [again, other]
    rows = load_trials(write_tables(tmp_path, tables)).observations.set_index("row_id")
    assert rows.loc[["drug8", "again"], "used"].sum() == 1
    assert set(rows.loc[["drug8", "again"], "reason"]) == {"", "duplicates another row"}
    assert bool(rows.loc["other", "used"])


def test_tables_without_the_column_read_as_before(tmp_path: Path) -> None:
    rows = load_trials(write_tables(tmp_path, tiny_tables())).observations
    assert rows["limit"].isna().all()
    assert rows["cut"].isna().all()


def test_no_packaged_share_at_a_limit_is_used_and_each_has_its_limit() -> None:
    rows = packaged_trials().observations
    shares = rows[rows["kind"] == "share_above_limit"]
    assert len(shares) == 17
    assert shares["cut"].notna().all()
    assert not shares["used"].any()
    waiting = set(shares.loc[shares["reason"] == "no pain at baseline", "study_id"])
    assert waiting == {"petersen2015_tkr", "tka_mri_qst_2022"}

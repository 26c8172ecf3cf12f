"""Claims about rows at which a mechanism extrapolates: the tables decide them."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from windup.datasets import CAUSE_REMOVED, Trials, packaged_trials
from windup.fit.analyses.comparison.row_sets import RowSets, row_sets, set_of
from windup.fit.design.build import build_design
from windup.fit.design.subset import only

from ....datasets.tiny import Tables, tiny_tables
from ...designs import tables_of, trials_of


def sets_of(trials: Trials) -> tuple[Any, RowSets]:
    design = build_design(trials)
    return design, row_sets(trials, design)


def found(trials: Trials, kind: str) -> set[tuple[str, float]]:
    """Arms and weeks of the rows of a kind."""
    design, sets = sets_of(trials)
    table = design.table[sets.extrapolated[kind]]
    return set(zip(table["arm_id"], table["time_weeks"], strict=True))


def trial(*weeks: str, ends: str = "8") -> Tables:
    tables = tables_of({}, "drug", "placebo")
    drug = next(each for each in tiny_tables()["dosing.csv"] if each["drug"] == "pregabalin")
    tables["dosing.csv"][0] = {**drug, "study_id": "alpha", "arm_id": "drug", "end_week": ends}
    template = tables["observations.csv"][0]
    tables["observations.csv"] = [
        {**template, "arm_id": arm, "row_id": f"{arm}{week}", "time_weeks": week}
        for arm in ("drug", "placebo")
        for week in weeks
    ]
    return tables


def test_late_visits_and_visits_after_the_last_dose_count_in_treated_arms_alone(tmp_path: Path) -> None:
    trials = trials_of(tmp_path, trial("0", "8", "16", "20", ends="8"))
    assert found(trials, "beyond_16_weeks") == {("drug", 20.0)}
    assert found(trials, "after_withdrawal") == {("drug", 16.0), ("drug", 20.0)}


def test_visit_within_the_rounding_of_weeks_is_no_withdrawal(tmp_path: Path) -> None:
    assert found(trials_of(tmp_path, trial("0", "8", ends="7.5")), "after_withdrawal") == set()


def dose_trial(doses: tuple[str, str], **cells: str) -> Tables:
    tables = trial("0", "8")
    drug = tables["dosing.csv"][0]
    tables["dosing.csv"][0] = {**drug, "dose_per_administration": doses[0], **cells}
    second = {**drug, "arm_id": "more", "dose_per_administration": doses[1], **cells}
    tables["dosing.csv"].append(second)
    rows = [row for row in tables["observations.csv"] if row["arm_id"] == "drug"]
    more = [{**row, "arm_id": "more", "row_id": f"more{row['time_weeks']}"} for row in rows]
    tables["observations.csv"] += more
    return tables


def test_highest_dose_is_that_of_a_trial_that_compares_doses(tmp_path: Path) -> None:
    assert found(trials_of(tmp_path, dose_trial(("150", "300"))), "highest_dose") == {("more", 8.0)}


@pytest.mark.parametrize("doses", [("150", "150"), ("150", "")])
def test_trial_of_one_printed_dose_has_no_highest_one(tmp_path: Path, doses: tuple[str, str]) -> None:
    assert found(trials_of(tmp_path, dose_trial(doses)), "highest_dose") == set()


def test_kinds_of_packaged_trials_are_those_that_their_tables_describe() -> None:
    trials = only(packaged_trials(), {"lesser2004", "gilron2009", "raskin2014", "gimbel2016"})
    design, sets = sets_of(trials)
    arms = {
        kind: set(design.table["study_id"][rows] + "/" + design.table["arm_id"][rows])
        for kind, rows in sets.extrapolated.items()
    }
    assert arms["highest_dose"] == {"lesser2004/pregabalin_600"}
    assert len(arms["combination"]) == 1
    assert all(arm.startswith("gilron2009/") for arm in arms["combination"])
    # A contrast of the arm that continues with the one that is withdrawn reads the withdrawn one.
    assert arms["after_withdrawal"] == {"gimbel2016/placebo_withdrawal", "raskin2014/pregabalin_continue"}


def test_rows_without_their_cause_are_those_after_a_procedure() -> None:
    trials = packaged_trials(blocks=(*packaged_trials().blocks, CAUSE_REMOVED))
    operated = trials.dosing["drug"].isin(list(trials.catalogue.procedure_by_name))
    trials = only(trials, set(trials.dosing.loc[operated, "study_id"]))
    design, sets = sets_of(trials)
    rows = sets.extrapolated["cause_removed"]
    assert rows.any()
    assert np.isin(design.rows.visits[rows][:, [0, 2]], design.removal.visit).any(axis=1).all()
    assert (design.table["time_weeks"].to_numpy(float)[rows] > 0.0).all()


def test_sets_hold_the_given_rows_and_marks_name_every_kind_of_a_row(tmp_path: Path) -> None:
    design, sets = sets_of(trials_of(tmp_path, trial("0", "8", "20")))
    given, *others = sets.masks
    assert all((mask & given).sum() == given.sum() for mask in others)
    late = others[set_of("beyond_16_weeks") - 1] & ~given
    marked = sets.marked(design.table)
    assert set(marked.loc[late, "extrapolation"]) == {"beyond_16_weeks;after_withdrawal"}
    assert not marked.loc[given, "treated"].any()
    assert sets.counts(design)["after_withdrawal"] == {"alpha": 1}

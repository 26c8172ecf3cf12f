"""Claims about a run compared with its plan: each deviation is named, and each limit judged by its value."""

import dataclasses
import json
from pathlib import Path

import pytest

from windup.fit import check_against_plan
from windup.fit.runs.fitted_run import FittedRun, read_run

from .plans import plan_of


@pytest.fixture
def run(folder: Path) -> FittedRun:
    return read_run(folder)


def test_run_that_was_made_as_planned_follows_its_plan(run: FittedRun, tmp_path: Path) -> None:
    found = check_against_plan(run, plan_of(run, tmp_path))
    assert (found.follows, found.deviations, found.order) == (True, (), "plan first")


def test_settings_that_differ_are_named_with_both_values(run: FittedRun, tmp_path: Path) -> None:
    planned = dataclasses.replace(run.settings, seed=7, fixed={"placebo_time": 14.0})
    text = plan_of(run, tmp_path, settings=planned).read_text(encoding="utf-8")
    (tmp_path / "plan.toml").write_text(text + "[settings.fixed]\nplacebo_time = 14\n", encoding="utf-8")
    found = check_against_plan(run, tmp_path / "plan.toml")
    assert [tuple(each) for each in found.deviations] == [
        ("seed", "7", "0"),
        ("fixed.placebo_time", "14.0", "none"),
    ]


def test_other_trials_are_a_deviation_with_both_hashes(run: FittedRun, tmp_path: Path) -> None:
    found = check_against_plan(run, plan_of(run, tmp_path, data_sha256="a" * 64))
    (only,) = found.deviations
    assert (only.what, only.planned) == ("trials", f"SHA-256 {'a' * 64}")
    assert only.done == f"SHA-256 {json.loads(run.tree.attrs['data_sha256'])}"


def test_other_version_of_windup_is_a_deviation(run: FittedRun, tmp_path: Path) -> None:
    found = check_against_plan(run, plan_of(run, tmp_path, windup_version="0.0.9"))
    assert [tuple(each) for each in found.deviations] == [("windup", "0.0.9", "0.1.0")]


def test_absent_analysis_is_named_with_its_command(run: FittedRun, tmp_path: Path) -> None:
    found = check_against_plan(run, plan_of(run, tmp_path, analyses=["identify", "claims"]))
    (only,) = found.deviations
    assert only.what == "claims"
    assert "windup claims" in only.done


def test_plan_that_is_dated_after_the_run_is_shown_as_such(run: FittedRun, tmp_path: Path) -> None:
    found = check_against_plan(run, plan_of(run, tmp_path, date="2026-02-01"))
    assert found.order == "run first"
    assert [each.what for each in found.deviations] == ["date"]


def test_plan_of_the_day_of_the_run_leaves_the_order_open(run: FittedRun, tmp_path: Path) -> None:
    assert run.tree.attrs["created"].startswith('"2026-01-01')
    began = check_against_plan(run, plan_of(run, tmp_path)).began
    assert began is not None
    found = check_against_plan(run, plan_of(run, tmp_path, date=began.date().isoformat()))
    assert (found.order, found.follows) == ("same day", True)


@pytest.mark.parametrize(
    ("limit", "held"),
    [
        ({"quantity": "summary.chains", "at_most": 2}, True),
        ({"quantity": "summary.chains", "at_most": 1.9}, False),
        ({"quantity": "summary.chains", "at_least": 2.1}, False),
        ({"quantity": "summary.draws", "divided_by": "summary.chains", "at_least": 30, "at_most": 30}, True),
        ({"quantity": "summary.solver.pareto_k", "at_most": 0.7}, None),
        ({"quantity": "summary.chains", "divided_by": "summary.failed_solves", "at_most": 1}, None),
        ({"quantity": "score.crps", "at_most": 1}, None),
    ],
)
def test_limit_is_held_or_not_or_not_available(
    run: FittedRun, tmp_path: Path, limit: dict[str, object], held: bool | None
) -> None:
    (only,) = check_against_plan(run, plan_of(run, tmp_path, {**limit, "why": "x"})).limits
    assert only.held is held
    assert bool(only.why_not) is (held is None)

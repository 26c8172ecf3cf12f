"""Claims about designs that were sought: against simulated trials, bounds, and what is refused."""

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from windup.datasets import RegimenFaults, load_design_questions, load_trial_plans
from windup.fit import design_trials, simulate
from windup.fit.analyses.trial_design.candidates import TrialDesign
from windup.fit.analyses.trial_design.plan import plan_text
from windup.fit.cli.app import app
from windup.fit.cli.console.exits import OK
from windup.fit.errors import SettingsError
from windup.fit.runs.fitted_run import FittedRun
from windup.models import TimeCourse

from ...prior_run import prior_run
from .questions import arms, phase, question


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> FittedRun:
    return prior_run(tmp_path_factory.mktemp("run"), draws=600)


def best(run: FittedRun, **changes: Any) -> dict[str, Any]:
    found = design_trials((run,), (question(**changes),), draws=600)
    return dict(found.questions.iloc[0])


def test_information_about_an_effect_is_near_that_of_simulated_patients(run: FittedRun) -> None:
    one = {"weeks": [12.0], "arm": [arms()[0], arms()[2]], "budget": 200.0}
    told = best(run, **one)
    trial = plan_text(question(**one), TrialDesign((0, 1), (0,), (100, 100), 200.0))
    place = run.folder / "plan.toml"
    place.write_text(trial)
    simulated = simulate(run, place, draws=600).arms.iloc[0]
    assert told["patients"] == "100; 100"
    assert told["information_nats"] == pytest.approx(simulated["information_nats"], rel=0.25)


def test_plan_of_the_best_design_is_read_as_that_trial(tmp_path: Path) -> None:
    asked = question(dropout_per_week=0.02, arm=[*arms()[:2], {**arms()[2], "dropout_per_week": 0.05}])
    place = tmp_path / "plan.toml"
    place.write_text(plan_text(asked, TrialDesign((0, 2), (0,), (40, 80), 120.0)))
    (plan,) = load_trial_plans(place)
    assert plan.visits == (4.0,)
    assert [(arm.name, arm.patients) for arm in plan.arm] == [("placebo", 40), ("high", 80)]
    assert [arm.dropout_per_week for arm in plan.arm] == [None, 0.05]
    # Nothing is given after the last visit.
    assert plan.arm[1].phase[0].end_week == 4.0


def test_order_of_arms_and_weeks_changes_no_information(run: FittedRun) -> None:
    placebo, low, high = arms()
    first = best(run, most_arms=2, weeks=[4.0, 12.0, 2.0])
    second = best(run, most_arms=2, weeks=[2.0, 12.0, 4.0], arm=[placebo, high, low])
    assert first["information_nats"] == pytest.approx(second["information_nats"], rel=1e-6)
    assert first["weeks"] == second["weeks"]
    assert set(first["arms"].split("; ")) == set(second["arms"].split("; "))


def test_more_money_tells_more(run: FittedRun) -> None:
    found = design_trials((run,), (question(most_visits=1),), draws=600)
    told = found.budgets["best_nats"].to_numpy()
    assert len(told) == 5
    assert (np.diff(told) > 0.0).all()


def test_doubt_about_a_claim_bounds_what_a_trial_tells(run: FittedRun) -> None:
    told = best(run, about="claim", relief=1.0)
    assert 0.0 < told["information_nats"] < told["doubt_now_nats"]
    assert told["share_of_doubt"] == pytest.approx(told["information_nats"] / told["doubt_now_nats"])


def test_claim_that_hardly_a_draw_supports_gets_no_design(run: FittedRun) -> None:
    told = best(run, about="claim", relief=9.9)
    assert "take more draws" in told["reason"]
    assert "arms" not in told


def test_budget_that_no_allocation_fits_gets_no_design(run: FittedRun) -> None:
    found = design_trials((run,), (question(budget=25.0, allocations=[10.0]), question(name="b")), draws=200)
    reasons = found.questions.set_index("question")["reason"]
    assert "fewer than 10 patients of an arm" in reasons["a"]
    assert reasons["b"] == ""
    assert set(found.designs["question"]) == {"b"}


def test_two_runs_of_one_model_cannot_be_told_apart(run: FittedRun) -> None:
    asked = question(about="model", of=None, week=None)
    told = design_trials((run, run), (asked,), draws=400).questions.iloc[0]
    assert abs(told["information_nats"]) < 0.02
    assert told["doubt_now_nats"] == pytest.approx(np.log(2.0))


def test_questions_that_need_other_runs_are_refused(run: FittedRun) -> None:
    of_model = question(about="model", of=None, week=None)
    with pytest.raises(SettingsError, match="needs two runs; 1 is given"):
        design_trials((run,), (of_model,))
    with pytest.raises(SettingsError, match="is about one model"):
        design_trials((run, run), (of_model, question()))
    with pytest.raises(SettingsError, match=f"'{TimeCourse.name}' has no loop"):
        design_trials((run,), (question(about="gain", of=None, week=None),))


def test_taking_the_cause_away_tells_more_of_the_gain_than_a_drug(tmp_path: Path) -> None:
    loop = prior_run(tmp_path, model="single_loop", draws=600, blocks=())
    asked = question(
        about="gain",
        of=None,
        week=None,
        condition="osteoarthritis",
        weeks=[26.0],
        arm=[
            {"name": "waiting"},
            {"name": "operation", "procedure": "knee_replacement"},
            {"name": "drug", "phase": [phase(300.0)]},
        ],
    )
    found = design_trials((loop,), (asked,), draws=600)
    told = found.designs.set_index("arms")
    operation, drug = told.loc["waiting; operation"], told.loc["waiting; drug"]
    assert operation["rank"] == 1
    assert operation["information_nats"] > drug["information_nats"] + 2.0 * operation["information_error"]
    assert found.plans == {}


def test_all_faults_of_a_file_are_told_at_once(tmp_path: Path) -> None:
    place = tmp_path / "q.toml"
    place.write_text(
        """
[[question]]
name = "a"
condition = "fibromyalgia"
about = "claim"
of = "hgih"
weeks = [4]
budget = 5

[[question.arm]]
name = "placebo"

[[question.arm]]
name = "high"
procedure = "knee_replacement"

[[question]]
name = "b"
condition = "fibromyalgia"
about = "gain"
week = 12
weeks = [4]
budget = 100
colour = "red"

[[question.arm]]
name = "placebo"

[[question.arm]]
name = "none"
"""
    )
    with pytest.raises(RegimenFaults) as caught:
        load_design_questions(place)
    told = str(caught.value)
    for part in (
        "[[question]] 1 'a', arm 2, procedure: 'knee_replacement' does not take away the cause",
        "[[question]] 1 'a', week: A question about 'claim' needs it.",
        "[[question]] 1 'a', relief: A question about 'claim' needs it.",
        "[[question]] 1 'a', of: 'hgih' is no arm after the first. Did you mean 'high'?",
        "[[question]] 1 'a', budget: Two arms of 10 patients cost 20.",
        "[[question]] 2 'b', colour: The key is not known here.",
    ):
        assert part in told


def test_command_writes_tables_page_figure_and_plan(
    run: FittedRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "q.toml"
    place.write_text(
        """
[[question]]
name = "which dose"
condition = "painful_diabetic_neuropathy"
about = "effect"
of = "high"
week = 12
weeks = [4, 12]
budget = 200

[[question.arm]]
name = "placebo"

[[question.arm]]
name = "high"
[[question.arm.phase]]
drug = "pregabalin"
dose = 600
unit = "mg/day"
start_week = 0
end_week = 12
"""
    )
    folder = tmp_path / "run"
    folder.mkdir()
    there = dataclasses.replace(run, folder=folder)
    monkeypatch.setattr("windup.fit.runs.fitted_run.read_run", lambda _: there)
    ended = CliRunner().invoke(
        app, ["design", str(folder), "--question", str(place), "--draws", "400", "--out", str(tmp_path / "d")]
    )
    assert ended.exit_code == OK, ended.output
    names = {path.name for path in (tmp_path / "d").iterdir()}
    assert names >= {
        "questions.csv",
        "designs.csv",
        "budgets.csv",
        "budgets.png",
        "plan_1.toml",
        "summary.md",
        "summary.json",
        "settings.json",
    }
    page = (tmp_path / "d" / "summary.md").read_text()
    assert "the best has the arms placebo and high with 100 and 100 patients" in page
    assert "NOT a fit" in page
    (plan,) = load_trial_plans(tmp_path / "d" / "plan_1.toml")
    assert plan.name == "which dose"

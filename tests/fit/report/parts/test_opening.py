"""Claims about the first screen: findings follow the record, and only checks are good or bad."""

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from windup.datasets import FEWEST_ROWS, packaged_trials, rows_by_treatment
from windup.fit.report.document.elements import Chip, Opening
from windup.fit.report.document.results import CommandResult
from windup.fit.report.document.subject import Subject
from windup.fit.report.parts.opening import opening_part

from ..reports import with_record

LOOPS = [
    {"loop": "receptor", "probability_above_one": 0.9, "prior_driven": True},
    {"loop": "slow_central", "probability_above_one": 0.1, "prior_driven": False},
    {
        "loop": "total",
        "probability_above_one": 0.04,
        "prior_driven": False,
        "median": 0.41,
        "low_95": 0.1,
        "high_95": 1.05,
    },
]


def opening(subject: Subject) -> Opening:
    (block,) = (each for each in opening_part(subject).blocks if isinstance(each, Opening))
    return block


def chips(subject: Subject) -> Mapping[str, Chip]:
    return {chip.text: chip for chip in opening(subject).chips}


def with_comparison(subject: Subject, folder: Path, **changes: Any) -> Subject:
    models = [{"model": "cascade", "unreliable_studies": 0}, {"model": "turnover", "unreliable_studies": 0}]
    record = {"models": models, "verdict": "So it is.", "notices": [], "cascade_needed": True, **changes}
    results = {**subject.results, "compare": CommandResult(folder, record, {})}
    return dataclasses.replace(subject, results=results)


def test_first_screen_has_the_forest_three_findings_and_four_checks(subject: Subject) -> None:
    shown = opening(subject)
    assert shown.picture is not None
    assert shown.picture.alt.startswith("Forest plot of ")
    assert str(shown.picture.caption).startswith("Mean difference from placebo in pain")
    assert len(shown.findings) == 3
    assert list(chips(subject)) == ["Sampler", "Solver", "Calibration", "Held-out comparison"]


def test_effects_below_zero_are_counted_by_what_they_rest_on(subject: Subject) -> None:
    table = (
        pd.concat([subject.effects] * 2)
        .head(4)
        .assign(
            high_95=[-0.1, -0.2, -0.3, 0.4],
            basis=["interpolation", "extrapolation", "extrapolation", "interpolation"],
        )
    )
    # A cached property is stored under its name.
    vars(subject)["effects"] = table
    assert opening(subject).findings[0] == (
        "3 of 4 treatments reduce pain more than placebo (95 % CrI below 0): 1 interpolated, 2 extrapolated."
    )
    vars(subject)["effects"] = table.assign(high_95=1.0)
    assert opening(subject).findings[0].startswith("0 of 4 treatments")
    assert "extrapolated" not in opening(subject).findings[0]


def test_treatments_with_hardly_any_rows_of_pain_are_named_with_their_number(subject: Subject) -> None:
    trials = packaged_trials()
    rows = rows_by_treatment(trials, of_pain=True)
    few = {drug: count for drug, count in rows.items() if count < FEWEST_ROWS}
    assert few
    run = dataclasses.replace(subject.run)
    vars(run)["trials"] = trials
    sentence = getattr(opening_part(dataclasses.replace(subject, run=run)).blocks[-1], "text", "")
    assert sentence.startswith(f"The trials hold hardly anything on {len(few)} treatments (fewer than 10 ")
    for drug, count in rows.items():
        named = f"{subject.labels.of(drug)} ({count})"
        assert (named in sentence) == (drug in few), named


def test_low_probability_of_one_patient_for_each_arm_is_no_evidence_against_lasting_pain(
    subject: Subject,
) -> None:
    for patients, said in (("mean", True), ("population", False)):
        found = opening(with_record(subject, loop_gains=LOOPS, patients=patients)).findings[1]
        assert found.endswith("is no evidence against pain that sustains itself.") is said


def test_loops_are_counted_without_their_total(subject: Subject) -> None:
    assert opening(with_record(subject, loop_gains=LOOPS, patients="population")).findings[1] == (
        "1 of 2 feedback loops probably sustain themselves (gain above 1); 1 of 2 prior-driven. All loops "
        "together: gain 0.41 (95 % CrI 0.10 to 1.05), P(gain > 1) 0.04."
    )
    assert opening(with_record(subject, loop_gains=[])).findings[1] == "This model has no feedback loops."


def test_comparison_is_a_finding_in_words_and_never_a_passed_check(subject: Subject, tmp_path: Path) -> None:
    assert "No comparison" in opening(subject).findings[2]
    assert chips(subject)["Held-out comparison"].state == "not run"
    for needed, lead in ((True, "The trials need the mechanism"), (False, "A need for the mechanism is not")):
        compared = with_comparison(subject, tmp_path, cascade_needed=needed)
        assert opening(compared).findings[2].startswith(lead)
        assert opening(compared).findings[2].endswith("So it is.")
        assert chips(compared)["Held-out comparison"].state == "done"
    poor = with_comparison(subject, tmp_path, notices=["cascade: fits without a fold mixed poorly."])
    assert chips(poor)["Held-out comparison"].state == "failed"
    assert "is not shown" in opening(poor).findings[2]


@pytest.mark.parametrize(("converged", "state"), [(True, "passed"), (False, "failed")])
def test_checks_follow_the_record(subject: Subject, converged: bool, state: str) -> None:
    changed = with_record(subject, converged=converged, failed_checks=[], failed_solves=0)
    assert chips(changed)["Sampler"].state == state
    assert chips(changed)["Solver"].state == "not run"
    assert chips(changed)["Calibration"].state == "not run"
    assert chips(with_record(subject, failed_solves=1))["Solver"].state == "failed"


def test_notices_of_the_run_stand_above_the_results(subject: Subject) -> None:
    part = opening_part(with_record(subject, notices=["NOT CONVERGED."]))
    assert getattr(part.blocks[0], "text", "") == "NOT CONVERGED."
    assert isinstance(part.blocks[-2], Opening)

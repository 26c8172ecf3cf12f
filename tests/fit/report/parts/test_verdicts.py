"""Claims about the answers at the top of a report: none is better than the record."""

import dataclasses
from pathlib import Path

import pytest

from windup.fit.report.document.elements import Question, Questions
from windup.fit.report.document.results import CommandResult
from windup.fit.report.document.subject import Subject
from windup.fit.report.parts.verdicts import verdicts_part

from ..reports import with_record
from .test_limits import sentences

RIVALS = "Is the mechanism needed to predict held-out trials?"


def answers(subject: Subject) -> dict[str, Question]:
    (block,) = (each for each in verdicts_part(subject).blocks if isinstance(each, Questions))
    return {question.text: question for question in block.questions}


def test_verdicts_follow_the_record(subject: Subject) -> None:
    good = with_record(subject, converged=True, failed_checks=[])
    bad = with_record(subject, converged=False, failed_checks=["R-hat of x is 2."], failed_solves=3)
    assert answers(good)["Did the chains converge?"].answer == "yes"
    assert answers(bad)["Did the chains converge?"].answer == "no"
    assert "R-hat of x is 2." in answers(bad)["Did the chains converge?"].told
    assert answers(good)["Can the solver be trusted?"].answer == "not known"
    assert answers(bad)["Can the solver be trusted?"].answer == "no"


@pytest.mark.parametrize(("needed", "answer"), [(True, "shown"), (False, "not shown")])
def test_need_of_the_mechanism_is_a_neutral_finding_of_the_comparison(
    subject: Subject, tmp_path: Path, needed: bool, answer: str
) -> None:
    models = [{"model": "cascade", "unreliable_studies": 3}, {"model": "turnover", "unreliable_studies": 0}]
    record = {"models": models, "verdict": "So it is.", "notices": [], "cascade_needed": needed}
    compared = {**subject.results, "compare": CommandResult(tmp_path, record, {})}
    with_rivals = dataclasses.replace(subject, results=compared)
    assert answers(subject)[RIVALS].answer == "not known"
    assert answers(with_rivals)[RIVALS].answer == answer
    assert "So it is." in answers(with_rivals)[RIVALS].told
    assert ("need the mechanism" in sentences(with_rivals)) is not needed
    assert "3 studies left out" in sentences(with_rivals)


def test_a_lead_by_fits_that_mixed_poorly_shows_nothing(subject: Subject, tmp_path: Path) -> None:
    models = [{"model": "cascade", "unreliable_studies": 0}, {"model": "turnover", "unreliable_studies": 0}]
    notice = "cascade: fits without a fold mixed poorly."
    record = {"models": models, "verdict": "It leads.", "notices": [notice], "cascade_needed": True}
    compared = {**subject.results, "compare": CommandResult(tmp_path, record, {})}
    with_rivals = dataclasses.replace(subject, results=compared)
    assert answers(with_rivals)[RIVALS].answer == "not shown"
    assert notice in answers(with_rivals)[RIVALS].told
    assert "as certain as it looks" in sentences(with_rivals)

"""Claims about what a report says may not be concluded."""

import dataclasses

import numpy as np

from windup.fit.analyses.comparison.left_out_rows import studies_left_out
from windup.fit.display.blocks import Bullets
from windup.fit.report.document.subject import Subject
from windup.fit.report.parts.limits import limits_part

from ..reports import with_record


def sentences(subject: Subject) -> str:
    (bullets,) = (block for block in limits_part(subject, ()).blocks if isinstance(block, Bullets))
    return "\n".join(bullets.items)


def test_run_that_did_not_converge_allows_no_conclusion(subject: Subject) -> None:
    assert "anything at all" not in sentences(with_record(subject, converged=True))
    assert "anything at all" in sentences(with_record(subject, converged=False))
    assert "anything at all" in sentences(with_record(subject, converged=True, preset="quick"))


def test_limits_name_what_the_trials_hardly_moved(subject: Subject) -> None:
    effects = [
        {"drug": "first", "prior_driven": True, "low_95": -1.0, "high_95": 1.0},
        {"drug": "second", "prior_driven": False, "low_95": -1.0, "high_95": 0.5},
        {"drug": "third", "prior_driven": False, "low_95": -1.0, "high_95": -0.5},
    ]
    told = sentences(with_record(subject, drug_effects=effects, prior_driven=["this_one"]))
    assert "the trials hardly speak of them: first\n" in told
    assert "their 95 % interval holds 0: second\n" in told
    assert "third" not in told
    assert "this_one" in told
    assert "hardly speak" not in sentences(with_record(subject, drug_effects=effects[1:]))


def test_width_of_predictions_is_a_limit_only_where_rows_left_out_say_so(subject: Subject) -> None:
    assert "right width" not in sentences(subject)
    pit = subject.left_out.rows["pit"].to_numpy()
    narrow = subject.left_out.rows.assign(pit=np.where(pit < 0.5, 0.01, 0.99))
    told = sentences(dataclasses.replace(subject, left_out=subject.left_out._replace(rows=narrow)))
    assert "too narrow" in told
    wide = subject.left_out.rows.assign(pit=0.5)
    told = sentences(dataclasses.replace(subject, left_out=subject.left_out._replace(rows=wide)))
    assert "too wide" in told


def test_studies_whose_weights_fail_are_named(subject: Subject) -> None:
    elpd = studies_left_out(subject.run.tree)
    elpd.pareto_k[:] = 0.1
    kept = subject.left_out._replace(studies=elpd)
    assert "without any one of" not in sentences(dataclasses.replace(subject, left_out=kept))
    elpd.pareto_k[0] = 2.0
    assert "without any one of 1 of 7" in sentences(dataclasses.replace(subject, left_out=kept))

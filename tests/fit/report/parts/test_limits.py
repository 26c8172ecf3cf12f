"""Claims about what a report says may not be concluded."""

import dataclasses

import numpy as np

from windup.fit.analyses.comparison.left_out_rows import studies_left_out
from windup.fit.display.blocks import Bullets
from windup.fit.report.document.elements import Decisions, Details, Missing
from windup.fit.report.document.subject import Subject
from windup.fit.report.parts.limits import DECISIONS, limits_part

from ..reports import with_record


def sentences(subject: Subject) -> str:
    """All limits with the names of their cases: they are folded, below a line for each decision."""
    (folded,) = (block for block in limits_part(subject, ()).blocks if isinstance(block, Details))
    return "\n".join(item for block in folded.blocks if isinstance(block, Bullets) for item in block.items)


def lines(subject: Subject) -> dict[str, str]:
    (block,) = (each for each in limits_part(subject, ()).blocks if isinstance(each, Decisions))
    assert len(dict(block.rows)) == len(block.rows)
    return dict(block.rows)


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
    assert "the trials hold little information on them: first\n" in told
    assert "their 95 % interval holds 0: second\n" in told
    assert "third" not in told
    assert "this_one" in told
    assert "little information" not in sentences(with_record(subject, drug_effects=effects[1:]))


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


def test_lines_are_at_most_six_short_and_name_no_case(subject: Subject) -> None:
    effects = [
        {"drug": f"drug_{place}", "prior_driven": place % 2 == 0, "low_95": -1.0, "high_95": 1.0}
        for place in range(40)
    ]
    worst = with_record(
        subject,
        converged=False,
        solver=None,
        failed_solves=3,
        failed_solves_by_arm={"an_arm": 3},
        modes=[{}, {}],
        drug_effects=effects,
        prior_driven=["this_one"],
    )
    shown = lines(worst)
    assert 0 < len(shown) <= 6
    assert list(shown) == [name for name in DECISIONS if name in shown]
    assert [text for name, text in shown.items() if len(name) + len(text) > 150] == []
    assert [
        text for text in shown.values() if "drug_" in text or "this_one" in text or "an_arm" in text
    ] == []
    assert shown["Choice of a treatment"] == (
        "20 of 40 effects have a 95 % CrI that includes 0; 20 of 40 effects are prior-driven."
    )
    assert shown["Any decision"].endswith("; 2 more below.")


def test_loops_that_are_prior_driven_are_counted_without_their_total_and_named_in_words(
    subject: Subject,
) -> None:
    gains = [
        {"loop": "glia_glutamate", "prior_driven": True},
        {"loop": "receptor", "prior_driven": False},
        {"loop": "total", "prior_driven": True},
    ]
    changed = with_record(subject, loop_gains=gains)
    assert lines(changed)["Evidence for a mechanism"].startswith("1 of 2 loop gains are prior-driven")
    assert "moved them: glia and glutamate; all loops together" in sentences(changed)


def test_line_of_a_decision_is_left_out_where_nothing_limits_it(subject: Subject) -> None:
    effects = [{"drug": "third", "prior_driven": False, "low_95": -1.0, "high_95": -0.5}]
    assert "Choice of a treatment" not in lines(with_record(subject, drug_effects=effects))
    assert "Any decision" not in lines(with_record(subject, converged=True, solver={}, failed_solves=0))


def test_missing_parts_are_a_limit_that_is_folded(subject: Subject) -> None:
    part = limits_part(subject, (Missing("claims", "Claims", "Not run.", "windup claims"),))
    (folded,) = (block for block in part.blocks if isinstance(block, Details))
    assert folded.blocks[-1] == Bullets(("anything on these parts: Claims",))

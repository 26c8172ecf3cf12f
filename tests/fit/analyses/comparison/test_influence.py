"""Claims about the studies that carry a lead, and about what the verdict says of them."""

import numpy as np
import pytest

from windup.fit.analyses.comparison.influence import Lead, lead_of
from windup.fit.analyses.comparison.sentences import about_leads

STUDIES = [f"study{number}" for number in range(20)]
NOISE = np.random.default_rng(0).normal(0.0, 0.2, len(STUDIES))
CLEAR, NONE = 0.5 + NOISE, NOISE - NOISE.mean()
# Clear by little: the first study holds it.
ON_ONE = np.array([2.0, *np.tile([1.0, -0.45], 10)[:19]])


def lead(gain: np.ndarray, over: str = "turnover") -> Lead:
    return lead_of("cascade", over, STUDIES[: len(gain)], gain)


def test_lead_without_a_study_is_that_of_the_others() -> None:
    found = lead(CLEAR)
    table = found.studies.set_index("study")
    rest = np.delete(CLEAR, 7)
    assert table.loc["study7", "difference"] == pytest.approx(rest.sum())
    assert table.loc["study7", "difference_error"] == pytest.approx(np.sqrt(19) * rest.std(ddof=1))
    assert found.difference == pytest.approx(CLEAR.sum())
    assert found.difference_error == pytest.approx(np.sqrt(20) * CLEAR.std(ddof=1))


def test_lead_that_all_studies_share_depends_on_none() -> None:
    found = lead(np.full(20, 0.5) + 0.001 * NOISE)
    assert found.is_clear
    assert found.changed_by == ()
    assert found.share_of_largest_three == pytest.approx(3.0 / 20.0, abs=0.01)


def test_lead_of_one_study_changes_its_sign_without_it() -> None:
    found = lead(np.array([10.0, *np.full(19, -0.1)]))
    assert found.changed_by == ("study0",)
    assert found.studies["study"][0] == "study0"
    assert found.share_of_largest_three == pytest.approx((10.0 - 0.2) / 8.1)


def test_study_that_hides_a_clear_lead_changes_the_verdict_too() -> None:
    found = lead(np.array([-9.0, *np.full(18, 0.5), 0.6]))
    assert not found.is_clear
    assert "study0" in found.changed_by


def test_studies_that_add_most_come_first_whoever_leads() -> None:
    gain = -CLEAR
    assert lead(gain).studies["gain"].iloc[0] == gain.min()
    assert lead(CLEAR).studies["gain"].iloc[0] == CLEAR.max()


def test_record_names_every_study_that_changes_the_verdict() -> None:
    gain = np.array([10.0, *np.full(19, -0.1)])
    record = lead(gain).record("elpd")
    assert record["changes_verdict"] == ["study0"]
    assert record["without"][0]["difference"] == pytest.approx(-1.9)
    assert record["clear"] is False
    assert len(record["largest"]) == 3


def test_lead_of_a_single_study_is_never_clear() -> None:
    assert not lead(np.array([5.0])).is_clear


def test_verdict_says_that_a_joint_lead_does_not_hold_for_treated_rows() -> None:
    said = about_leads([lead(CLEAR)], [lead(NONE)])
    assert "no clear difference from 'turnover' (0.0, SE" in said
    assert "no clear one in the effects of treatments" in said


def test_verdict_says_that_treated_rows_differ_where_all_rows_together_do_not() -> None:
    assert "'cascade' predicts clearly better than 'turnover'" in about_leads([lead(NONE)], [lead(CLEAR)])
    assert "'turnover' predicts clearly better than 'cascade'" in about_leads([lead(NONE)], [lead(-CLEAR)])


def test_verdict_says_that_treated_rows_agree_or_contradict() -> None:
    assert "it also leads clearly over 'turnover'" in about_leads([lead(CLEAR)], [lead(CLEAR)])
    opposite = about_leads([lead(CLEAR)], [lead(-CLEAR)])
    assert "the opposite holds: 'turnover' predicts clearly better than 'cascade'" in opposite


def test_verdict_names_the_study_that_a_clear_lead_depends_on() -> None:
    depends = lead(ON_ONE)
    assert depends.is_clear
    said = about_leads([depends], [lead(CLEAR)])
    assert "for all observations depends on one study: without " in said
    assert depends.changed_by[0] == "study0"
    assert "study0" in said


def test_verdict_says_nothing_of_single_studies_where_none_decides() -> None:
    assert "depends" not in about_leads([lead(np.full(20, 0.5) + 0.001 * NOISE)], [lead(CLEAR)])


def test_verdict_says_that_no_study_has_a_control_arm() -> None:
    assert "No study has a control arm" in about_leads([lead(CLEAR)], [])

"""Claims about the arrays that stand for the tables of trials."""

from pathlib import Path

import numpy as np
import pytest

from windup.datasets import Trials, load_trials
from windup.fit.design.arrays import DISPERSION_CLASSES, GAUSSIAN_KINDS, Design
from windup.fit.design.buckets import build_buckets
from windup.fit.design.build import build_design
from windup.fit.errors import NothingToFit

from ...datasets.tiny import Tables, tiny_tables
from ..designs import design_of, tables_of


@pytest.fixture(scope="module")
def trials() -> Trials:
    return load_trials()


@pytest.fixture(scope="module")
def packaged(trials: Trials) -> Design:
    return build_design(trials)


def visit_weeks(design: Design) -> np.ndarray:
    """Days of all visits as the solver reads them, in weeks since the arm's origin."""
    return np.asarray(design.schedule.trial_days[design.schedule.visit_node] / 7.0)


def test_every_used_row_of_the_packaged_data_has_its_visit(trials: Trials, packaged: Design) -> None:
    used = trials.observations[trials.observations["used"]]
    assert list(packaged.table["row_id"]) == list(used["row_id"])
    arms = np.array(packaged.arms)[packaged.visits.arm[packaged.rows.visits[:, 0]]]
    assert list(arms) == list(used["study_id"] + "/" + used["arm_id"])


def test_solver_reads_every_visit_at_its_day(packaged: Design) -> None:
    half_an_hour = 0.5 / 24.0 / 7.0
    np.testing.assert_allclose(visit_weeks(packaged), packaged.visits.elapsed_days / 7.0, atol=half_an_hour)


def test_no_dose_is_smeared_over_a_step_in_which_it_changes(trials: Trials, packaged: Design) -> None:
    dosing = trials.dosing[~trials.dosing["drug"].isin(["placebo", "none", "other"])]
    phases = (dosing["study_id"] + "/" + dosing["arm_id"]).value_counts()
    for index, arm in enumerate(packaged.arms):
        levels = [np.unique(np.round(x[:, index], 6)) for x in packaged.schedule.doses.values()]
        given = sum(int(np.sum(found > 0.0)) for found in levels)
        assert given <= phases.get(arm, 0), arm


def test_rows_are_as_far_from_their_baseline_as_the_table_says(packaged: Design) -> None:
    at, base = (packaged.visits.elapsed_days[packaged.rows.visits[:, i]] / 7.0 for i in (0, 1))
    weeks = packaged.table["time_weeks"] - packaged.table["baseline_week"].fillna(0.0)
    np.testing.assert_allclose(at - base, weeks, atol=1e-6)


def test_every_used_row_stands_in_one_bucket(packaged: Design) -> None:
    buckets = build_buckets(packaged)
    rows = np.concatenate([*(b.row[b.present] for b in buckets), *(b.responder[b.responds] for b in buckets)])
    assert sorted(rows) == list(range(len(packaged.rows.study)))


def test_reference_arm_is_seen_at_the_same_week(packaged: Design) -> None:
    contrast = np.array(packaged.rows.kind) == "contrast"
    visits = packaged.rows.visits[contrast]
    assert contrast.any()
    assert np.all(packaged.visits.arm[visits[:, 0]] != packaged.visits.arm[visits[:, 2]])
    study = packaged.schedule.study[packaged.visits.arm]
    assert np.all(study[visits[:, 0]] == study[visits[:, 2]])


def test_clock_of_a_withdrawal_arm_begins_with_its_run_in(packaged: Design) -> None:
    arm = packaged.arms.index("raskin2014/placebo_withdrawn")
    days = packaged.visits.elapsed_days[packaged.visits.arm == arm]
    assert set(days) == {42.0, 133.0}
    given = packaged.schedule.doses["pregabalin"][:, arm] > 0.0
    assert packaged.schedule.trial_days[1:][given].max() == 42.0


def test_visit_on_the_border_of_a_phase_sees_the_dose_before_it(packaged: Design) -> None:
    arm = packaged.arms.index("raskin2014/placebo_withdrawn")
    visit = np.flatnonzero((packaged.visits.arm == arm) & (packaged.visits.elapsed_days == 42.0))[0]
    assert packaged.schedule.trial_days[packaged.schedule.visit_node[visit]] == 42.0
    assert packaged.schedule.visit_doses["pregabalin"][visit] > 0.0
    assert packaged.schedule.doses["pregabalin"][packaged.schedule.visit_node[visit], arm] == 0.0


def test_nothing_has_been_taken_at_the_first_visit(packaged: Design) -> None:
    first = packaged.schedule.visit_node == 0
    given = np.stack([*packaged.schedule.visit_doses.values()])
    assert first.sum() > 100
    assert np.abs(given[:, first]).max() == 0.0
    assert np.any(given[:, ~first] > 0.0, axis=1).sum() > 12


def test_study_without_any_dispersion_gets_a_latent_one(tmp_path: Path) -> None:
    design = design_of(tmp_path, tables_of({"sd": ""}, "one", "two"))
    assert design.dispersions.missing_label == ("alpha/mean",)
    assert list(design.rows.dispersion) == [0, 0, 0, 0]
    assert DISPERSION_CLASSES[design.dispersions.missing_class[0]] == "mean"


def test_row_without_dispersion_borrows_that_of_its_study(tmp_path: Path) -> None:
    tables = tables_of({"sd": "2", "n": "16"}, "one", "two")
    tables["observations.csv"][3] |= {"sd": "", "n": "64"}
    design = design_of(tmp_path, tables)
    assert list(design.rows.dispersion) == [-1] * 4
    np.testing.assert_allclose(design.rows.standard_error, [0.5, 0.5, 0.5, 0.25])


def test_every_row_but_responders_has_an_error_or_a_latent_one(packaged: Design) -> None:
    gaussian = np.isin(packaged.rows.kind, GAUSSIAN_KINDS)
    known = np.isfinite(packaged.rows.standard_error) & (packaged.rows.standard_error > 0.0)
    np.testing.assert_array_equal(known[gaussian], packaged.rows.dispersion[gaussian] < 0)


def test_visits_of_an_arm_that_gets_nothing_are_untreated(tmp_path: Path) -> None:
    tables = tables_of({}, "waiting", "placebo")
    tables["dosing.csv"][0] |= {"drug": "none", "substance": "waiting list"}
    design = design_of(tmp_path, tables)
    named = [design.arms[arm] for arm in design.visits.arm[design.visits.untreated]]
    assert set(named) == {"alpha/waiting"}


def test_patients_of_a_case_control_comparison_are_marked_and_controls_are_not(packaged: Design) -> None:
    cases = {packaged.arms[arm] for arm in packaged.visits.arm[packaged.visits.case]}
    assert "yasin2023/cases" in cases
    assert not {name for name in cases if "control" in name}


def test_people_without_chronic_pain_are_not_ill(tmp_path: Path) -> None:
    design = design_of(tmp_path, tiny_tables())
    studies = np.array(design.studies)[design.schedule.study[design.visits.arm[~design.visits.ill]]]
    assert set(studies) == {"gamma"}
    assert list(design.painful) == [True, True, False]


def five_drugs(*, backwards: bool) -> Tables:
    drugs = ["pregabalin", "gabapentin", "ala", "nac", "curcumin"]
    tables = tables_of({}, *drugs)
    for dose in tables["dosing.csv"]:
        empty = {"dose_per_administration": "", "dose_unit": "", "administrations_per_day": ""}
        dose |= {"drug": dose["arm_id"], "substance": dose["arm_id"], **empty}
    return {name: rows[::-1] if backwards else rows for name, rows in tables.items()}


@pytest.mark.parametrize("backwards", [False, True], ids=["as they are", "backwards"])
def test_every_drug_of_a_trial_has_a_deviation_of_its_own_whatever_the_order_of_rows(
    tmp_path: Path, backwards: bool
) -> None:
    design = design_of(tmp_path, five_drugs(backwards=backwards))
    assert design.study_drugs == (("ala", "curcumin", "gabapentin", "nac", "pregabalin"),)
    for number, drug in enumerate(design.study_drugs[0]):
        load = design.visits.drug_load[design.visits.arm == design.arms.index(f"alpha/{drug}")].max(axis=0)
        assert load[number] > 0.9
        assert np.delete(load, number).max() == 0.0


def test_doses_of_the_schedule_are_those_of_their_arm(tmp_path: Path) -> None:
    design = design_of(tmp_path, tiny_tables())
    steps = np.diff(design.schedule.trial_days)
    amounts = steps @ np.asarray(design.schedule.doses["pregabalin"])
    arm = design.arms.index("alpha/drug")
    assert amounts[arm] == pytest.approx(300.0 * 56.0)
    assert np.delete(amounts, arm).max() == 0.0


def test_data_without_any_reported_dispersion_can_be_laid_out(tmp_path: Path) -> None:
    tables = tables_of({"sd": ""}, "one")
    design = design_of(tmp_path, tables)
    assert design.dispersions.reported_class.dtype.kind == "i"
    assert len(design.dispersions.reported_class) == 0


def test_an_untreated_run_in_builds_no_placebo_response(packaged: Design) -> None:
    arm = packaged.arms.index("vachonpresseau2022/placebo")
    mine = packaged.visits.arm == arm
    elapsed, treated = packaged.visits.elapsed_days[mine], packaged.visits.treated_days[mine]
    assert (treated[elapsed <= 21.0] == 0.0).all()
    np.testing.assert_allclose(treated[elapsed > 21.0], elapsed[elapsed > 21.0] - 21.0)


def test_a_withdrawal_trial_has_no_baseline_before_its_run_in(packaged: Design) -> None:
    study = packaged.studies.index("vinik2014_tapentadol")
    assert np.isnan(packaged.baseline_pain[study])


def test_trials_without_a_row_to_use_are_refused_by_name(tmp_path: Path) -> None:
    tables = tiny_tables()
    for row in tables["observations.csv"]:
        row |= {"used": "no", "reason": "uncontrolled"}
    with pytest.raises(NothingToFit, match="windup check"):
        design_of(tmp_path, tables)

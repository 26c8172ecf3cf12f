"""Claims about what exaggerates the effects of a trial: whose arms, by how much, and how it shows."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from windup.fit.design.arrays import Design
from windup.fit.design.build import build_design
from windup.fit.design.trial_bias import VISIT_CORRELATION, exaggeration, patients_of
from windup.fit.problem.observation import expect

from ...datasets.tiny import tiny_tables
from ..designs import course_of, nuisance_of, trials_of

NO_COVARIATES = np.zeros((1, 0))


def studies_with(**facts: object) -> pd.DataFrame:
    plain = {"design": "parallel_rct", "crossover": False, "withdrawal": False, "blinding": "double"}
    return pd.DataFrame([plain | facts])


def of_two_arms(studies: pd.DataFrame, treated: tuple[bool, bool] = (True, False)):  # type: ignore[no-untyped-def]
    return exaggeration(studies, np.array([0, 0]), np.array(treated), np.array([20.0, 30.0]), NO_COVARIATES)


def test_treated_arm_of_an_open_trial_is_marked_and_its_comparator_is_not() -> None:
    np.testing.assert_array_equal(of_two_arms(studies_with(blinding="open")).open_label, [1.0, 0.0])


def test_no_arm_of_a_blinded_trial_is_marked() -> None:
    assert not of_two_arms(studies_with()).open_label.any()


def test_standard_error_is_that_of_a_difference_of_two_means() -> None:
    wanted = 2.2 * np.sqrt(1.0 / 20.0 + 1.0 / 30.0)
    np.testing.assert_allclose(of_two_arms(studies_with()).standard_error, [wanted, 0.0])


def test_crossover_trial_is_more_exact_by_the_correlation_of_two_visits() -> None:
    plain, crossed = (of_two_arms(studies_with(crossover=each)).standard_error[0] for each in (False, True))
    np.testing.assert_allclose(crossed / plain, np.sqrt(1.0 - VISIT_CORRELATION))


@pytest.mark.parametrize("blinding", ["double", "single", "na", ""])
def test_a_trial_that_is_not_known_to_be_open_counts_as_blinded(blinding: str) -> None:
    assert not of_two_arms(studies_with(blinding=blinding)).open_label.any()


def test_patients_are_those_randomised_else_the_most_of_a_row_else_unknown() -> None:
    table = pd.DataFrame(
        {
            "study_id": ["alpha"] * 4,
            "arm_id": ["drug", "placebo", "placebo", "third"],
            "reference_arm": ["", "", "", "drug"],
            "n": [30.0, 25.0, 28.0, 50.0],
        }
    )
    dosing = pd.DataFrame(
        {
            "study_id": ["alpha"] * 3,
            "arm_id": ["drug", "placebo", "third"],
            "n_randomised": [40.0, np.nan, np.nan],
        }
    )
    found = patients_of(table, dosing, (("alpha", "drug"), ("alpha", "placebo"), ("alpha", "third")))
    # A contrast counts both of its arms.
    np.testing.assert_array_equal(found, [40.0, 28.0, np.nan])


def test_unknown_number_of_patients_leaves_the_standard_error_at_0() -> None:
    found = exaggeration(
        studies_with(), np.array([0, 0]), np.array([True, False]), np.array([np.nan, 30.0]), NO_COVARIATES
    )
    assert not found.standard_error.any()


@pytest.mark.parametrize("facts", [{"withdrawal": True}, {"design": "open_label"}, {"design": "cohort"}])
def test_trials_of_withdrawal_and_without_randomisation_take_no_part(facts: dict[str, object]) -> None:
    found = of_two_arms(studies_with(blinding="open", **facts))
    assert not found.open_label.any()
    assert not found.standard_error.any()


def test_two_treated_arms_without_a_comparator_take_no_part() -> None:
    found = of_two_arms(studies_with(blinding="open"), treated=(True, True))
    assert not found.open_label.any()
    assert not found.standard_error.any()


def open_trial(folder: Path) -> Design:
    tables = tiny_tables()
    tables["studies.csv"] = [row | {"blinding": "open"} for row in tables["studies.csv"]]
    return build_design(trials_of(folder, tables))


def test_exaggeration_lowers_pain_of_the_treated_arm_as_the_placebo_response_builds_up(
    tmp_path: Path,
) -> None:
    design = open_trial(tmp_path)
    plain = nuisance_of(design)
    exaggerated = plain._replace(exaggeration=(1.0, 0.5, None))
    course = course_of(design)
    change = np.asarray(expect(design, course, exaggerated).mean - expect(design, course, plain).mean)
    whole = 1.0 + 0.5 * 2.2 * np.sqrt(2.0 / 40.0)
    built_up = -np.expm1(-8 * 7 / 14.0)
    rows = {name: change[i] for i, name in enumerate(design.table["row_id"])}
    np.testing.assert_allclose([rows["a1"], rows["b1"]], -whole * built_up, rtol=1e-9)
    np.testing.assert_allclose([rows["a2"], rows["g1"]], 0.0, atol=1e-12)


def test_names_and_order_of_arms_change_nothing(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    one.mkdir()
    other.mkdir()
    tables = tiny_tables()
    there = build_design(trials_of(one, tables))
    for name in ("dosing.csv", "observations.csv"):
        tables[name] = tables[name][::-1]
    back = build_design(trials_of(other, tables))
    seen = [
        dict(
            zip(
                design.arms,
                design.visits.standard_error[
                    [list(design.visits.arm).index(a) for a in range(len(design.arms))]
                ],
                strict=True,
            )
        )
        for design in (there, back)
    ]
    assert seen[0] == seen[1]

"""Claims about arms: who is a control, and what dose a fit takes, is read from columns and said by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from windup.datasets import (
    Fault,
    Trials,
    check_counts,
    load_trials,
    packaged_trials,
)
from windup.fit.design.build import build_design

from .tiny import Tables, faults_of, tiny_tables, write_tables

DOSING, OBSERVATIONS = "dosing.csv", "observations.csv"


def case_control(*roles: str, names: tuple[str, str] = ("people", "others")) -> Tables:
    """The tiny tables and a comparison of serum magnesium between two arms."""
    tables = tiny_tables()
    tables["studies.csv"].append(tables["studies.csv"][0] | {"study_id": "delta", "design": "case_control"})
    for row in tables[DOSING]:
        row["role"] = ""
    for name, role in zip(names, roles, strict=True):
        arm = {"study_id": "delta", "arm_id": name, "drug": "none", "substance": "none", "role": role}
        tables[DOSING].append(tables[DOSING][1] | arm | {"end_week": "0"})
        row = {"row_id": name, "study_id": "delta", "arm_id": name, "time_weeks": "0", "outcome": "serum_mg"}
        more = {"scale": "mmol_per_L", "value": "0.8", "sd": "0.1", "flags": "case_control"}
        tables[OBSERVATIONS].append(tables[OBSERVATIONS][0] | row | more)
    return tables


def cases(folder: Path, tables: Tables) -> set[str]:
    design = build_design(load_trials(write_tables(folder, tables)))
    return {design.arms[arm] for arm in design.visits.arm[design.visits.case]}


@pytest.mark.parametrize(
    "names", [("people", "others"), ("controls", "patients"), ("Controls", "healthy"), ("uncontrolled", "x")]
)
def test_role_of_an_arm_is_that_of_its_column_whatever_its_name(
    tmp_path: Path, names: tuple[str, str]
) -> None:
    assert cases(tmp_path, case_control("case", "control", names=names)) == {f"delta/{names[0]}"}


def test_arm_without_a_role_is_a_case(tmp_path: Path) -> None:
    assert cases(tmp_path, case_control("", "control")) == {"delta/people"}


@pytest.mark.parametrize(("roles", "number"), [(("", ""), "no"), (("control", "control"), "every")])
def test_comparison_of_no_control_or_of_controls_alone_is_refused(
    tmp_path: Path, roles: tuple[str, str], number: str
) -> None:
    (fault,) = faults_of(write_tables(tmp_path, case_control(*roles, names=("cases", "controls"))))
    assert (fault.row, fault.column) == (7, "role")
    assert f"{number} arm is a control ('cases', 'controls')" in fault.found


def test_arm_of_two_roles_is_refused(tmp_path: Path) -> None:
    tables = case_control("case", "control")
    tables[DOSING].append(tables[DOSING][-1] | {"role": "case", "start_week": "-1"})
    assert (DOSING, 9, "role") in {
        (f.file, f.row, f.column) for f in faults_of(write_tables(tmp_path, tables))
    }


def test_packaged_cases_are_those_of_the_three_comparisons() -> None:
    design = build_design(packaged_trials())
    named = {design.arms[arm] for arm in design.visits.arm[design.visits.case]}
    assert named == {"yasin2023/cases", "ijma_migraine_vitd/cases", "kneeoa_egypt/cases"}


def with_dose(**cells: str) -> Tables:
    tables = tiny_tables()
    for row in tables[DOSING]:
        row["dose_how"] = ""
    tables[DOSING][0] |= cells
    return tables


def dose_fault(folder: Path, **cells: str) -> Fault:
    (fault,) = faults_of(write_tables(folder, with_dose(**cells)))
    assert (fault.file, fault.row, fault.column) == (DOSING, 2, "dose_per_administration")
    return fault


@pytest.mark.parametrize(
    "cells",
    [
        {"dose_unit": "capsule"},
        {"administrations_per_day": ""},
        {"dose_unit": ""},
        {"drug": "opioid", "substance": "fentanyl patch", "dose_unit": "ug", "route": "transdermal"},
        {"drug": "nsaid", "substance": "ketoprofen", "dose_unit": "mg/day", "administrations_per_day": ""},
        {"drug": "magnesium", "substance": "magnesium citrate"},
    ],
)
def test_stated_dose_that_cannot_be_converted_is_refused_with_what_to_write(
    tmp_path: Path, cells: dict[str, str]
) -> None:
    fault = dose_fault(tmp_path, **cells)
    assert (
        "write 'not convertible' in dose_how: a fit then estimates it, or takes the reference dose of"
        in fault.remedy
    )


@pytest.mark.parametrize("how", ["not convertible", "not stated"])
def test_dose_that_the_table_gives_up_is_estimated_and_named(tmp_path: Path, how: str) -> None:
    trials = load_trials(write_tables(tmp_path, with_dose(dose_unit="capsule", dose_how=how)))
    (phase,) = warnings_of(trials, "alpha")
    assert phase["found"] == f"The dose of pregabalin is {how}."
    # exp(1.96 * 0.38) = 2.106 times less and more than the usual dose.
    assert phase["remedy"] == (
        "A fit estimates it, around 300 mg/day (95 %: 142 to 632); "
        'with unknown_doses = "reference" it takes the reference dose of pregabalin, 300 mg/day.'
    )


def test_dose_of_an_arm_without_used_rows_may_stay_as_it_is(tmp_path: Path) -> None:
    tables = with_dose(dose_unit="capsule")
    tables[OBSERVATIONS][0] |= {"used": "no", "reason": "suspect figures"}
    assert faults_of(write_tables(tmp_path, tables)) == ()


def test_empty_dose_is_named_with_what_a_fit_takes(tmp_path: Path) -> None:
    trials = load_trials(write_tables(tmp_path, tiny_tables()))
    assert [each["arm_id"] for each in warnings_of(trials, "beta")] == ["drug"]


@pytest.mark.parametrize(
    ("cells", "count"),
    [
        ({"dose_unit": "g"}, 1),
        ({"dose_per_administration": "3600"}, 1),
        ({"dose_per_administration": "0.15"}, 1),
        ({"dose_per_administration": "0"}, 0),
        ({"dose_per_administration": "300"}, 0),
    ],
)
def test_dose_outside_the_usual_range_is_warned_of(tmp_path: Path, cells: dict[str, str], count: int) -> None:
    trials = load_trials(write_tables(tmp_path, with_dose(**cells)))
    assert len(warnings_of(trials, "alpha")) == count


def test_packaged_doses_that_a_fit_assumes_are_named_and_one_strong_cream_is_unusual() -> None:
    warnings = warnings_of(packaged_trials())
    assumed = [each for each in warnings if each["remedy"].startswith("A fit estimates it")]
    assert len(assumed) == 65
    assert [each["study_id"] for each in warnings if each not in assumed] == ["axsain_open", "axsain_open"]


def warnings_of(trials: Trials, study: str = "") -> list[dict[str, str]]:
    return [each for each in check_counts(trials)["warnings"] if study in ("", each["study_id"])]

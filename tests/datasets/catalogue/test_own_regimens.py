"""Claims about regimens and planned trials in the words of a folder's catalogue."""

from __future__ import annotations

from pathlib import Path

import pytest

from windup.datasets import (
    Catalogue,
    RegimenFault,
    RegimenFaults,
    load_regimens,
    load_trial_plans,
    load_trials,
)

from ..tiny import tiny_tables, write_tables
from .own import own_tables

REGIMEN = """
[[regimen]]
name = "lowdosin and pregabalin"
condition = "burning_mouth"

[[regimen.phase]]
drug = "lowdosin"
dose = 1.5
unit = "mg"
administrations_per_day = 3
start_week = 0
end_week = 12

[[regimen.phase]]
drug = "pregabalin"
dose = 300
unit = "mg/day"
start_week = 0
end_week = 12
"""

PLAN = """
[[trial]]
name = "lowdosin"
condition = "burning_mouth"
weeks = [12]

[[trial.arm]]
name = "placebo"
patients = 50

[[trial.arm]]
name = "lowdosin"
patients = 50

[[trial.arm.phase]]
drug = "lowdosin"
dose = 4.5
unit = "mg/day"
start_week = 0
end_week = 12
"""


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    folder = write_tables(tmp_path_factory.mktemp("own"), tiny_tables() | own_tables())
    return load_trials(folder).catalogue


def faults(path: Path, text: str, catalogue: Catalogue | None) -> tuple[RegimenFault, ...]:
    path.write_text(text, encoding="utf-8")
    with pytest.raises(RegimenFaults) as raised:
        load_regimens(path, catalogue=catalogue)
    return raised.value.faults


def test_a_regimen_combines_an_own_and_a_packaged_drug(tmp_path: Path, catalogue: Catalogue) -> None:
    (tmp_path / "mine.toml").write_text(REGIMEN, encoding="utf-8")
    (regimen,) = load_regimens(tmp_path / "mine.toml", catalogue=catalogue)
    assert [phase.daily_dose(catalogue) for phase in regimen.phase] == [4.5, 300.0]
    table = regimen.dosing(catalogue, times=2.0)
    assert list(table["daily_dose"]) == [9.0, 600.0]
    assert list(table["daily_dose_unit"]) == ["mg/day", "mg/day"]


def test_a_planned_trial_names_an_own_drug_and_condition(tmp_path: Path, catalogue: Catalogue) -> None:
    (tmp_path / "plan.toml").write_text(PLAN, encoding="utf-8")
    (plan,) = load_trial_plans(tmp_path / "plan.toml", catalogue=catalogue)
    assert plan.condition == "burning_mouth"


def test_own_words_are_faults_where_the_catalogue_has_no_such_row(tmp_path: Path) -> None:
    keys = {fault.key for fault in faults(tmp_path / "mine.toml", REGIMEN, None)}
    assert keys == {"condition", "phase 1, drug"}


@pytest.mark.parametrize(("word", "meant"), [("Lyrica", "pregabalin"), ("LDN", "lowdosin")])
def test_a_label_or_synonym_is_answered_with_the_drug(
    tmp_path: Path, catalogue: Catalogue, word: str, meant: str
) -> None:
    text = REGIMEN.replace('drug = "lowdosin"', f'drug = "{word}"')
    (fault,) = faults(tmp_path / "mine.toml", text, catalogue)
    assert (fault.key, fault.remedy) == ("phase 1, drug", f"Did you mean '{meant}'?")


def test_a_condition_is_found_by_its_synonym(tmp_path: Path, catalogue: Catalogue) -> None:
    text = REGIMEN.replace('"burning_mouth"', '"glossodynia"')
    (fault,) = faults(tmp_path / "mine.toml", text, catalogue)
    assert (fault.key, fault.remedy) == ("condition", "Did you mean 'burning_mouth'?")


def test_a_unit_that_the_drug_cannot_take_is_answered_with_those_it_can(
    tmp_path: Path, catalogue: Catalogue
) -> None:
    text = REGIMEN.replace('unit = "mg"\n', 'unit = "sessions"\n')
    (fault,) = faults(tmp_path / "mine.toml", text, catalogue)
    assert fault.found == "A dose of 'lowdosin' in 'sessions' cannot be converted to mg/day."
    assert "mg" in fault.remedy


def test_what_is_counted_in_applications_has_no_length(tmp_path: Path, catalogue: Catalogue) -> None:
    text = REGIMEN.replace(
        '"pregabalin"\ndose = 300\nunit = "mg/day"', '"capsaicin_patch"\ndose = 8\nunit = "% patch"'
    )
    (fault,) = faults(tmp_path / "mine.toml", text, catalogue)
    assert (fault.key, fault.remedy) == ("phase 2, end_week", "Let end_week equal start_week.")

"""Claims about files of regimens: what they hold, and that all of their faults come at once."""

from pathlib import Path

import pytest

from windup.datasets import RegimenFaults, load_regimens, packaged_catalogue

WRONG = """
note = 1
[[regimen]]
name = "a"
condition = "fibromialgia"
pain = 12
weeks = 4
[[regimen.phase]]
drug = "gabapentine"
dose = -300
unit = "mg"
start_week = 0
end_week = 8
[[regimen.phase]]
drug = "pregabalin"
dose = 300
unit = "mgg"
start_week = 3
end_week = 2
[[regimen]]
name = "a"
condition = "carpal_tunnel"
extra = 3
[[regimen.phase]]
drug = "opioid"
dose = 30
unit = "mg"
administrations_per_day = 2
start_week = 0
end_week = 8
[[regimen.phase]]
drug = "opioid"
substance = "morphine"
dose = 30
unit = "mg"
start_week = 4
end_week = 8
"""
PLACES = (
    (0, "note"),
    (1, "pain"),
    (1, "phase 1, dose"),
    (1, "condition"),
    (1, "phase 1, drug"),
    (1, "phase 2, end_week"),
    (1, "phase 2, unit"),
    (1, "weeks"),
    (2, "name"),
    (2, "extra"),
    (2, "condition"),
    (2, "phase 1, dose"),
    (2, "phase 2, dose"),
    (2, "phase 2, start_week"),
)


def faults_of(tmp_path: Path, text: str) -> RegimenFaults:
    (tmp_path / "mine.toml").write_text(text)
    with pytest.raises(RegimenFaults) as raised:
        load_regimens(tmp_path / "mine.toml", conditions=("fibromyalgia",))
    return raised.value


def test_all_faults_of_a_file_are_told_at_once_with_their_places(tmp_path: Path) -> None:
    found = faults_of(tmp_path, WRONG)
    assert sorted((fault.number, fault.key) for fault in found.faults) == sorted(PLACES)
    assert str(found).startswith(f"{len(PLACES)} faults")


def test_misspelt_words_are_answered_with_the_nearest_ones(tmp_path: Path) -> None:
    remedies = {fault.key: fault.remedy for fault in faults_of(tmp_path, WRONG).faults if fault.number == 1}
    assert "'gabapentin'" in remedies["phase 1, drug"]
    assert "'fibromyalgia'" in remedies["condition"]


def test_a_wrong_phase_is_one_fault_and_no_missing_phase(tmp_path: Path) -> None:
    head = '[[regimen]]\nname = "a"\ncondition = "fibromyalgia"\n[[regimen.phase]]\n'
    phase = 'drug = "pregabalin"\ndose = -300\nunit = "mg/day"\nstart_week = 0\nend_week = 12\n'
    assert [fault.key for fault in faults_of(tmp_path, head + phase).faults] == ["phase 1, dose"]


@pytest.mark.parametrize("text", ["", "[[regimen]", "regimen = 3"])
def test_file_without_regimens_is_refused(tmp_path: Path, text: str) -> None:
    assert len(faults_of(tmp_path, text).faults) == 1


def test_packaged_regimens_give_every_drug_of_the_cascade() -> None:
    given = {drug for regimen in load_regimens() for drug in regimen.drugs}
    assert given == set(packaged_catalogue().drug_by_name)


def test_doses_are_converted_as_those_of_trials() -> None:
    doses = {regimen.name: regimen.phase[0].daily_dose(packaged_catalogue()) for regimen in load_regimens()}
    assert doses["pregabalin 300 mg/day"] == 300.0
    assert doses["NSAID, full dose"] == 1.0
    assert doses["capsaicin 0.075 % cream, 4 a day"] == pytest.approx(0.3)
    # 1 g of the heptahydrate, 246.47 g/mol.
    assert doses["magnesium sulfate 1 g/day intravenously, 2 weeks"] == pytest.approx(1000 * 24.305 / 246.47)

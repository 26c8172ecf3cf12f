"""Claims about drugs that no trial compares with a control: they are named, with those of their network."""

from pathlib import Path

from windup.datasets import load_trials, packaged_trials
from windup.datasets.tables.network import NetworkWarning, network_warnings

from ..tiny import Tables, tiny_tables, write_tables


def tables_of(*trials: tuple[str, ...]) -> Tables:
    """Trials whose arms have these drugs, joined by + ('' is placebo), with one row each."""
    tables = tiny_tables()
    study, dose, row = (dict(tables[name][0]) for name in tables)
    empty = {"dose_per_administration": "", "dose_unit": "", "administrations_per_day": ""}
    return {
        "studies.csv": [study | {"study_id": f"s{number}"} for number in range(len(trials))],
        "dosing.csv": [
            dose
            | empty
            | {"study_id": f"s{number}", "arm_id": arm or "control"}
            | {"drug": drug, "substance": drug}
            for number, arms in enumerate(trials)
            for arm in arms
            for drug in (arm or "placebo").split("+")
        ],
        "observations.csv": [
            row | {"row_id": f"{number}{arm}", "study_id": f"s{number}", "arm_id": arm or "control"}
            for number, arms in enumerate(trials)
            for arm in arms
        ],
    }


def warnings_of(folder: Path, *trials: tuple[str, ...]) -> tuple[NetworkWarning, ...]:
    return network_warnings(load_trials(write_tables(folder, tables_of(*trials))))


def test_a_network_without_a_control_is_named_as_one(tmp_path: Path) -> None:
    (warning,) = warnings_of(tmp_path, ("pregabalin", "gabapentin"))
    assert warning.drugs == ("gabapentin", "pregabalin")
    assert warning.found == (
        "No used trial has a control arm. No comparison within the used trials gives the effect of "
        "gabapentin or pregabalin against placebo or no treatment."
    )
    assert warning.remedy == "These effects come from the prior and the model."


def test_a_network_apart_from_that_with_a_control_is_named_alone(tmp_path: Path) -> None:
    trials = ("pregabalin", ""), ("ala", "nac"), ("nac", "pea")
    (warning,) = warnings_of(tmp_path, *trials)
    assert warning.drugs == ("ala", "nac", "pea")
    assert "No used trial has" not in warning.found


def test_a_drug_without_any_comparison_is_named(tmp_path: Path) -> None:
    (warning,) = warnings_of(tmp_path, ("pregabalin", ""), ("opioid",))
    assert warning.drugs == ("opioid",)
    assert "the effect of opioid against placebo" in warning.found


def test_a_way_over_another_drug_is_a_comparison(tmp_path: Path) -> None:
    assert warnings_of(tmp_path, ("pregabalin", ""), ("pregabalin", "gabapentin")) == ()


def test_a_drug_on_top_of_another_is_compared_with_nothing(tmp_path: Path) -> None:
    (warning,) = warnings_of(tmp_path, ("opioid+pregabalin", "opioid"))
    assert warning.drugs == ("opioid",)


def test_drugs_that_come_together_only_are_not_told_apart(tmp_path: Path) -> None:
    (warning,) = warnings_of(tmp_path, ("ala+nac", ""))
    assert warning.drugs == ("ala", "nac")


def test_a_drug_of_magnesium_rows_alone_needs_no_control(tmp_path: Path) -> None:
    tables = tables_of(("pregabalin", ""), ("magnesium",))
    tables["observations.csv"][-1] |= {
        "outcome": "serum_mg",
        "scale": "mmol_per_L",
        "value": "0.9",
        "sd": "0.1",
    }
    assert network_warnings(load_trials(write_tables(tmp_path, tables))) == ()


def test_every_drug_of_the_packaged_trials_is_compared_with_a_control() -> None:
    assert network_warnings(packaged_trials()) == ()

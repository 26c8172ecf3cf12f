"""Claims about the risk of bias that is derived, and about the least pain at entry."""

from pathlib import Path

import pytest

from windup.datasets import load_trials, packaged_trials
from windup.datasets.dictionary.vocabulary import BIAS_DOMAINS, BIAS_LEVELS

from ..tiny import faults_of, places, tiny_tables, write_tables


def bias_of(folder: Path, row: dict[str, str] | None = None, **study: str) -> dict[str, str]:
    tables = tiny_tables()
    # A header holds for all rows of a file.
    for each in tables["studies.csv"]:
        each |= dict.fromkeys(study, "") | (study if each["study_id"] == "alpha" else {})
    tables["observations.csv"][0] |= row or {}
    table = load_trials(write_tables(folder, tables)).studies.set_index("study_id")
    return {domain.removeprefix("bias_"): str(table.loc["alpha", domain]) for domain in BIAS_DOMAINS}


@pytest.mark.parametrize(
    ("blinding", "deviations", "measurement"),
    [
        ("double", "low", "low"),
        ("single", "some concerns", "some concerns"),
        ("open", "some concerns", "high"),
        ("na", "unknown", "unknown"),
    ],
)
def test_blinding_decides_deviations_and_the_measurement_of_reported_pain(
    tmp_path: Path, blinding: str, deviations: str, measurement: str
) -> None:
    found = bias_of(tmp_path, blinding=blinding)
    assert (found["deviations"], found["measurement"]) == (deviations, measurement)


@pytest.mark.parametrize(
    ("imputation", "missing"),
    [
        ("LOCF", "some concerns"),
        ("BOCF", "some concerns"),
        ("MI", "low"),
        ("MMRM", "low"),
        ("completers", "high"),
        ("other", "unknown"),
        ("", "unknown"),
    ],
)
def test_imputation_decides_missing_outcomes(tmp_path: Path, imputation: str, missing: str) -> None:
    assert bias_of(tmp_path, imputation=imputation)["missing"] == missing


def test_flags_of_a_row_count_for_its_study(tmp_path: Path) -> None:
    assert bias_of(tmp_path, {"flags": "completers"}, imputation="MI")["missing"] == "high"
    selected = {"flags": "selected_weeks", "used": "no", "reason": "selected weeks"}
    assert bias_of(tmp_path, selected)["reporting"] == "high"
    assert bias_of(tmp_path)["reporting"] == "unknown"


def test_crossover_is_not_low_in_deviations_and_no_randomisation_is_high(tmp_path: Path) -> None:
    crossed = bias_of(tmp_path, design="crossover_rct", crossover="yes", blinding="double")
    assert (crossed["deviations"], crossed["randomisation"]) == ("some concerns", "unknown")
    loose = bias_of(tmp_path, {"flags": "natural_history"}, design="cohort", blinding="double")
    assert (loose["deviations"], loose["randomisation"]) == ("high", "high")


def test_cell_goes_before_the_rule(tmp_path: Path) -> None:
    found = bias_of(tmp_path, blinding="open", bias_measurement="low", bias_randomisation="some concerns")
    assert (found["measurement"], found["randomisation"]) == ("low", "some concerns")
    assert found["deviations"] == "some concerns"


def test_word_that_is_no_level_and_pain_beyond_the_scale_are_faults(tmp_path: Path) -> None:
    tables = tiny_tables()
    for each in tables["studies.csv"]:
        each |= {"bias_missing": "", "least_pain_at_entry": ""}
    tables["studies.csv"][1] |= {"bias_missing": "medium", "least_pain_at_entry": "40"}
    assert places(faults_of(write_tables(tmp_path, tables))) == {
        ("studies.csv", 3, "bias_missing"),
        ("studies.csv", 3, "least_pain_at_entry"),
    }


def test_every_packaged_study_has_a_level_in_every_domain_and_few_a_cut() -> None:
    studies = packaged_trials().studies
    assert set(studies[list(BIAS_DOMAINS)].to_numpy().ravel()) <= set(BIAS_LEVELS)
    cuts = studies.set_index("study_id")["least_pain_at_entry"].dropna()
    assert cuts["mccormack2017"] == 4.0
    assert len(cuts) == 6

"""Claims about a published network with treatments of its own: `osteopain` of MBNMAtime, 30 trials.

docs/gallery/exchange/network/SOURCE.txt has its source.
"""

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmarks.published_network import FOLDER, REFERENCE, prepared
from windup.datasets import (
    AggregateTrials,
    DataFaults,
    Trials,
    aggregate_map,
    aggregates_to_trials,
    load_trials,
)

DRUGS = FOLDER / "drugs"


@pytest.fixture(scope="module")
def raw() -> pd.DataFrame:
    return prepared(pd.read_csv(FOLDER / "arms.csv"))


@pytest.fixture(scope="module")
def made(raw: pd.DataFrame) -> AggregateTrials:
    return aggregates_to_trials(raw, mapping=FOLDER / "arms.toml", catalogue=DRUGS)


@pytest.fixture(scope="module")
def trials(made: AggregateTrials, tmp_path_factory: pytest.TempPathFactory) -> Trials:
    """What the check reads of the folder."""
    folder = tmp_path_factory.mktemp("network")
    for name, text in made.files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return load_trials(folder)


def test_check_passes_and_every_row_of_the_network_is_used(trials: Trials) -> None:
    assert (len(trials.studies), len(trials.observations)) == (30, 417)
    assert trials.observations["used"].all()


def test_means_and_standard_errors_are_those_of_the_file(trials: Trials, raw: pd.DataFrame) -> None:
    keys = ["study", "arm", "week"]
    rows = trials.observations[["study_id", "arm_id", "time_weeks", "estimate", "standard_error"]]
    rows = rows.set_axis([*keys, "mean", "error"], axis="columns").sort_values(keys)
    expected = raw.rename(columns={"studyID": "study", "time": "week"})
    expected = expected.assign(arm=arms_of(expected, trials)).sort_values(keys)
    np.testing.assert_allclose(rows["mean"], expected["y"], rtol=1e-9)
    np.testing.assert_allclose(rows["error"], expected["se"], rtol=1e-9)


def arms_of(table: pd.DataFrame, trials: Trials) -> list[str]:
    """Name of the arm of every row: that of the treatment, or of placebo."""
    named = set(trials.dosing["arm_id"])
    arms = table["treatment"].to_list()
    assert set(arms) == named
    return arms


def test_every_treatment_is_a_drug_at_its_reference_dose(trials: Trials, raw: pd.DataFrame) -> None:
    treated = trials.dosing[trials.dosing["drug"] != "placebo"]
    assert set(treated["arm_id"]) == set(raw["treatment"]) - {REFERENCE}
    assert treated["drug"].nunique() == 28
    reference = [trials.catalogue.drug(name).reference_dose for name in treated["drug"]]
    np.testing.assert_allclose(treated["daily_dose"], reference)


def test_tables_of_the_catalogue_are_part_of_the_result(made: AggregateTrials) -> None:
    tables = {path.name: path.read_text(encoding="utf-8") for path in DRUGS.iterdir()}
    assert set(tables) == {"drugs.csv", "substances.csv", "actions.csv"}
    assert {name: made.files[name] for name in tables} == tables


def test_drugs_are_not_known_without_the_folder(raw: pd.DataFrame) -> None:
    with pytest.raises(DataFaults) as found:
        aggregates_to_trials(raw, mapping=FOLDER / "arms.toml")
    assert {fault.column for fault in found.value.faults} >= {'treatment."Ce_200" drug'}


def test_folder_without_a_table_is_named(raw: pd.DataFrame, tmp_path: Path) -> None:
    with pytest.raises(DataFaults, match="holds no table of a catalogue"):
        aggregates_to_trials(raw, mapping=FOLDER / "arms.toml", catalogue=tmp_path)


def test_fault_of_the_folder_has_its_file_and_row(raw: pd.DataFrame, tmp_path: Path) -> None:
    shutil.copytree(DRUGS, tmp_path / "drugs")
    table = pd.read_csv(DRUGS / "drugs.csv").assign(reference_dose=-1.0)
    table.head(1).to_csv(tmp_path / "drugs" / "drugs.csv", index=False)
    with pytest.raises(DataFaults) as found:
        aggregate_map(raw, catalogue=tmp_path / "drugs")
    assert ("drugs.csv", 2, "reference_dose") in {
        (fault.file, fault.row, fault.column) for fault in found.value.faults
    }


def test_workbook_of_drugs_is_refused_with_what_to_do(raw: pd.DataFrame, tmp_path: Path) -> None:
    pd.read_csv(DRUGS / "drugs.csv").to_excel(tmp_path / "drugs.xlsx", index=False)
    with pytest.raises(DataFaults, match="Save each table as a CSV file"):
        aggregates_to_trials(raw, mapping=FOLDER / "arms.toml", catalogue=tmp_path)

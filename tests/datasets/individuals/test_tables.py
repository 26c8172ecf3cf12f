"""Claims about tables made of patients: what does not change them, what stands in them, what loads."""

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from windup.datasets import (
    PatientTrials,
    Trials,
    example_patient_files,
    load_trials,
    packaged_catalogue,
    patients_to_trials,
)

from .simulated import ARMS, STUDY, simulated_patients, wide


def loaded(folder: Path, made: PatientTrials) -> Trials:
    for name, text in made.files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return load_trials(folder)


def example() -> tuple[pd.DataFrame, pd.DataFrame]:
    files = example_patient_files()
    patients, arms = (pd.read_csv(io.StringIO(files[name])) for name in ("patients.csv", "arms.csv"))
    return patients, arms


CHANGED: dict[str, Callable[[pd.DataFrame], pd.DataFrame]] = {
    "order of rows": lambda table: table.sample(frac=1.0, random_state=1),
    "names of patients": lambda table: table.assign(patient_id="p" + table["patient_id"].str[::-1]),
    "days": lambda table: table.assign(time_days=table["time_weeks"] * 7).drop(columns="time_weeks"),
    "other columns": lambda table: table.assign(age=50, sex="f")[["sex", *table.columns, "age"]],
    "rows without a pain": lambda table: pd.concat(
        [table, table[table["time_weeks"] == 0].assign(time_weeks=1.0, pain=np.nan)]
    ),
    "a column of studies": lambda table: table.assign(study_id="simulated"),
}


@pytest.mark.parametrize("changed", CHANGED)
def test_what_says_the_same_gives_the_same_tables(changed: str) -> None:
    table = simulated_patients(missing=0.2)
    other = CHANGED[changed](table)
    study = {name: cell for name, cell in STUDY.items() if name not in other}
    one = patients_to_trials(table, study=STUDY, responders=(30, 50))
    two = patients_to_trials(other, study=study, responders=(30, 50))
    assert two.files == one.files


def test_file_with_semicolons_decimal_commas_and_other_headers_gives_the_same_rows(tmp_path: Path) -> None:
    table = simulated_patients()
    file = tmp_path / "visits.csv"
    named = table.rename(columns={"pain": "NRS average", "patient_id": "Subject"})
    named.to_csv(file, sep=";", decimal=",", index=False)
    columns = {"pain": "NRS average", "patient_id": "subject"}
    made = patients_to_trials(file, study=STUDY, columns=columns)
    rows = patients_to_trials(table, study=STUDY).observations
    pd.testing.assert_frame_equal(made.observations.drop(columns="location"), rows.drop(columns="location"))
    assert set(made.observations["location"]) == {"visits.csv"}
    assert "visits.csv" not in "".join(made.notes)


def test_only_sheet_of_a_workbook_is_read_like_a_file(tmp_path: Path) -> None:
    table = simulated_patients(missing=0.2)
    table.to_excel(tmp_path / "visits.xlsx", sheet_name="export 3", index=False)
    made = patients_to_trials(tmp_path / "visits.xlsx", study=STUDY)
    rows = patients_to_trials(table, study=STUDY).observations
    pd.testing.assert_frame_equal(made.observations.drop(columns="location"), rows.drop(columns="location"))


def test_tables_load_and_a_fit_uses_means_and_shares_and_leaves_changes(tmp_path: Path) -> None:
    made = patients_to_trials(simulated_patients(), arms=ARMS, study=STUDY, responders=(30, 50))
    rows = loaded(tmp_path, made).observations
    used = rows.groupby("kind")["used"].agg(["sum", "size"])
    assert used.loc["mean"].tolist() == [6, 6]
    assert used.loc["change"].tolist() == [0, 4]
    assert used.loc["responder_30"].tolist() == used.loc["responder_50"].tolist() == [4, 4]
    assert set(rows.loc[~rows["used"], "reason"]) == {"duplicates another row"}


def test_without_a_table_of_arms_the_drug_is_left_to_fill_in() -> None:
    dosing = patients_to_trials(simulated_patients(), study=STUDY).dosing
    assert dosing[["arm_id", "n_randomised", "drug", "start_week", "end_week"]].to_numpy().tolist() == [
        ["active", "40", "", "0", "12"],
        ["placebo", "40", "", "0", "12"],
    ]


def test_phases_of_the_table_of_arms_keep_their_weeks() -> None:
    arms = pd.DataFrame(
        {
            "arm_id": ["active", "active", "placebo"],
            "drug": ["pregabalin", "pregabalin", "placebo"],
            "dose_per_administration": [75, 150, None],
            "dose_unit": ["mg", "mg", None],
            "administrations_per_day": [2, 2, None],
            "start_week": [0, 1, None],
            "end_week": [1, 12, None],
        }
    )
    dosing = patients_to_trials(simulated_patients(), arms=arms, study=STUDY).dosing
    shown = dosing[["drug", "dose_per_administration", "start_week", "end_week"]].to_numpy().tolist()
    assert shown == [
        ["pregabalin", "75", "0", "1"],
        ["pregabalin", "150", "1", "12"],
        ["placebo", "", "0", "12"],
    ]


def test_rows_that_lack_patients_of_their_arm_are_flagged() -> None:
    table = simulated_patients(missing=0.3)
    rows = patients_to_trials(table, study=STUDY, flags=("worst_pain",)).observations
    flags = rows["flags"].str.split(";")
    few = rows["n"].astype(int) < 40
    assert few.any()
    assert not few.all()
    assert (flags.map(lambda words: "completers" in words) == few).all()
    assert flags.map(lambda words: words[0] == "worst_pain").all()
    assert (flags.map(lambda words: "baseline" in words) == (rows["time_weeks"] == "0")).all()


def test_responders_are_counted_patient_by_patient_and_nested() -> None:
    table = simulated_patients(missing=0.2)
    rows = patients_to_trials(table, study=STUDY, responders=(30, 50)).observations
    pains = wide(table, "active")
    shares = {}
    for percent in (30, 50):
        both = pains[[0.0, 12.0]].dropna()
        responds = (both[0.0] - both[12.0]) / both[0.0] >= percent / 100.0 - 1e-12
        at = (rows["outcome"] == f"responder_{percent}") & (rows["arm_id"] == "active")
        (row,) = rows[at & (rows["time_weeks"] == "12")].to_dict("records")
        shares[percent] = float(row["value"])
        assert shares[percent] == pytest.approx(100.0 * responds.mean())
        assert int(row["n"]) == len(both)
    assert 0.0 < shares[50] < shares[30] < 100.0


def test_who_has_no_pain_at_the_baseline_is_no_responder_and_does_not_count() -> None:
    table = pd.DataFrame(
        {"arm_id": "a", "patient_id": [1, 1, 2, 2], "time_weeks": [0, 4] * 2, "pain": [0, 0, 8, 4]}
    )
    rows = patients_to_trials(table, study=STUDY, responders=(50,)).observations
    (share,) = rows[rows["outcome"] == "responder_50"].to_dict("records")
    assert (share["value"], share["n"]) == ("100", "1")


def test_on_a_scale_where_higher_is_better_a_responder_has_less_pain() -> None:
    catalogue = packaged_catalogue()
    relief = next(each for each in catalogue.instruments if each.name == "NRS_0_10")
    better = type(relief)("COMFORT", "comfort", "pain", 0.0, 10.0, higher_is_worse=False)
    joined = catalogue.joined(type(catalogue)((), (), (), (), (), (better,)))
    table = pd.DataFrame(
        {"arm_id": "a", "patient_id": [1, 1, 2, 2], "time_weeks": [0, 4] * 2, "pain": [2, 6, 2, 5]}
    )
    rows = patients_to_trials(
        table, study=STUDY, scale="COMFORT", responders=(50,), catalogue=joined
    ).observations
    # 8 to 4 is half of the pain; 8 to 5 is not.
    assert rows.loc[rows["outcome"] == "responder_50", "value"].tolist() == ["50"]


def test_changes_between_all_visits_are_written_on_request() -> None:
    rows = patients_to_trials(simulated_patients(), study=STUDY, pairs="all").observations
    changes = rows[(rows["outcome"] == "pain_intensity_change") & (rows["arm_id"] == "active")]
    assert changes[["time_weeks", "baseline_week"]].to_numpy().tolist() == [
        ["4", "0"],
        ["12", "0"],
        ["12", "4"],
    ]


@pytest.mark.parametrize(
    ("pains", "said"),
    [
        ([5, 3, 5, 4], "all pains are the same in week 0; the SD is left empty"),
        ([5, 3, None, 4], "one patient in week 0"),
    ],
    ids=["constant", "one patient"],
)
def test_visit_without_a_spread_has_no_sd_and_loads(
    tmp_path: Path, pains: list[float | None], said: str
) -> None:
    table = pd.DataFrame({"arm_id": "a", "patient_id": [1, 1, 2, 2], "time_weeks": [0, 4] * 2, "pain": pains})
    arms = pd.DataFrame({"arm_id": ["a"], "drug": ["placebo"]})
    made = patients_to_trials(table, arms=arms, study=STUDY)
    first = loaded(tmp_path, made).observations.iloc[0]
    assert np.isnan(first["sd"])
    assert first["estimate"] == 5.0
    assert [note for note in made.notes if said in note] != []


def test_arms_without_a_baseline_or_without_any_pain_are_named() -> None:
    table = pd.DataFrame(
        {"arm_id": ["a", "b"], "patient_id": [1, 2], "time_weeks": [4, 4], "pain": [5.0, np.nan]}
    )
    made = patients_to_trials(table, study=STUDY)
    assert [len(each.weeks) for each in made.moments] == [1, 0]
    assert any("'a'" in note and "no visit in week 0 or before" in note for note in made.notes)
    assert any("'b'" in note and "no pain at any visit" in note for note in made.notes)


def test_crossover_has_every_patient_in_both_arms_and_reproduces_the_published_changes(
    tmp_path: Path,
) -> None:
    patients, arms = example()
    study = {"condition": "neuropathic_mixed", "design": "crossover_rct", "blinding": "double"}
    groups = patients.assign(study_id=patients["antiretrovirals"])
    made = patients_to_trials(
        groups, arms=pd.concat([arms.assign(study_id=word) for word in ("no", "yes")]), study=study
    )
    trials = loaded(tmp_path, made)
    assert trials.studies["crossover"].all()
    assert {each.patients for each in made.moments} == {61}
    # The abstract of doi:10.1371/journal.pone.0126297: fall of pain (SD) by group.
    published = {
        ("no", "amitriptyline"): (2.8, 3.3),
        ("no", "placebo"): (2.8, 3.4),
        ("yes", "amitriptyline"): (2.7, 3.3),
        ("yes", "placebo"): (2.1, 2.8),
    }
    for each in made.moments:
        fall, sd = published[each.study_id, each.arm_id]
        assert -each.change[2, 0] == pytest.approx(fall, abs=0.1)
        assert each.change_sd[2, 0] == pytest.approx(sd, abs=0.1)


def test_doses_of_the_example_have_the_published_median_and_quartiles() -> None:
    patients, arms = example()
    given = patients[(patients["arm_id"] == "amitriptyline") & (patients["time_weeks"] == 0)]
    assert given["highest_dose_mg_per_day"].quantile([0.25, 0.5, 0.75]).tolist() == [25.0, 50.0, 50.0]
    assert arms.loc[arms["drug"] == "tricyclic", "dose_per_administration"].tolist() == [50.0]


def test_example_names_its_source_and_its_licence() -> None:
    text = example_patient_files()["SOURCE.txt"]
    assert "doi:10.1371/journal.pone.0126297" in text
    assert "Creative Commons Attribution 4.0" in text

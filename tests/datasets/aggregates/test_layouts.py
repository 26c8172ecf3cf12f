"""Claims about layouts of aggregate data: the same results in any of them are the same tables."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from windup.datasets import Trials, aggregate_guesses, aggregates_to_trials, load_trials

from .synthesis import (
    ARMS,
    MAP,
    contrasts,
    long,
    long_contrasts,
    revman5,
    revman5_text,
    revman_map,
    revman_web,
    tables_of,
    tables_of_rows,
    wide,
    with_errors,
    with_map,
)


def loaded(folder: Path, table: pd.DataFrame, mapping: dict[str, Any]) -> Trials:
    for name, text in aggregates_to_trials(table, mapping=mapping).files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return load_trials(folder)


SAME: dict[str, tuple[Callable[[], pd.DataFrame], dict[str, Any]]] = {
    "wide": (wide, MAP),
    "RevMan 5": (revman5, revman_map()),
    "RevMan Web": (revman_web, revman_map()),
}


@pytest.mark.parametrize("layout", SAME)
def test_layout_of_the_same_arms_gives_the_same_tables(layout: str) -> None:
    table, mapping = SAME[layout]
    assert tables_of(table(), mapping) == tables_of_rows(long)


def test_export_of_revman_5_may_have_headings_that_are_shorter_than_the_header(tmp_path: Path) -> None:
    (tmp_path / "data.csv").write_text(revman5_text(), encoding="utf-8")
    made = aggregates_to_trials(tmp_path / "data.csv", mapping=revman_map())
    assert list(made.observations["value"]) == ["4.2", "5.5", "4.9", "5.8"]


def test_both_layouts_of_contrasts_give_the_same_tables() -> None:
    assert tables_of_rows(contrasts) == tables_of_rows(long_contrasts)


def test_rows_of_arms_are_those_of_the_file() -> None:
    rows = tables_of_rows(long)["observations"]
    shown = [(row["study_id"], row["arm_id"], row["time_weeks"], row["value"], row["n"]) for row in rows]
    assert shown == [
        ("alpha", "Pregabalin 300", "8", "4.2", "52"),
        ("alpha", "placebo", "8", "5.5", "50"),
        ("beta", "Gabapentin 1800", "12", "4.9", "41"),
        ("beta", "placebo", "12", "5.8", "40"),
    ]


def test_standard_error_and_deviation_agree_by_the_root_of_n(tmp_path: Path) -> None:
    (tmp_path / "sd").mkdir()
    (tmp_path / "se").mkdir()
    by_sd = loaded(tmp_path / "sd", long(), MAP).observations
    by_se = loaded(tmp_path / "se", with_errors(), MAP).observations
    assert list(by_sd["time_weeks"]) == list(by_se["time_weeks"])
    np.testing.assert_allclose(by_se["standard_error"], by_sd["standard_error"], rtol=1e-9)
    np.testing.assert_allclose(by_se["standard_deviation"], by_sd["standard_deviation"], rtol=1e-9)


@pytest.mark.parametrize("table", [long, wide, contrasts, long_contrasts], ids=lambda each: each.__name__)
def test_order_of_rows_makes_no_difference(table: Callable[[], pd.DataFrame]) -> None:
    assert tables_of(table().iloc[::-1]) == tables_of_rows(table)


@pytest.mark.parametrize("table", [long, wide, contrasts, long_contrasts], ids=lambda each: each.__name__)
def test_capital_letters_of_headers_make_no_difference(table: Callable[[], pd.DataFrame]) -> None:
    assert tables_of(table().rename(columns=str.upper)) == tables_of_rows(table)


def test_columns_with_other_names_are_those_that_the_map_names() -> None:
    table = long().rename(columns={"studlab": "who", "mean": "pain", "n": "count"})
    mapping = with_map(columns={"study": "who", "mean": "pain", "n": "count"})
    assert tables_of(table, mapping) == tables_of_rows(long)


def test_column_that_the_map_leaves_empty_is_not_read() -> None:
    rows = tables_of(long(), with_map(columns={"sd": ""}))["observations"]
    assert {row["sd"] for row in rows} == {""}


def test_layout_of_the_map_goes_before_the_guess() -> None:
    # Only the last arm has a value, so that either layout could be meant.
    table = long_contrasts()
    assert aggregate_guesses(table).layout == "long contrasts"
    assert aggregate_guesses(table, mapping={"file": {"layout": "long"}}).layout == "long"


@pytest.mark.parametrize(
    ("table", "layout"),
    [
        (long, "long"), (with_errors, "long"), (wide, "wide"), (revman5, "wide"), (revman_web, "wide"),
        (contrasts, "contrasts"), (long_contrasts, "long contrasts"),
    ],
    ids=lambda each: each if isinstance(each, str) else each.__name__,
)  # fmt: skip
def test_layout_is_guessed(table: Callable[[], pd.DataFrame], layout: str) -> None:
    assert aggregate_guesses(table()).layout == layout


@pytest.mark.parametrize(
    ("header", "unit", "times"),
    [("days", "days", 7), ("Time (weeks)", "weeks", 1), ("follow-up months", "months", 84 / 365.25)],
)
def test_unit_of_time_is_that_of_its_header(header: str, unit: str, times: float) -> None:
    table = long().assign(week=lambda each: each["week"] * times).rename(columns={"week": header})
    assert aggregate_guesses(table).time_unit == unit
    assert tables_of(table) == tables_of_rows(long)


def test_week_of_the_study_goes_before_that_of_the_outcome_and_that_before_all() -> None:
    table = long().drop(columns="week").assign(outcome="pain")
    pain = {**MAP["rows"], "week": 6}
    mapping = with_map(rows={"week": 4}, outcome={"pain": pain}, study={"beta": {"week": 10}})
    weeks = {row["study_id"]: row["time_weeks"] for row in tables_of(table, mapping)["observations"]}
    assert weeks == {"alpha": "6", "beta": "10"}
    weeks = {row["time_weeks"] for row in tables_of(table, with_map(rows={"week": 4}))["observations"]}
    assert weeks == {"4"}


def test_responders_are_shares_of_the_patients_of_their_arm() -> None:
    rows = [(study, label, week, responders, n) for study, label, week, _, _, n, responders in ARMS]
    table = pd.DataFrame(rows, columns=["study", "t", "week", "r", "n"])
    mapping = with_map(rows={"outcome": "responder_50", "scale": "percent"})
    made = aggregates_to_trials(table, mapping=mapping).observations
    assert dict(zip(made["n"], made["value"], strict=True))["50"] == "20"
    assert dict(zip(made["n"], made["how"], strict=True))["50"] == "computed: 10 of 50"


def test_contrast_is_of_the_drug_against_the_control_whichever_stands_first() -> None:
    rows = {row["study_id"]: row for row in tables_of_rows(contrasts)["observations"]}
    assert rows["beta"]["arm_id"] == "Gabapentin 1800"
    assert rows["beta"]["reference_arm"] == "placebo"
    assert rows["beta"]["value"] == "-0.9"
    assert {row["outcome"] for row in rows.values()} == {"difference_vs_placebo"}


def test_standard_error_of_a_contrast_is_that_of_the_file(tmp_path: Path) -> None:
    rows = loaded(tmp_path, contrasts(), MAP).observations
    np.testing.assert_allclose(rows["standard_error"], [0.4, 0.45], rtol=1e-9)
    assert rows["used"].all()


def test_contrast_of_two_drugs_keeps_its_direction() -> None:
    table = contrasts().assign(treat2=["Gabapentin 1800", "Gabapentin 1800"])
    row = tables_of(table)["observations"][0]
    assert (row["arm_id"], row["reference_arm"], row["value"]) == (
        "Pregabalin 300",
        "Gabapentin 1800",
        "-1.3",
    )


def test_three_arms_are_contrasts_with_the_arm_without_a_value() -> None:
    third = pd.DataFrame([("alpha", "Gabapentin 1800", -1.1, 0.42, 8, 49)], columns=long_contrasts().columns)
    rows = tables_of(pd.concat([third, long_contrasts()]))["observations"]
    mine = [(row["arm_id"], row["reference_arm"], row["n"]) for row in rows if row["study_id"] == "alpha"]
    assert mine == [("Gabapentin 1800", "placebo", "99"), ("Pregabalin 300", "placebo", "102")]


def test_differences_are_not_read_where_their_arms_have_results() -> None:
    made = aggregates_to_trials(wide().assign(TE=1.0, seTE=0.1), mapping=MAP)
    assert set(made.observations["reference_arm"]) == {""}
    assert any("Differences are not read" in note for note in made.notes)


def test_row_of_generic_inverse_variance_among_rows_of_arms_is_a_contrast() -> None:
    table = revman_web()
    table[["Experimental mean", "Control mean"]] = table[["Experimental mean", "Control mean"]].astype(object)
    table.loc[0, ["Experimental mean", "Control mean"]] = ""
    table["GIV Mean"], table["GIV SE"] = [-1.3, ""], [0.4, ""]
    rows = tables_of(table, revman_map())["observations"]
    assert [(row["study_id"], row["reference_arm"]) for row in rows] == [
        ("alpha", "placebo"), ("beta", ""), ("beta", ""),
    ]  # fmt: skip


def test_study_of_two_arms_may_stand_among_those_of_three() -> None:
    table = wide().assign(treat3=["Gabapentin 1800", ""], mean3=[4.4, ""], sd3=[2.0, ""], n3=[51, ""])
    rows = tables_of(table)["observations"]
    assert [row["study_id"] for row in rows] == ["alpha"] * 3 + ["beta"] * 2


def test_arm_that_stands_in_several_rows_with_the_same_numbers_is_one() -> None:
    table = pd.concat([wide(), wide().iloc[[0]]])
    made = aggregates_to_trials(table, mapping=MAP)
    assert len(made.observations) == 4
    assert "Results that stand in the file more than once: 2." in made.notes


def test_phases_last_from_week_0_to_the_last_result_unless_the_map_says_otherwise() -> None:
    titrated = [
        {"drug": "gabapentin", "dose_per_administration": 900, "dose_unit": "mg/day", "end_week": 2},
        {"drug": "gabapentin", "dose_per_administration": 1800, "dose_unit": "mg/day", "start_week": 2},
    ]
    dosing = tables_of(long(), with_map(treatment={"Gabapentin 1800": titrated}))["dosing"]
    weeks = [(row["arm_id"], row["start_week"], row["end_week"]) for row in dosing]
    assert weeks == [
        ("Pregabalin 300", "0", "8"), ("placebo", "0", "8"),
        ("Gabapentin 1800", "0", "2"), ("Gabapentin 1800", "2", "12"), ("placebo", "0", "12"),
    ]  # fmt: skip


def test_treatment_of_a_study_goes_before_that_of_all() -> None:
    other = {"drug": "pregabalin", "dose_per_administration": 600, "dose_unit": "mg/day"}
    mapping = with_map(study={"alpha": {"treatment": {"pregabalin 300": other}}})
    dosing = {row["drug"]: row for row in tables_of(long(), mapping)["dosing"]}
    assert dosing["pregabalin"]["dose_per_administration"] == "600"


def test_class_and_year_of_the_file_are_kept() -> None:
    table = with_errors().assign(year=[2001, 2001, 2003, 2003], **{"class": ["", "gabapentinoid"] * 2})
    tables = tables_of(table)
    assert [row["year"] for row in tables["studies"]] == ["2001", "2003"]
    classes = {row["arm_id"]: row["treatment"] for row in tables["dosing"]}
    assert classes["Pregabalin 300"] == "gabapentinoid"
    assert classes["placebo"] == ""


def test_result_of_week_0_has_the_flag_of_a_baseline() -> None:
    table = pd.concat([long(), long().assign(week=0)])
    rows = tables_of(table)["observations"]
    assert {row["time_weeks"] for row in rows if "baseline" in row["flags"]} == {"0"}


def test_every_row_says_that_it_is_secondary_and_where_it_was_read() -> None:
    made = aggregates_to_trials(long(), mapping=MAP)
    assert set(made.observations["flags"]) == {"secondary_source"}
    assert list(made.observations["location"]) == [f"results, row {line}" for line in (3, 2, 5, 4)]
    assert set(made.studies["verified_from"]) == {"secondary"}

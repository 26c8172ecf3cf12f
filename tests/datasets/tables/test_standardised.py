"""Claims about standardised mean differences in the tables: their error, their faults and their repeats."""

from __future__ import annotations

import math
from pathlib import Path

import pandas as pd
import pytest

from windup.datasets import STANDARDISED, load_trials
from windup.datasets.tables.dispersion import standard_error_of_standardised, t_quantile_975

from ..tiny import Tables, faults_of, tiny_tables, write_tables

SMD = {
    "outcome": "difference_vs_placebo", "scale": "sd_units", "value": "-0.6", "sd": "", "n": "72",
    "reference_arm": "placebo",
}  # fmt: skip
NO_INTERVAL = {"low": "", "high": "", "interval": ""}


def tables_with(*rows: dict[str, str], used: str = "yes") -> Tables:
    """The study ``beta`` with these rows, each a standardised difference with some cells changed."""
    tables = tiny_tables()
    contrast = tables["observations.csv"].pop(2)
    tables["observations.csv"] += [
        contrast | SMD | NO_INTERVAL | {"row_id": f"b{n}", "used": used} | row for n, row in enumerate(rows)
    ]
    return tables


def loaded(folder: Path, *rows: dict[str, str], used: str = "") -> pd.DataFrame:
    return load_trials(write_tables(folder, tables_with(*rows, used=used))).observations.set_index("row_id")


def test_standard_error_is_that_of_hedges_and_olkin() -> None:
    found = standard_error_of_standardised(-0.8, 30.0 * 50.0 / 80.0, 80.0)
    assert found == pytest.approx(math.sqrt(1 / 30 + 1 / 50 + 0.64 / 160))


@pytest.mark.parametrize(
    ("n", "sizes", "wanted"),
    [
        ("", ("40", "40"), 1 / 40 + 1 / 40 + 0.36 / 160),
        ("72", ("40", "40"), 1 / 36 + 1 / 36 + 0.36 / 144),
        ("", ("60", "20"), 1 / 60 + 1 / 20 + 0.36 / 160),
        ("72", ("", ""), 1 / 36 + 1 / 36 + 0.36 / 144),
    ],
)
def test_standard_error_follows_from_the_patients_of_both_arms(
    tmp_path: Path, n: str, sizes: tuple[str, str], wanted: float
) -> None:
    tables = tables_with({"n": n})
    for arm, size in zip(tables["dosing.csv"][2:4], sizes, strict=True):
        arm["n_randomised"] = size
    row = load_trials(write_tables(tmp_path, tables)).observations.iloc[-1]
    assert row["standard_error"] == pytest.approx(math.sqrt(wanted))
    assert row["estimate"] == -0.6


@pytest.mark.parametrize("flags", ["", "dispersion_doubtful"])
def test_a_printed_interval_goes_before_the_formula_unless_it_is_doubtful(tmp_path: Path, flags: str) -> None:
    cells = {"low": "-1.1", "high": "-0.1", "interval": "ci95_low_high", "flags": flags}
    formula = math.sqrt(1 / 36 + 1 / 36 + 0.36 / 144)
    wanted = formula if flags else 1.0 / (2 * t_quantile_975(71))
    assert loaded(tmp_path, cells).loc["b0", "standard_error"] == pytest.approx(wanted)


def test_a_printed_standard_error_is_taken_as_it_is(tmp_path: Path) -> None:
    assert loaded(tmp_path, {"se": "0.31"}).loc["b0", "standard_error"] == pytest.approx(0.31)


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        ({"sd": "1"}, "sd"),
        ({"low": "-3", "high": "2", "interval": "range"}, "interval"),
        ({"value": "-7"}, "value"),
        ({"reference_arm": ""}, "reference_arm"),
    ],
)
def test_what_is_wrong_with_a_standardised_difference_is_found_in_its_cell(
    tmp_path: Path, cells: dict[str, str], column: str
) -> None:
    (fault,) = faults_of(write_tables(tmp_path, tables_with(cells)))
    assert (fault.file, fault.row, fault.column) == ("observations.csv", 6, column)


def test_a_crossover_trial_gives_none(tmp_path: Path) -> None:
    tables = tables_with({})
    tables["studies.csv"][1] |= {"design": "crossover_rct", "crossover": "yes"}
    (fault,) = faults_of(write_tables(tmp_path, tables))
    assert (fault.row, fault.column) == (6, "scale")
    assert "crossover" in fault.found
    for row in tables["observations.csv"]:
        row["used"] = ""
    decided = load_trials(write_tables(tmp_path, tables)).observations.set_index("row_id").loc["b0"]
    assert (bool(decided["used"]), decided["reason"]) == (False, "scale without a defensible conversion")


REPEATED = [
    {"scale": "NRS_0_10", "value": "-1"},
    {"outcome": "pain_intensity", "scale": "NRS_0_10", "value": "4", "sd": "2", "reference_arm": ""},
    {"outcome": "pain_intensity_change", "scale": "NRS_0_10", "value": "-2", "reference_arm": ""},
    {"outcome": "pain_intensity_change", "scale": "percent", "value": "-30", "reference_arm": ""},
    {"scale": "WOMAC_pain_0_20", "value": "-2"},
    {"outcome": "pain_intensity", "scale": "WOMAC_pain_0_20", "value": "8", "reference_arm": ""},
    {"value": "-0.55", "n": "40"},
]


@pytest.mark.parametrize("other", REPEATED, ids=lambda row: f"{row.get('outcome')} {row.get('scale')}")
def test_it_may_not_be_used_beside_what_it_repeats(tmp_path: Path, other: dict[str, str]) -> None:
    faults = faults_of(write_tables(tmp_path, tables_with({}, other)))
    assert [fault.column for fault in faults] == ["used"]
    assert "repeats" in faults[0].found


@pytest.mark.parametrize("first", [False, True])
@pytest.mark.parametrize("other", REPEATED, ids=lambda row: f"{row.get('outcome')} {row.get('scale')}")
def test_the_other_row_is_the_one_that_is_used(tmp_path: Path, other: dict[str, str], first: bool) -> None:
    precise = {"se": "0.2"} if "scale" in other else {}
    rows = (other, precise) if first else (precise, other)
    table = loaded(tmp_path, *rows)
    name = "b1" if first else "b0"
    assert table.loc[["b0", "b1"], "used"].sum() == 1
    assert not table.loc[name, "used"] or "scale" not in other
    assert set(table.loc[["b0", "b1"], "reason"]) == {"", "duplicates another row"}


def test_it_is_used_beside_rows_of_another_week(tmp_path: Path) -> None:
    table = loaded(tmp_path, {}, REPEATED[1] | {"time_weeks": "4"})
    assert table.loc[["b0", "b1"], "used"].all()


def test_it_follows_from_two_contrasts_with_a_third_arm(tmp_path: Path) -> None:
    tables = tables_with(
        {}, {"scale": "NRS_0_10", "value": "-1"}, {"scale": "NRS_0_10", "value": "-1"}, used=""
    )
    tables["dosing.csv"].append(tables["dosing.csv"][2] | {"arm_id": "third"})
    first, second = tables["observations.csv"][-2:]
    first["reference_arm"], second["arm_id"] = "third", "third"
    table = load_trials(write_tables(tmp_path, tables)).observations.set_index("row_id")
    assert table.loc[["b0", "b1", "b2"], "used"].tolist() == [False, True, True]
    assert STANDARDISED in table.loc["b0", "blocks"]


def test_a_scale_where_higher_is_better_is_turned(tmp_path: Path) -> None:
    tables = tables_with({"scale": "relief_sds", "value": "0.6"})
    tables["instruments.csv"] = [
        {
            "instrument": "relief_sds", "label": "relief in SDs", "quantity": "standardised_pain",
            "higher_is": "better", "source": "expert: a test",
        }
    ]  # fmt: skip
    assert load_trials(write_tables(tmp_path, tables)).observations.iloc[-1]["estimate"] == -0.6

from __future__ import annotations

import math
from pathlib import Path

import pandas as pd
import pytest

from windup.datasets import load_trials
from windup.datasets.tables.dispersion import t_quantile_975

from ..tiny import tiny_tables, write_tables


def _row(tmp_path: Path, line: int = 2, **cells: str) -> pd.Series:
    tables = tiny_tables()
    tables["observations.csv"][line - 2] |= cells
    return load_trials(write_tables(tmp_path, tables)).observations.iloc[line - 2]


def test_a_standard_deviation_gives_the_standard_error(tmp_path: Path) -> None:
    assert _row(tmp_path)["standard_error"] == pytest.approx(2 / 6)


def test_a_standard_error_gives_the_standard_deviation(tmp_path: Path) -> None:
    assert _row(tmp_path, sd="", se="0.5")["standard_deviation"] == pytest.approx(3.0)


def test_no_dispersion_leaves_the_standard_deviation_unknown(tmp_path: Path) -> None:
    assert math.isnan(_row(tmp_path, sd="")["standard_deviation"])


def test_a_doubtful_dispersion_is_not_used(tmp_path: Path) -> None:
    assert math.isnan(_row(tmp_path, flags="locf;dispersion_doubtful")["standard_deviation"])


def test_millimetres_scale_value_and_dispersion_alike(tmp_path: Path) -> None:
    row = _row(tmp_path, scale="VAS_0_100", value="40", sd="20")
    assert [row["estimate"], row["standard_deviation"]] == pytest.approx([4.0, 2.0])


def test_a_missing_n_is_taken_from_the_arm(tmp_path: Path) -> None:
    assert _row(tmp_path, n="")["n_effective"] == 40


def test_shares_become_fractions(tmp_path: Path) -> None:
    row = _row(tmp_path, outcome="responder_50", scale="percent", value="30", sd="")
    assert row["estimate"] == pytest.approx(0.3)


def test_a_median_with_its_range_becomes_a_mean(tmp_path: Path) -> None:
    row = _row(tmp_path, value="3.2", sd="", low="0", high="8", interval="range", flags="median")
    assert row["estimate"] == pytest.approx(3.6)


def test_the_standard_error_of_a_contrast_comes_from_its_interval(tmp_path: Path) -> None:
    assert _row(tmp_path, line=4)["standard_error"] == pytest.approx(1.6 / (2 * t_quantile_975(71)))


def test_a_contrast_of_equal_arms_counts_a_quarter_of_its_patients(tmp_path: Path) -> None:
    assert _row(tmp_path, line=4)["n_effective"] == pytest.approx(72 / 4)


def test_standard_deviation_standard_error_and_n_agree_in_a_contrast(tmp_path: Path) -> None:
    row = _row(tmp_path, line=4)
    assert row["standard_deviation"] == pytest.approx(row["standard_error"] * math.sqrt(row["n_effective"]))


def test_serum_magnesium_is_in_millimoles(tmp_path: Path) -> None:
    assert _row(tmp_path, line=5)["estimate"] == pytest.approx(2.1 * 10 / 24.305)


def test_a_percent_change_of_serum_magnesium_is_taken_of_its_baseline(tmp_path: Path) -> None:
    tables = tiny_tables()
    level = tables["observations.csv"][3] | {"time_weeks": "0", "scale": "mmol_per_L", "value": "0.8"}
    change = {"row_id": "g3", "outcome": "serum_mg_change", "scale": "percent", "value": "5", "sd": "10"}
    tables["observations.csv"][3] = level
    tables["observations.csv"].append(level | change | {"time_weeks": "8"})
    row = load_trials(write_tables(tmp_path, tables)).observations.iloc[-1]
    assert [row["estimate"], row["standard_deviation"]] == pytest.approx([0.04, 0.08])


def test_a_row_of_no_kind_has_no_estimate(tmp_path: Path) -> None:
    row = _row(tmp_path, line=6)
    assert (row["kind"], math.isnan(row["estimate"])) == ("", True)

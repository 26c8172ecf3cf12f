"""Claims about instruments: how printed values, dispersions and intervals become those of the model."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from windup.datasets import load_trials

from ..tiny import Tables, faults_of, tiny_tables, write_tables
from .own import own_tables


def _row(tmp_path: Path, instrument: dict[str, str], line: int = 2, **cells: str) -> pd.Series:
    tables: Tables = tiny_tables() | own_tables()
    tables["instruments.csv"][0] |= instrument
    tables["observations.csv"][line - 2] |= {"scale": "COMFORT_1_7"} | cells
    return load_trials(write_tables(tmp_path, tables)).observations.iloc[line - 2]


WORSE = {"higher_is": "worse"}
BETTER = {"higher_is": "better"}


@pytest.mark.parametrize(("direction", "level"), [(WORSE, 10 * (3 - 1) / 6), (BETTER, 10 * (7 - 3) / 6)])
def test_a_level_of_a_shifted_scale_counts_from_its_better_end(
    tmp_path: Path, direction: dict[str, str], level: float
) -> None:
    row = _row(tmp_path, direction, value="3", sd="1.2")
    assert row["kind"] == "mean"
    assert row["estimate"] == pytest.approx(level, rel=1e-12)
    assert row["standard_deviation"] == pytest.approx(1.2 * 10 / 6, rel=1e-12)


@pytest.mark.parametrize(("direction", "sign"), [(WORSE, 1.0), (BETTER, -1.0)])
def test_a_change_has_the_slope_and_no_offset(tmp_path: Path, direction: dict[str, str], sign: float) -> None:
    row = _row(tmp_path, direction, outcome="pain_intensity_change", value="1.5", sd="", se="0.3")
    assert row["kind"] == "change"
    assert row["estimate"] == pytest.approx(sign * 1.5 * 10 / 6, rel=1e-12)
    assert row["standard_error"] == pytest.approx(0.3 * 10 / 6, rel=1e-12)


def test_a_contrast_on_a_reversed_scale_keeps_the_width_of_its_interval(tmp_path: Path) -> None:
    for name in ("reversed", "plain"):
        (tmp_path / name).mkdir()
    reversed_ = _row(tmp_path / "reversed", BETTER, line=4, value="1", low="0.2", high="1.8")
    plain = _row(tmp_path / "plain", WORSE, line=4, value="-1", low="-1.8", high="-0.2")
    assert reversed_["kind"] == plain["kind"] == "contrast"
    for column in ("estimate", "standard_error", "standard_deviation"):
        assert reversed_[column] == pytest.approx(plain[column], rel=1e-12)
    assert reversed_["standard_error"] > 0.0


def test_the_median_of_a_reversed_scale_with_its_quartiles_becomes_a_mean(tmp_path: Path) -> None:
    cells = {"value": "4", "sd": "", "low": "3", "high": "6", "interval": "iqr", "flags": "median"}
    row = _row(tmp_path, BETTER, **cells)
    assert row["estimate"] == pytest.approx(10 * (7 - 13 / 3) / 6, rel=1e-12)
    assert row["standard_deviation"] > 0.0


@pytest.mark.parametrize("ends", [("0", "100"), ("1", "7"), ("-3", "3"), ("0.1", "0.7")])
@pytest.mark.parametrize("direction", [WORSE, BETTER])
def test_the_ends_of_a_scale_are_the_ends_of_0_to_10_to_the_last_digit(
    tmp_path: Path, ends: tuple[str, str], direction: dict[str, str]
) -> None:
    instrument = direction | dict(zip(("low", "high"), ends, strict=True))
    for place, value in enumerate(ends):
        (tmp_path / str(place)).mkdir()
        row = _row(tmp_path / str(place), instrument, value=value)
        assert row["estimate"] == (10.0 * place if direction == WORSE else 10.0 * (1 - place))


def test_a_level_beyond_the_ends_is_a_fault_that_names_them(tmp_path: Path) -> None:
    tables = tiny_tables() | own_tables()
    tables["observations.csv"][0] |= {"scale": "COMFORT_1_7", "value": "0"}
    (fault,) = faults_of(write_tables(tmp_path, tables))
    assert (fault.row, fault.column) == (2, "value")
    assert fault.found == "0 on the scale COMFORT_1_7 is outside its ends, 1 to 7."


def test_an_own_unit_of_magnesium_is_multiplied_by_its_factor(tmp_path: Path) -> None:
    unit = {"quantity": "magnesium", "low": "", "high": "", "factor": "0.5", "higher_is": ""}
    row = _row(tmp_path, unit, line=5, outcome="serum_mg", value="1.7", sd="0.2")
    assert row["estimate"] == pytest.approx(0.85, rel=1e-12)
    assert row["standard_deviation"] == pytest.approx(0.1, rel=1e-12)

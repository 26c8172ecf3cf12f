"""Claims about contrasts of crossover trials: their error is that of paired differences."""

import math
from pathlib import Path

import pandas as pd
import pytest

from windup.datasets import load_trials
from windup.datasets.tables.dispersion import t_quantile_975

from ..tiny import tiny_tables, write_tables


def contrast(tmp_path: Path, *, sizes: str = "30", crossover: str = "yes", **cells: str) -> pd.Series:
    """The contrast of study beta, both arms of which have 30 people."""
    tables = tiny_tables()
    tables["studies.csv"][1]["crossover"] = crossover
    for dose in tables["dosing.csv"]:
        dose["n_randomised"] = sizes
    row = tables["observations.csv"][2]
    row |= {"value": "-1.2", "sd": "2", "n": "30", "low": "", "high": "", "interval": ""} | cells
    return load_trials(write_tables(tmp_path, tables)).observations.iloc[2]


def test_standard_error_is_the_sd_of_paired_differences_over_the_root_of_people(tmp_path: Path) -> None:
    # Cochrane Handbook 23.2.7.1.
    assert contrast(tmp_path)["standard_error"] == pytest.approx(2.0 / math.sqrt(30.0))


@pytest.mark.parametrize("n", ["60", ""], ids=["both arms together", "not stated"])
def test_people_are_counted_once(tmp_path: Path, n: str) -> None:
    assert contrast(tmp_path, n=n)["standard_error"] == pytest.approx(2.0 / math.sqrt(30.0))


def test_half_of_an_n_that_no_arm_can_have_is_the_number_of_people(tmp_path: Path) -> None:
    assert contrast(tmp_path, n="56")["n_effective"] == 28.0


def test_n_without_sizes_of_arms_is_the_number_of_people(tmp_path: Path) -> None:
    assert contrast(tmp_path, sizes="", n="25")["n_effective"] == 25.0


def test_a_stated_standard_error_goes_before_the_sd(tmp_path: Path) -> None:
    assert contrast(tmp_path, se="0.5")["standard_error"] == 0.5


def test_interval_has_the_quantile_of_the_people(tmp_path: Path) -> None:
    row = contrast(tmp_path, sd="", low="-2", high="-0.4", interval="ci95_low_high", n="60")
    assert row["standard_error"] == pytest.approx(1.6 / (2.0 * t_quantile_975(29)))


def test_sd_of_a_parallel_contrast_is_that_between_patients(tmp_path: Path) -> None:
    row = contrast(tmp_path, crossover="no", n="60")
    assert row["standard_error"] == pytest.approx(2.0 * math.sqrt(2.0 / 30.0))

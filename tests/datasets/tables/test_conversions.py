from __future__ import annotations

import math

import pytest

from windup.datasets import packaged_catalogue
from windup.datasets.tables.dispersion import (
    mean_from_median,
    standard_deviation_from_quartiles,
    standard_deviation_from_range,
    standard_deviation_from_reference_interval,
    standard_error_from_interval,
    t_quantile_975,
)


@pytest.mark.parametrize(("degrees", "tabulated"), [(5, 2.571), (10, 2.228), (30, 2.042), (120, 1.980)])
def test_t_quantiles_agree_with_the_printed_table(degrees: int, tabulated: float) -> None:
    assert t_quantile_975(degrees) == pytest.approx(tabulated, rel=1e-3)


def test_the_standard_error_of_a_large_sample_is_a_quarter_of_its_interval() -> None:
    assert standard_error_from_interval(-0.98, 0.98, math.nan) == pytest.approx(0.5, rel=1e-4)


def test_a_small_sample_has_a_smaller_standard_error_for_the_same_interval() -> None:
    # Cochrane Handbook 6.5.2.2: interval 30.0 to 34.2 of 25 patients, divisor 2 x 2.0639, SD 5.09.
    assert standard_error_from_interval(30.0, 34.2, 25) * 5 == pytest.approx(5.09, abs=0.01)


@pytest.mark.parametrize(("n", "xi"), [(10, 3.078), (50, 4.498), (100, 5.015)])
def test_range_divisors_agree_with_table_1_of_wan_2014(n: int, xi: float) -> None:
    assert 1 / standard_deviation_from_range(0, 1, n) == pytest.approx(xi, rel=5e-3)


@pytest.mark.parametrize(("quarters", "eta"), [(5, 1.252), (10, 1.300), (25, 1.330)])
def test_quartile_divisors_agree_with_table_2_of_wan_2014(quarters: int, eta: float) -> None:
    assert 1 / standard_deviation_from_quartiles(0, 1, 4 * quarters + 1) == pytest.approx(eta, rel=5e-3)


def test_a_reference_interval_spans_3_92_standard_deviations() -> None:
    assert standard_deviation_from_reference_interval(0.75, 0.95) == pytest.approx(0.0510, abs=1e-4)


def test_a_mean_from_median_and_range_weighs_the_median_twice() -> None:
    assert mean_from_median(3.2, 0.0, 8.0, "range") == pytest.approx(3.6)


def test_a_mean_from_median_and_quartiles_is_their_average() -> None:
    assert mean_from_median(3.0, 2.0, 7.0, "iqr") == pytest.approx(4.0)


def test_magnesium_of_2_mg_per_dl_is_0_823_mmol_per_l() -> None:
    milligrams = packaged_catalogue().instrument_by_name["mg_per_dL"]
    assert milligrams.estimate(2.0, "serum_mg") == pytest.approx(0.82288, abs=1e-5)
    assert milligrams.factor == pytest.approx(10.0 / 24.305, rel=1e-15)


def test_a_hundred_millimetres_are_ten_points() -> None:
    assert packaged_catalogue().instrument_by_name["VAS_0_100"].estimate(64, "mean") == pytest.approx(6.4)


@pytest.mark.parametrize(
    ("outcome", "scale", "kind"),
    [
        ("pain_intensity", "VAS_0_100", "mean"),
        ("pain_intensity", "percent", ""),
        ("pain_intensity_change", "NRS_0_10", "change"),
        ("pain_intensity_change", "percent", "percent_change"),
        ("difference_vs_placebo", "NRS_0_10", "contrast"),
        ("difference_vs_placebo", "percent", ""),
        ("difference_vs_placebo", "mmol_per_L", "serum_mg_change"),
        ("responder_30", "percent", "responder_30"),
        ("serum_mg", "mg_per_dL", "serum_mg"),
        ("csf_mg", "other", ""),
        ("rbc_mg", "mmol_per_L", ""),
        ("fiq", "FIQ_0_100", ""),
    ],
)
def test_outcome_and_scale_decide_the_kind(outcome: str, scale: str, kind: str) -> None:
    assert packaged_catalogue().kind_of(outcome, scale) == kind

"""Claims about the spreads between patients that studies print beside the rows of a fit."""

from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from windup.datasets import packaged_trials
from windup.fit.design.arrays import Design, PrintedSpreads
from windup.fit.design.build import build_design
from windup.fit.design.errors.printed_spreads import correlation_of, implied_sd
from windup.fit.design.subset import only

from ...datasets.tiny import Tables
from ..designs import design_of, tables_of
from ..spreads import REPEATED, with_change, with_contrast, without_sd

# Of two arms with SDs of 2 at both visits and of the change: r = 1/2.
HALF = np.arctanh(0.5)


def informed(design: Design) -> list[str]:
    return [design.dispersions.missing_label[latent] for latent in design.printed.implied_latent]


def empty(printed: PrintedSpreads) -> bool:
    return not any(len(values) for values in printed)


def test_sd_behind_a_contrast_gives_back_its_standard_error() -> None:
    sd, one, two = 2.3, 40.0, 10.0
    standard_error = sd * np.sqrt(1.0 / one + 1.0 / two)
    found = implied_sd(np.array([standard_error]), np.array([one * two / (one + two)]))
    np.testing.assert_allclose(found, sd)


def test_correlation_from_three_sds_is_that_of_the_patients() -> None:
    rng = np.random.default_rng(0)
    first = rng.normal(size=50)
    later = 0.4 * first + rng.normal(size=50)
    found = correlation_of(first.std(), later.std(), (later - first).std())
    assert found == pytest.approx(np.corrcoef(first, later)[0, 1])


@pytest.mark.parametrize(
    "cells",
    [{}, {"se": "", "low": "-1.98", "high": "-0.02", "interval": "ci95_low_high"}],
    ids=["standard error", "interval"],
)
def test_repeated_contrast_informs_the_missing_sd_of_its_study(tmp_path: Path, cells: dict[str, str]) -> None:
    design = design_of(tmp_path, with_contrast(without_sd(), **cells))
    assert informed(design) == ["alpha/mean"]
    # An interval has the quantile of a t with the patients' degrees of freedom, 2.01 in place of 1.96.
    expected = 0.5 * np.log(2.0) + (np.log(1.96 / stats.t.ppf(0.975, 48)) if cells else 0.0)
    np.testing.assert_allclose(design.printed.implied_log, [expected], atol=1e-3)


def test_contrasts_of_a_study_count_as_one_mean_log(tmp_path: Path) -> None:
    tables = with_contrast(with_contrast(without_sd()), se="0.8", time_weeks="4")
    design = design_of(tmp_path, tables)
    np.testing.assert_allclose(design.printed.implied_log, [0.5 * np.log(2.0) + 0.5 * np.log(1.6)])


def test_contrast_informs_the_sd_of_changes_where_means_have_one(tmp_path: Path) -> None:
    tables = with_contrast(tables_of({}, "one", "two"))
    for arm in ("one", "two"):
        with_change(tables, arm, used="yes", reason="", sd="", time_weeks="4")
    assert informed(design_of(tmp_path, tables)) == ["alpha/change"]


def test_contrast_informs_one_of_two_missing_sds_and_that_of_means(tmp_path: Path) -> None:
    tables = with_contrast(without_sd())
    with_change(tables, "one", used="yes", reason="", sd="", time_weeks="4")
    design = design_of(tmp_path, tables)
    assert set(design.dispersions.missing_label) == {"alpha/mean", "alpha/change"}
    assert informed(design) == ["alpha/mean"]


def test_contrast_leaves_the_missing_sd_of_baselines_alone(tmp_path: Path) -> None:
    tables = with_contrast(without_sd())
    for row in tables["observations.csv"]:
        if row["outcome"] == "pain_intensity" and row["time_weeks"] == "8":
            row |= {"outcome": "pain_intensity_change", "value": "-2", "sd": "2"}
    design = design_of(tmp_path, tables)
    assert design.dispersions.missing_label == ("alpha/mean",)
    assert informed(design) == []


@pytest.mark.parametrize(
    "cells",
    [
        {"reason": "suspect figures"},
        {"flags": "duplicate"},
        {"flags": "dispersion_doubtful"},
        {"se": ""},
        {"time_weeks": "0"},
    ],
    ids=lambda cells: "-".join(map(str, *cells.items())),
)
def test_contrast_that_repeats_nothing_or_has_no_sound_error_informs_no_sd(
    tmp_path: Path, cells: dict[str, str]
) -> None:
    assert empty(design_of(tmp_path, with_contrast(without_sd(), **cells)).printed)


def test_contrast_of_paired_differences_informs_no_sd(tmp_path: Path) -> None:
    tables = with_contrast(without_sd(crossover="yes", design="crossover_rct"))
    assert empty(design_of(tmp_path, tables).printed)


def test_contrast_informs_nothing_where_sds_are_reported(tmp_path: Path) -> None:
    assert empty(design_of(tmp_path, with_contrast(tables_of({}, "one", "two"))).printed)


def two_arms(*, crossover: bool = False, sizes: tuple[str, str] = ("40", "20")) -> Tables:
    """Two arms that print SDs of 2, and one of them a change with another SD."""
    facts = {"crossover": "yes", "design": "crossover_rct"} if crossover else {}
    tables = tables_of({}, "one", "two", study=facts)
    for row in tables["observations.csv"]:
        row["n"] = sizes[row["arm_id"] == "two"]
    with_change(tables, "one", sd="2", n=sizes[0])
    return with_change(tables, "two", sd="1", n=sizes[1])


@pytest.mark.parametrize(("crossover", "patients"), [(False, 60.0), (True, 40.0)])
def test_correlation_of_a_study_is_weighted_by_patients_who_count_once(
    tmp_path: Path, crossover: bool, patients: float
) -> None:
    printed = design_of(tmp_path, two_arms(crossover=crossover)).printed
    # SDs of 2, 2 and 1: r = 7/8.
    expected = (40.0 * HALF + 20.0 * np.arctanh(7.0 / 8.0)) / 60.0
    np.testing.assert_allclose(printed.correlation, [expected])
    np.testing.assert_allclose(printed.patients, [patients])


@pytest.mark.parametrize(
    "cells",
    [
        {"sd": "4"},
        {"sd": "5"},
        {"sd": "1", "flags": "dispersion_doubtful"},
        {"sd": "1", "scale": "VAS_0_100"},
    ],
    ids=["r is -1", "r is beyond -1", "doubtful", "another scale"],
)
def test_visit_whose_sds_belong_to_no_patients_is_left_out(tmp_path: Path, cells: dict[str, str]) -> None:
    tables = two_arms()
    tables["observations.csv"][-1] |= cells
    printed = design_of(tmp_path, tables).printed
    np.testing.assert_allclose(printed.correlation, [HALF])
    np.testing.assert_allclose(printed.patients, [40.0])


def test_visit_with_two_sds_of_its_change_is_left_out(tmp_path: Path) -> None:
    printed = design_of(tmp_path, with_change(two_arms(), "two", sd="3")).printed
    np.testing.assert_allclose(printed.correlation, [HALF])


def test_three_patients_give_no_correlation(tmp_path: Path) -> None:
    assert empty(design_of(tmp_path, two_arms(crossover=True, sizes=("3", "3"))).printed)


@pytest.mark.parametrize("what", ["contrasts", "correlations"])
def test_order_of_rows_and_names_of_arms_do_not_matter(tmp_path: Path, what: str) -> None:
    def tables() -> Tables:
        if what == "correlations":
            return two_arms()
        return with_contrast(with_contrast(without_sd()), se="0.8", time_weeks="4")

    turned = {name: rows[::-1] for name, rows in tables().items()}
    for row in (*turned["dosing.csv"], *turned["observations.csv"]):
        for column in ("arm_id", "reference_arm"):
            if row.get(column):
                row[column] = {"one": "zebra", "two": "aardvark"}[row[column]]
    found = []
    for name, each in (("before", tables()), ("after", turned)):
        (tmp_path / name).mkdir()
        found.append(design_of(tmp_path / name, each).printed)
    assert not empty(found[0])
    for before, after in zip(*found, strict=True):
        np.testing.assert_allclose(before, after, rtol=1e-12)


@pytest.mark.parametrize("blocks", [None, ()], ids=["all blocks", "no block"])
def test_seven_packaged_studies_print_a_correlation_and_no_contrast_a_missing_sd(
    blocks: tuple[str, ...] | None,
) -> None:
    design = build_design(packaged_trials() if blocks is None else packaged_trials(blocks=blocks))
    found = {
        design.studies[study]: round(float(np.tanh(z)), 2)
        for study, z in zip(design.printed.correlation_study, design.printed.correlation, strict=True)
    }
    assert found == {
        "robertson2019": 0.79,
        "plantdiet_dpn2015": 0.36,
        "lopezjornet2009": 0.32,
        "vinik2014_tapentadol": 0.5,
        "larsson2015": 0.51,
        "imoto2012": -0.05,
        "bennell2005": 0.33,
    }
    # Where such a contrast is the only dispersion, the tables hold the SD that was computed from it.
    assert informed(design) == []


def test_studies_that_are_not_fitted_print_nothing() -> None:
    trials = packaged_trials()
    assert len(build_design(only(trials, ["larsson2015", "backonja1998"])).printed.correlation) == 1
    assert empty(build_design(only(trials, ["backonja1998"])).printed)
    # An uncontrolled trial prints all three SDs, and no row of it is used.
    assert empty(build_design(only(trials, ["whang2015_insite", "backonja1998"])).printed)


def test_repeated_rows_say_so_in_the_words_of_the_tables() -> None:
    assert REPEATED["reason"] in set(packaged_trials().observations["reason"])

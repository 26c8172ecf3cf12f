"""Claims about what a network meta-analysis says of treatments."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from windup.datasets import Trials, packaged_trials
from windup.fit import NetworkPriors, SettingsError, network_meta_analysis
from windup.fit.analyses.network.folder import network_to_folder
from windup.fit.analyses.pages import page_of
from windup.fit.design.measured.network import PLACEBO
from windup.fit.display.blocks import markdown
from windup.fit.errors import RunFolderRefused

from ... import changes

type Changes = dict[str, float]
"""Change of pain of the arm on each drug."""

ERROR = 0.2


def trials_of(studies: dict[str, Changes], **columns: Any) -> Trials:
    """Studies whose arms have changes with a standard error of 0.2."""
    with_errors = {
        study: {drug: (change, ERROR) for drug, change in arms.items()} for study, arms in studies.items()
    }
    return changes.trials_of(with_errors, **columns)


def effect(found: Any, treatment: str) -> Any:
    return found.treatments.set_index("treatment").loc[treatment]


STUDIES: dict[str, Changes] = {
    "a": {"placebo": -1.0, "pregabalin": -2.0},
    "b": {"placebo": -0.6, "pregabalin": -1.6},
    "c": {"pregabalin": -2.0, "snri": -1.5},
}


def test_treatment_without_a_placebo_trial_is_reached_through_another() -> None:
    found = network_meta_analysis(trials_of(STUDIES), priors=NetworkPriors(between_studies_sd=1e-3))
    assert found.reference == PLACEBO
    assert effect(found, "pregabalin")["median"] == pytest.approx(-1.0, abs=0.02)
    assert effect(found, "snri")["median"] == pytest.approx(-0.5, abs=0.03)
    assert bool(effect(found, "snri")["connected"])


def test_treatments_that_no_trial_joins_with_placebo_are_named() -> None:
    alone = {**STUDIES, "d": {"nsaid": -1.0, "opioid": -1.5}}
    found = network_meta_analysis(trials_of(alone))
    assert not bool(effect(found, "opioid")["connected"])
    assert not bool(effect(found, "nsaid")["connected"])
    difference = effect(found, "opioid")["high_95"] - effect(found, "opioid")["low_95"]
    assert difference > 5.0


def test_slope_of_a_covariate_is_found_per_unit_of_its_column() -> None:
    years = np.arange(2000, 2012)
    studies = {f"s{year}": {"placebo": 0.0, "snri": -2.0 + 0.1 * (year - 2000)} for year in years}
    found = network_meta_analysis(trials_of(studies, year=years), covariates=["year"])
    slope = found.slopes.iloc[0]
    assert slope["covariate"] == "year"
    assert slope["median"] == pytest.approx(0.1, abs=0.005)
    assert slope["low_95"] < 0.1 < slope["high_95"]
    assert effect(found, "snri")["median"] == pytest.approx(-2.0 + 0.1 * 5.5, abs=0.03)


def test_covariate_cancels_between_two_active_treatments() -> None:
    years = np.arange(2000, 2010)
    studies = {f"s{year}": {"nsaid": 0.0, "snri": -2.0 + 0.1 * (year - 2000)} for year in years}
    found = network_meta_analysis(trials_of(studies, year=years), covariates=["year"])
    assert found.slopes.iloc[0]["median"] == pytest.approx(0.0, abs=1e-9)


def test_words_of_a_column_become_one_covariate_for_each_but_the_most_frequent() -> None:
    blinding = ["double"] * 5 + ["open"] * 4
    studies = {f"s{n}": {"placebo": 0.0, "snri": -1.0 - (n >= 5)} for n in range(9)}
    found = network_meta_analysis(trials_of(studies, blinding=blinding), covariates=["blinding"])
    assert list(found.slopes["covariate"]) == ["blinding open"]
    assert found.slopes.iloc[0]["median"] == pytest.approx(-1.0, abs=0.05)


def test_study_without_a_covariate_is_left_out_by_name() -> None:
    found = network_meta_analysis(trials_of(STUDIES, year=[2000.0, 2010.0, np.nan]), covariates=["year"])
    assert found.left_out == {"c": "no year"}
    assert list(found.studies["study"]) == ["a", "b"]


def test_all_faults_of_covariates_are_told_at_once() -> None:
    with pytest.raises(SettingsError, match=r"'yaer' is no covariate.*'condition' is the same"):
        network_meta_analysis(trials_of(STUDIES), covariates=["yaer", "condition"])


@pytest.mark.parametrize(
    ("columns", "names", "told"),
    [
        ({"year": [2000.0, np.nan, np.nan]}, ["year"], "'year' is the same"),
        (
            {"year": [2000.0, 2010.0, np.nan], "duration_weeks": [np.nan, 8.0, 9.0]},
            ["year", "duration_weeks"],
            "the same in all 1",
        ),
        ({"blinding": ["open", "double", "double"]}, ["blinding"], "no two levels"),
    ],
)
def test_covariate_that_separates_no_studies_is_refused(
    columns: dict[str, Any], names: list[str], told: str
) -> None:
    with pytest.raises(SettingsError, match=told):
        network_meta_analysis(trials_of(STUDIES, **columns), covariates=names)


def test_covariate_that_is_named_twice_counts_once() -> None:
    trials = trials_of(STUDIES, year=[2000.0, 2010.0, 2020.0])
    assert len(network_meta_analysis(trials, covariates=["year", "year"]).slopes) == 1


def test_prior_without_a_width_is_refused() -> None:
    with pytest.raises(SettingsError, match="effect_sd is 0"):
        NetworkPriors(effect_sd=0.0)


def test_trials_without_two_treatments_are_refused() -> None:
    with pytest.raises(SettingsError, match="No study compares two treatments"):
        network_meta_analysis(trials_of({"a": {"placebo": -1.0}}))


def test_related_effects_borrow_from_each_other() -> None:
    drugs = ["snri", "nsaid", "opioid", "gabapentin", "tricyclic"]
    studies = {f"{drug}{n}": {"placebo": 0.0, drug: -1.0} for drug in drugs for n in range(2)}
    studies["pea"] = {"placebo": 0.0, "pea": 1.0}
    apart = network_meta_analysis(trials_of(studies))
    together = network_meta_analysis(trials_of(studies), related=True)
    assert effect(together, "pea")["median"] < effect(apart, "pea")["median"] - 0.1
    assert list(together.spreads["name"]) == ["tau", "omega"]


def test_treatment_that_no_other_study_has_is_no_test_of_the_others() -> None:
    found = network_meta_analysis(trials_of(STUDIES))
    assert list(found.studies.set_index("study").loc[["a", "b", "c"], "seen_elsewhere"]) == [
        True,
        True,
        False,
    ]
    assert found.scores(seen_elsewhere=True)["studies"] == 2


def test_left_out_studies_of_the_packaged_trials_lie_in_their_intervals() -> None:
    # Of 110 contrasts 95 % are 104.5 with a standard error of 2.3; fewer than 98 would be three of them away.
    scores = network_meta_analysis(packaged_trials()).scores(seen_elsewhere=True)
    assert scores["contrasts"] > 100
    assert 89.0 < scores["coverage_95"] <= 100.0


def test_folder_has_all_tables_a_figure_and_the_page_of_its_record(tmp_path: Path) -> None:
    folder, record = network_to_folder(None, week=12.0, covariates=["year"], out=tmp_path / "network")
    written = {path.name for path in folder.iterdir()}
    tables = {"effects.csv", "spreads.csv", "slopes.csv", "contrasts.csv", "studies.csv"}
    assert tables | {"effects.png", "summary.json", "summary.md", "settings.json"} == written
    assert json.loads((folder / "summary.json").read_text(encoding="utf-8")) == record
    page = (folder / "summary.md").read_text(encoding="utf-8")
    assert page == markdown(page_of(record))
    assert "magnesium" in page
    assert "| year |" in page
    with pytest.raises(RunFolderRefused):
        network_to_folder(None, week=12.0, out=folder)

"""Claims about comparisons: what is left out is left out, and the verdict says no more than the numbers."""

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from arviz_stats.utils import ELPDData

from windup.datasets import packaged_trials
from windup.fit.analyses.comparison.compare import cascade_needed, compare, compared, verdict
from windup.fit.analyses.comparison.folder import cautions
from windup.fit.analyses.comparison.folds import Fold, cross_validate_fold, folds_of
from windup.fit.analyses.comparison.influence import lead_of
from windup.fit.analyses.comparison.left_out_studies import LeftOut
from windup.fit.design.subset import only, some_studies
from windup.fit.errors import SettingsError
from windup.fit.settings.fit import Settings

from ...prior_run import prior_run

STUDIES = [f"study{number}" for number in range(40)]


def left_out(elpd: np.ndarray) -> LeftOut:
    values = xr.DataArray(elpd, dims="study", coords={"study": STUDIES})
    about: Any = {"p": 0.0, "n_samples": 100, "scale": "log", "warning": False, "good_k": 0.7}
    found = ELPDData(
        elpd=float(elpd.sum()), se=1.0, n_data_points=len(elpd), elpd_i=values, pareto_k=0.0 * values, **about
    )
    covered = {f"covered_{level}": True for level in (50, 80, 95)}
    rows = pd.DataFrame({"study": STUDIES, "crps_points": 0.3, **covered})
    return LeftOut(found, rows)


def said(*shifts: float, noise: float = 0.1) -> str:
    generator = np.random.default_rng(0)
    base = generator.normal(-3.0, 1.0, len(STUDIES))
    names = ["cascade", "turnover", "time_course"]
    found = {
        name: left_out(base + shift + noise * generator.normal(size=len(STUDIES)))
        for name, shift in zip(names, shifts, strict=True)
    }
    sentence: str = verdict(compared(found, exact=True).models, exact=True)
    return sentence


def test_verdict_names_a_model_that_is_clearly_best() -> None:
    assert said(0.5, 0.0, 0.0).startswith("'cascade' predicts held-out studies best")
    assert said(0.0, 0.5, 0.0).startswith("'turnover' predicts held-out studies best")


def test_verdict_says_that_the_cascade_is_not_needed_where_a_rival_predicts_as_well() -> None:
    assert said(0.0, 0.0, -1.0).endswith("These trials do not need the cascade to be predicted.")


def test_verdict_says_that_the_cascade_is_worse_than_two_that_cannot_be_told_apart() -> None:
    assert said(-1.0, 0.0, 0.0).endswith("The cascade predicts worse.")


def test_the_cascade_is_not_needed_where_a_third_model_predicts_as_well_though_the_second_does_not() -> None:
    models = pd.DataFrame(
        {
            "model": ["cascade", "single_loop", "time_course"],
            "difference": [0.0, -18.5, -21.3],
            "difference_error": [0.0, 9.0, 10.8],
        }
    )
    clear = [lead_of("cascade", "any", ["a", "b", "c"], np.array([5.0, 6.0, 7.0]))]
    assert not cascade_needed(models, clear)
    assert "no clear difference from 'time_course' (−21.3, SE 10.8)" in verdict(models, exact=True)
    assert cascade_needed(models.iloc[:2], clear)


@pytest.mark.parametrize(
    "gain", [np.array([-1.0, 0.5, 2.0]), np.array([-5.0, -6.0, -7.0])], ids=["not clear", "behind"]
)
def test_the_cascade_is_not_needed_where_it_leads_in_all_observations_and_not_in_treated_ones(
    gain: np.ndarray,
) -> None:
    columns = {"model": ["cascade", "turnover"], "difference": [0.0, -30.0], "difference_error": [0.0, 9.0]}
    assert not cascade_needed(pd.DataFrame(columns), [lead_of("cascade", "turnover", ["a", "b", "c"], gain)])


def test_no_need_of_the_cascade_is_shown_where_no_trial_is_randomised() -> None:
    columns = {"model": ["cascade", "turnover"], "difference": [0.0, -30.0], "difference_error": [0.0, 9.0]}
    assert not cascade_needed(pd.DataFrame(columns), ())


def test_difference_and_its_error_are_those_of_paired_studies() -> None:
    generator = np.random.default_rng(1)
    one, two = generator.normal(size=(2, len(STUDIES)))
    table = compared({"one": left_out(one), "two": left_out(two)}, exact=True).models.set_index("model")
    worse, better = ("one", "two") if one.sum() < two.sum() else ("two", "one")
    difference = (one - two) if worse == "one" else (two - one)
    np.testing.assert_allclose(table.loc[worse, "difference"], difference.sum())
    expected = np.sqrt(len(STUDIES)) * difference.std(ddof=1)
    np.testing.assert_allclose(table.loc[worse, "difference_error"], expected)
    assert table.loc[better, "difference"] == 0.0


def test_stacking_gives_all_weight_to_a_model_that_is_better_on_every_study() -> None:
    base = np.random.default_rng(2).normal(size=len(STUDIES))
    found = compared({"good": left_out(base), "bad": left_out(base - 2.0)}, exact=True)
    assert found.models.set_index("model").loc["good", "weight"] > 0.99


@pytest.mark.parametrize("count", [2, 5, 17])
def test_every_study_is_left_out_exactly_once(count: int) -> None:
    folds = folds_of(packaged_trials(), count)
    used = packaged_trials().observations.query("used")["study_id"].unique()
    assert len(folds) == count
    assert sorted(study for fold in folds for study in fold) == sorted(used)


def test_studies_of_a_drug_are_spread_over_folds() -> None:
    dosing = packaged_trials().dosing
    pregabalin = set(dosing.loc[dosing["drug"] == "pregabalin", "study_id"])
    counts = [len(pregabalin & set(fold)) for fold in folds_of(packaged_trials(), 5)]
    assert max(counts) - min(counts) <= 4


@pytest.mark.parametrize("count", [1, 1000])
def test_impossible_numbers_of_folds_are_refused(count: int) -> None:
    with pytest.raises(SettingsError, match="from 2 to"):
        folds_of(packaged_trials(), count)


def test_a_fold_kept_from_other_trials_or_settings_is_not_taken_for_this_one() -> None:
    trials, settings = packaged_trials(), Settings.from_preset("quick")
    fold = Fold(("a",), settings, 20)
    others = [
        fold._replace(left_out=("b",)),
        fold._replace(settings=dataclasses.replace(settings, seed=1)),
        fold._replace(draws=21),
    ]
    digests = {
        fold.digest(dataclasses.replace(trials, sha256="0")),
        *(each.digest(trials) for each in others),
    }
    assert fold.digest(trials) == Fold(("a",), settings, 20).digest(trials)
    assert len({fold.digest(trials), *digests}) == 5


def test_caution_is_said_once_for_all_models_that_it_holds_of() -> None:
    models = pd.DataFrame(
        {"model": ["a", "b", "c"], "max_rhat": [1.06, 1.004, np.nan], "min_ess": [70.2, 900.0, np.nan]}
    )
    said = cautions({"a": ["Short."], "b": ["Short.", "Long."], "c": []}, models)
    assert said[:2] == ["a, b: Short.", "b: Long."]
    assert "poorly: a (R-hat 1.060, least effective sample size 70)." in said[2]
    assert len(said) == 3


def test_fits_that_mixed_well_need_no_caution() -> None:
    models = pd.DataFrame({"model": ["a"], "max_rhat": [1.004], "min_ess": [900.0]})
    assert cautions({"a": []}, models) == []


def test_fits_without_a_fold_draw_as_long_as_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Begun(Exception):
        """Nothing is to be fitted here."""

    asked: list[Fold] = []

    def begin(work: object, trials: object, tasks: dict[str, Fold], **options: object) -> None:
        asked.extend(tasks.values())
        raise Begun

    monkeypatch.setattr("windup.fit.analyses.comparison.left_out_studies.run_tasks", begin)
    run = prior_run(tmp_path)
    with pytest.raises(Begun):
        compare({"a": run, "b": run}, folds=3, store=tmp_path, fold_draws=70)
    assert [(fold.settings.chains, fold.settings.draws) for fold in asked] == 3 * [(4, 70)]


def test_fold_is_predicted_by_a_fit_that_did_not_see_it() -> None:
    """Other results of the studies left out change their density and not what is predicted of them."""
    trials = some_studies(packaged_trials(blocks=()), 8)
    left = folds_of(trials, 4)[0]
    settings = Settings.from_preset(
        "quick", model="time_course", sampler="nuts", chains=2, warmup=10, draws=10, max_tree_depth=3
    )
    found = cross_validate_fold(trials, Fold(left, settings, 20))
    changed = trials.observations.copy()
    later = changed["study_id"].isin(left) & (changed["time_weeks"] > 0.0)
    changed.loc[later, "estimate"] = 0.9 * changed.loc[later, "estimate"]
    other = dataclasses.replace(trials, observations=changed)
    again = cross_validate_fold(other, Fold(left, settings, 20))
    np.testing.assert_array_equal(found["replicated"], again["replicated"])
    assert not np.array_equal(found["log_density"], again["log_density"])
    assert found["replicated"].shape[1] == only(trials, left).observations["used"].sum()

"""Claims about the scores of a whole comparison, with real predictions of a few small trials."""

import dataclasses
import json
from pathlib import Path
from typing import Any, NamedTuple

import jax
import numpy as np
import pytest
import xarray as xr

from windup.datasets import load_trials
from windup.fit.analyses.comparison.compare import Comparison, compared
from windup.fit.analyses.comparison.folder import comparison_record, influence_table
from windup.fit.analyses.comparison.folds import Fold
from windup.fit.analyses.comparison.left_out_studies import LeftOut, left_out_by_folds, left_out_by_weights
from windup.fit.analyses.comparison.page import compare_page
from windup.fit.analyses.scoring.densities import log_density_of
from windup.fit.analyses.scoring.folder import score_record
from windup.fit.analyses.scoring.page import score_page
from windup.fit.analyses.scoring.score import score
from windup.fit.analyses.scoring.scores import elpd_of
from windup.fit.analyses.scoring.treated import GIVEN
from windup.fit.design.build import build_design
from windup.fit.design.subset import only
from windup.fit.display.blocks import markdown
from windup.fit.problem.build import problem_of
from windup.fit.problem.priors import mechanism_priors, observation_priors, whitened_priors
from windup.fit.runs.fitted_run import FittedRun
from windup.fit.settings.fit import Settings
from windup.fit.storage.formats import as_plain

from ....datasets.tiny import Tables, tiny_tables, write_tables
from ...designs import tables_of

STUDIES = tuple(f"trial{number}" for number in range(6))
# The last one has no control arm.
COMPARED = STUDIES[:-1]
# Mean placebo response of two runs, points: the second one is far off.
RESPONSES = {"near": 1.3, "far": 3.0}
DRAWS = 40


def trials() -> Tables:
    """Five trials of a drug and placebo, and one of the drug alone; all have visits at weeks 0, 8 and 20."""
    tables = tables_of({}, "drug", "placebo")
    drug = next(each for each in tiny_tables()["dosing.csv"] if each["drug"] == "pregabalin")
    doses = [{**drug, "arm_id": "drug", "end_week": "20"}, tables["dosing.csv"][1]]
    study, template = tables["studies.csv"][0], tables["observations.csv"][0]
    written: Tables = {"studies.csv": [], "dosing.csv": [], "observations.csv": []}
    generator = np.random.default_rng(0)
    for name in STUDIES:
        arms = ("drug", "placebo") if name in COMPARED else ("drug",)
        written["studies.csv"].append({**study, "study_id": name})
        written["dosing.csv"] += [{**dose, "study_id": name} for dose in doses if dose["arm_id"] in arms]
        for arm in arms:
            fall = {"0": 0.0, "8": 1.0 + 0.7 * (arm == "drug"), "20": 1.2 + 0.8 * (arm == "drug")}
            written["observations.csv"] += [
                {
                    **template,
                    "study_id": name,
                    "arm_id": arm,
                    "row_id": f"{name}{arm}{week}",
                    "time_weeks": week,
                    "value": f"{6.3 - fall[week] + 0.3 * generator.normal():.2f}",
                }
                for week in fall
            ]
    return written


def a_run(folder: Path, name: str, response: float) -> FittedRun:
    """A run without a mechanism that is sure of all but the mean placebo response."""
    tables = folder / name / "trials"
    tables.mkdir(parents=True)
    digest = load_trials(write_tables(tables, trials())).sha256
    settings = Settings.from_preset("quick", model="placebo_only")
    problem = problem_of(load_trials(tables), settings)
    priors = mechanism_priors(problem) | observation_priors(problem) | whitened_priors(problem)
    keys = jax.random.split(jax.random.key(1), len(priors))
    drawn = {
        name: np.repeat(np.asarray(prior.sample(key))[None], DRAWS, axis=0)
        for key, (name, prior) in zip(keys, priors.items(), strict=True)
    }
    noise = np.random.default_rng(2).normal(size=drawn["placebo_response"].shape)
    drawn["placebo_response"] = response + 0.3 * noise
    dataset = xr.Dataset(
        {
            name: (("chain", "draw", *(f"{name}_{axis}" for axis in range(value.ndim - 1))), value[None])
            for name, value in drawn.items()
        }
    )
    tree = xr.DataTree.from_dict({"posterior": dataset, "prior": dataset})
    tree.attrs = {"data_sha256": json.dumps(digest)}
    return FittedRun(folder / name, tree, settings, ("Made from a prior; NOT a fit.",))


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, FittedRun]:
    folder = tmp_path_factory.mktemp("runs")
    return {name: a_run(folder, name, response) for name, response in RESPONSES.items()}


class Folded(NamedTuple):
    """Predictions by fits without a fold, and log densities of treated rows of each study that they imply."""

    left_out: dict[str, LeftOut]
    expected: dict[str, dict[str, float]]


@pytest.fixture(scope="module")
def folded(runs: dict[str, FittedRun], tmp_path_factory: pytest.TempPathFactory) -> Folded:
    """Three folds, with numbers that are known for every study in place of fits."""
    generator, expected = np.random.default_rng(3), list[dict[str, float]]()

    def fitted(work: object, trials: Any, tasks: dict[str, Fold], **options: object) -> dict[str, Any]:
        results, known = {}, dict[str, float]()
        for name, fold in tasks.items():
            design = build_design(only(trials, fold.left_out))
            studies, rows = len(design.studies), len(design.rows.study)
            whole = generator.normal(-5.0, 1.0, (DRAWS, studies))
            of_some = generator.normal(-3.0, 1.0, (DRAWS, 6, studies))
            values = elpd_of(whole) - elpd_of(of_some[:, GIVEN])
            known.update(dict(zip(design.studies, values.tolist(), strict=True)))
            results[name] = {
                "log_density": whole,
                "of_some": of_some,
                "replicated": generator.normal(5.0, 1.0, (DRAWS, rows)),
                "given_first": generator.normal(5.0, 1.0, (DRAWS, rows)),
                "max_rhat": np.array(1.0),
                "min_ess": np.array(500.0),
            }
        expected.append(known)
        return results

    store = tmp_path_factory.mktemp("folds")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("windup.fit.analyses.comparison.left_out_studies.run_tasks", fitted)
        found = {name: left_out_by_folds(run, 3, DRAWS, None, store) for name, run in runs.items()}
    return Folded(found, dict(zip(found, expected, strict=True)))


@pytest.fixture(scope="module")
def comparison(folded: Folded) -> Comparison:
    return compared(folded.left_out, exact=True)


@pytest.fixture(scope="module")
def record(runs: dict[str, FittedRun], comparison: Comparison) -> dict[str, Any]:
    whole: dict[str, Any] = as_plain(comparison_record(runs, comparison, 3))
    return whole


def test_only_studies_with_a_control_arm_enter_treated_given_control(record: dict[str, Any]) -> None:
    found = record["treated_given_control"]
    assert found["studies"] == len(COMPARED)
    assert found["rows"] == 2 * len(COMPARED)
    assert list(found["left_out"]) == [STUDIES[-1]]


def test_sums_and_differences_are_those_of_the_studies(
    comparison: Comparison, record: dict[str, Any]
) -> None:
    wide = comparison.treated.pivot(index="study", columns="model", values="log_density")
    first, second = record["treated_given_control"]["models"]
    difference = wide[second["model"]] - wide[first["model"]]
    assert first["log_density"] == pytest.approx(wide[first["model"]].sum())
    assert second["difference"] == pytest.approx(difference.sum())
    assert second["difference_error"] == pytest.approx(np.sqrt(len(wide)) * difference.std(ddof=1))
    assert second["difference"] <= 0.0 == first["difference"]


def test_densities_of_folds_are_those_of_their_studies(folded: Folded) -> None:
    for name, found in folded.left_out.items():
        treated = found.treated.studies.set_index("study")["log_density"]
        assert set(treated.index) == set(COMPARED)
        np.testing.assert_allclose(treated, [folded.expected[name][study] for study in treated.index])
        assert found.kinds["beyond_16_weeks"] == dict.fromkeys(STUDIES, 1)


def test_errors_of_folds_add_up_by_their_squares(folded: Folded) -> None:
    blocks = folded.left_out["near"].densities
    errors = [log_density_of([block]).error_of_sum for block in blocks]
    assert len(errors) == 3
    assert log_density_of(blocks).error_of_sum == pytest.approx(np.sqrt(np.sum(np.square(errors))))


@pytest.mark.slow
def test_densities_by_weights_are_the_elpd_and_treated_rows_are_its_difference(
    runs: dict[str, FittedRun],
) -> None:
    found = left_out_by_weights(runs["near"], DRAWS)
    whole, given = log_density_of(found.densities), log_density_of(found.densities, rows=GIVEN)
    np.testing.assert_allclose(whole.values, found.elpd.elpd_i.values, rtol=1e-9)
    treated = found.treated.studies.set_index("study")["log_density"]
    expected = dict(zip(whole.studies, whole.values - given.values, strict=True))
    np.testing.assert_allclose(treated, [expected[name] for name in treated.index], rtol=1e-9)
    assert np.isfinite(found.treated.studies["crps"]).all()


def test_every_study_and_sum_has_a_monte_carlo_error(comparison: Comparison, record: dict[str, Any]) -> None:
    assert (comparison.studies["monte_carlo_se"] > 0.0).all()
    for model, each in record["monte_carlo_se"].items():
        assert each["elpd"] > 0.0
        assert each["treated_given_control"] > 0.0
        assert each["largest_study"] in STUDIES
        assert (each["difference"] == 0.0) == (model == record["models"][0]["model"])


def test_influence_has_every_pair_in_both_scores_and_every_study_in_its_table(
    comparison: Comparison, record: dict[str, Any]
) -> None:
    assert [each["score"] for each in record["influence"]] == ["elpd", "treated_given_control"]
    assert record["influence"][0]["difference"] == pytest.approx(-record["models"][1]["difference"])
    table = influence_table(comparison)
    assert table.groupby("score").size().to_dict() == {"elpd": 6, "treated_given_control": 5}


def test_extrapolations_have_rows_and_differences_by_kind(
    comparison: Comparison, record: dict[str, Any]
) -> None:
    late = record["extrapolations"]["beyond_16_weeks"]
    # The study without a control arm counts here, given its baseline.
    assert (late["rows"], late["studies"], late["too_few"]) == (6, 6, False)
    assert late["models"][0]["difference"] == 0.0
    table = comparison.extrapolations
    sums = table[table["kind"] == "beyond_16_weeks"].groupby("model")["log_density"].sum()
    assert late["models"][0]["log_density"] == pytest.approx(sums.max())
    combined = record["extrapolations"]["combination"]
    assert (combined["studies"], combined["too_few"], combined["models"]) == (0, True, [])


def test_page_of_a_comparison_shows_what_its_record_has(record: dict[str, Any]) -> None:
    page = markdown(compare_page(record))
    assert record["verdict"] in page
    for heading in ("Treated observations", "Studies that carry the leads", "Where a mechanism extrapolates"):
        assert heading in page
    assert "10 observations of 5 randomised comparisons" in page


def test_page_of_an_earlier_comparison_lacks_what_its_record_lacks(record: dict[str, Any]) -> None:
    later = ("treated_given_control", "monte_carlo_se", "influence", "extrapolations")
    page = markdown(compare_page({key: value for key, value in record.items() if key not in later}))
    assert record["verdict"] in page
    assert "not computable" in page
    assert "Treated observations" not in page


@pytest.mark.slow
def test_score_has_treated_rows_given_control_rows_for_the_run_and_the_baseline(
    runs: dict[str, FittedRun],
) -> None:
    run = runs["near"]
    found = score(run, run.trials, draws=DRAWS)
    worse = found.treated.studies.assign(log_density=found.treated.studies["log_density"] - 0.5)
    baseline = dataclasses.replace(found, treated=found.treated._replace(studies=worse))
    record = as_plain(score_record(run, run, found, baseline, ()))
    treated = record["treated_given_control"]
    assert (treated["studies"], treated["rows"]) == (5, 10)
    assert treated["difference"] == pytest.approx(2.5)
    assert treated["difference_error"] == pytest.approx(0.0, abs=1e-9)
    assert treated["monte_carlo_se"] > 0.0
    assert list(treated["left_out"]) == [STUDIES[-1]]
    assert "10 observations of 5 randomised comparisons" in markdown(score_page(record))
    earlier = {key: value for key, value in record.items() if key != "treated_given_control"}
    assert "randomised comparisons" not in markdown(score_page(earlier))

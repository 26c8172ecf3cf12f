"""Claims about a folder with own drugs, an own condition and an own instrument, from tables to report."""

import json
from pathlib import Path
from typing import Any

import jax
import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from windup.datasets import load_trials
from windup.fit import FittedRun, read_run
from windup.fit.cli.app import app
from windup.fit.problem.build import build_problem, model_named
from windup.fit.problem.target import build_target

from .datasets.tiny import Tables, tiny_tables, write_tables

SMALL = ("--model", "turnover", "--preset", "quick", "--sampler", "nuts", "--seed", "1")
COMBINATION = """\
[[regimen]]
name = "lowdosin with pregabalin"
condition = "burning_mouth"
weeks = 12

[[regimen.phase]]
drug = "lowdosin"
dose = 4.5
unit = "mg/day"
start_week = 0
end_week = 12

[[regimen.phase]]
drug = "pregabalin"
dose = 300
unit = "mg/day"
start_week = 0
end_week = 12
"""
PLAN = """\
[[trial]]
name = "stretching against nothing"
condition = "burning_mouth"
pain = 6.0
weeks = [4, 8]

[[trial.arm]]
name = "placebo"
patients = 40

[[trial.arm]]
name = "stretching"
patients = 40

[[trial.arm.phase]]
drug = "stretching"
dose = 5
unit = "sessions/week"
route = "exercise"
start_week = 0
end_week = 8
"""


def drug(name: str, unit: str, reference: str) -> dict[str, str]:
    return {
        "drug": name,
        "label": name,
        "unit": unit,
        "reference_dose": reference,
        "reference_dose_source": "expert: a test",
    }


def action(name: str, target: str) -> dict[str, str]:
    return {
        "model": "cascade",
        "drug": name,
        "target": target,
        "sign": "lowers",
        "prior_sd": "0.7",
        "source": "expert: a test",
    }


def own_tables() -> Tables:
    """A trial of two own drugs in an own condition, on an own instrument, among two of packaged drugs."""
    tables = tiny_tables()
    study = tables["studies.csv"][0] | {"study_id": "own", "condition": "burning_mouth"}
    arm = tables["dosing.csv"][0] | {"study_id": "own", "administrations_per_day": ""}
    row = tables["observations.csv"][0] | {"study_id": "own", "scale": "COMFORT_1_7", "sd": "1.2"}
    given = {
        "lowdosin": {"dose_per_administration": "4.5", "dose_unit": "mg/day"},
        "stretching": {"dose_per_administration": "5", "dose_unit": "sessions/week", "route": "exercise"},
        "placebo": {"dose_per_administration": "", "dose_unit": ""},
    }
    tables["studies.csv"].append(study)
    tables["dosing.csv"] += [
        arm | {"arm_id": name, "drug": name, "substance": name} | cells for name, cells in given.items()
    ]
    tables["observations.csv"] += [
        row | {"row_id": f"{name}{week}", "arm_id": name, "time_weeks": week, "value": value}
        for name, values in {"lowdosin": "35", "stretching": "34", "placebo": "33"}.items()
        for week, value in zip(("0", "8"), values, strict=True)
    ]
    return tables | {
        "drugs.csv": [drug("lowdosin", "mg/day", "4.5"), drug("stretching", "sessions/week", "5")],
        "actions.csv": [action("lowdosin", "microglia"), action("stretching", "input")],
        "conditions.csv": [
            {
                "condition": "burning_mouth",
                "label": "burning mouth syndrome",
                "chronic": "yes",
                "kind": "mixed",
                "central_share": "0.5",
                "central_share_source": "expert: a test",
                "placebo_group": "other_neuropathic",
                "placebo_group_source": "expert: a test",
            }
        ],
        "instruments.csv": [
            {
                "instrument": "COMFORT_1_7",
                "label": "comfort from 1 to 7",
                "quantity": "pain",
                "low": "1",
                "high": "7",
                "higher_is": "better",
                "source": "expert: a test",
            }
        ],
    }


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tables(tmp_path_factory.mktemp("own"), own_tables())


def run(*arguments: object) -> Any:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture(scope="module")
def folder(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A short fit, whose draws are no result."""
    out = tmp_path_factory.mktemp("runs") / "own"
    ended = run(
        "fit", *SMALL, "--data", data, "--out", out, "--chains", 2, "--warmup", 60, "--draws", 60
    )  # fmt: skip
    assert out.is_dir(), ended.output
    return out


@pytest.fixture(scope="module")
def fitted(folder: Path) -> FittedRun:
    return read_run(folder)


def test_check_counts_the_rows_of_own_drugs(data: Path) -> None:
    counts = json.loads(run("check", data, "--json").stdout)
    assert counts["by_treatment"]["lowdosin"] == 2
    assert counts["by_treatment"]["stretching"] == 2
    assert counts["by_condition"]["burning_mouth"] == 6


def test_own_instrument_is_read_as_pain_from_0_to_10(data: Path) -> None:
    rows = load_trials(data).observations.set_index("row_id")
    # 3 of 1 to 7, where 7 is best: 10 (7 - 3) / 6.
    assert rows.loc["lowdosin0", "estimate"] == pytest.approx(20.0 / 3.0)
    assert rows.loc["lowdosin8", "standard_deviation"] == pytest.approx(2.0)


# The cascade, whose actions the folder names, and one that gives every drug a relief of its own.
@pytest.mark.parametrize("model", ["cascade", "time_course"])
def test_density_is_finite_and_feels_the_own_drugs(data: Path, model: str) -> None:
    trials = load_trials(data)
    target = build_target(build_problem(trials, model_named(model, trials.catalogue)))
    value, slope = jax.value_and_grad(lambda x: target.potential(x, target.data))(target.initial)
    assert np.isfinite(value)
    assert np.isfinite(slope).all()
    of_own = [
        abs(slope[i])
        for i, name in enumerate(target.coordinates)
        if name.startswith(("lowdosin_", "stretching_"))
    ]
    assert len(of_own) == 2
    assert all(each > 0.0 for each in of_own)


def test_run_keeps_the_tables_it_was_fitted_to(fitted: FittedRun, data: Path) -> None:
    assert fitted.trials.catalogue == load_trials(data).catalogue
    assert (fitted.folder / "trials" / "drugs.csv").read_bytes() == (data / "drugs.csv").read_bytes()


def test_effect_of_an_own_drug_is_reported_at_its_reference_dose(fitted: FittedRun) -> None:
    labels = list(fitted.tree["posterior"]["drug"].values)
    assert {"lowdosin 4.5 mg/day", "stretching 5 sessions/week"} <= set(labels)


def test_combination_of_an_own_and_a_packaged_drug_is_predicted(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(COMBINATION, encoding="utf-8")
    ended = run(
        "predict", folder, "--regimens", tmp_path / "a.toml", "--out", tmp_path / "p", "--draws", 50
    )  # fmt: skip
    assert ended.exit_code == 0, ended.output
    effects = pd.read_csv(tmp_path / "p" / "effects.csv")
    assert set(effects["regimen"]) == {"lowdosin with pregabalin"}
    assert np.isfinite(effects["median"]).all()
    combined = pd.read_csv(tmp_path / "p" / "combinations.csv")
    assert set(combined["regimen"]) == {"lowdosin with pregabalin"}


def test_planned_trial_of_an_own_drug_is_simulated(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "plan.toml").write_text(PLAN, encoding="utf-8")
    ended = run("simulate", folder, "--trial", tmp_path / "plan.toml", "--out", tmp_path / "s", "--draws", 50)
    assert ended.exit_code == 0, ended.output
    arms = pd.read_csv(tmp_path / "s" / "arms.csv")
    assert list(arms["arm"]) == ["stretching"]
    assert arms["assurance"].between(0.0, 1.0).all()


def test_claims_are_judged_for_a_run_with_own_drugs(folder: Path, tmp_path: Path) -> None:
    ended = run("claims", folder, "--out", tmp_path / "c", "--draws", 100)
    assert ended.exit_code == 0, ended.output
    # Those about regimens in the conditions of the run.
    claims = pd.read_csv(tmp_path / "c" / "claims.csv")
    assert claims["claim"].str.contains("fibromyalgia").any()
    assert claims["verdict"].notna().all()


@pytest.mark.release
def test_run_is_scored_on_trials_of_own_drugs(folder: Path, data: Path, tmp_path: Path) -> None:
    baseline = tmp_path / "time_course"
    ended = run(
        "fit", "--model", "time_course", "--preset", "quick", "--sampler", "nuts", "--data", data,
        "--out", baseline, "--chains", 2, "--warmup", 60, "--draws", 60,
    )  # fmt: skip
    assert baseline.is_dir(), ended.output
    ended = run(
        "score", folder, "--data", data, "--baseline", baseline, "--out", tmp_path / "k", "--draws", 50
    )
    assert ended.exit_code == 0, ended.output
    assert {"lowdosin", "stretching"} <= set(pd.read_csv(tmp_path / "k" / "drugs.csv").iloc[:, 0])


def test_report_of_a_run_names_the_own_drugs(folder: Path, tmp_path: Path) -> None:
    ended = run("report", folder, "--output", tmp_path / "report.html")
    assert ended.exit_code == 0, ended.output
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "lowdosin 4.5 mg/day" in text
    assert "lowdosin_input" in text

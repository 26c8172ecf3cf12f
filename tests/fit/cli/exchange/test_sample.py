"""Claims about `windup sample`: what it prints, what it refuses, and what it writes."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from windup.fit.cli.app import app

from ...analyses.petab.conversion import write_problem

pytest.importorskip("libsbml", reason="SBML is read by python-libsbml")
pytest.importorskip("petab.v2", reason="tables are checked by petab")


def run(*arguments: object) -> Any:
    return CliRunner().invoke(app, ["sample", *(str(argument) for argument in arguments)])


@pytest.mark.slow
def test_evaluation_shows_both_tolerances_and_the_gradient_check(tmp_path: Path) -> None:
    path = write_problem(tmp_path, 1)
    result = run(path, "--only-evaluate", "--solver", "dopri8")
    assert result.exit_code == 0, result.stderr
    assert "6 measurements of 4 observables in 2 experiments" in " ".join(result.stdout.split())
    assert "1e-07" in result.stdout
    assert "1e-08" in result.stdout
    assert "Gradient against central differences" in result.stdout
    assert "not computable" not in result.stdout


def test_problem_without_priors_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    (tmp_path / "problem").mkdir()
    path = write_problem(tmp_path / "problem", 1)
    result = run(path, "--out", tmp_path / "run", "--solver", "dopri8")
    assert result.exit_code == 2
    assert "--prior uniform" in result.stderr
    assert [each.name for each in tmp_path.iterdir()] == ["problem"]


def test_faults_of_a_problem_end_with_the_code_for_data(tmp_path: Path) -> None:
    path = write_problem(tmp_path, 1, measurements=("plain\tlow\t0\t1.4", "plain\tlow\t0\tmuch"))
    result = run(path, "--only-evaluate")
    assert result.exit_code == 3
    assert "measurements.tsv" in result.stderr


def test_folder_or_evaluation_must_be_asked_for(tmp_path: Path) -> None:
    result = run(tmp_path / "none.yaml")
    assert result.exit_code == 2
    assert "--only-evaluate" in result.stderr


@pytest.mark.slow
def test_sample_is_a_folder_that_names_assumed_priors_and_every_file(tmp_path: Path) -> None:
    (tmp_path / "problem").mkdir()
    path = write_problem(tmp_path / "problem", 1)
    out = tmp_path / "run"
    options = ("--solver", "dopri8", "--sampler", "laplace", "--draws", "100", "--descents", "2")
    result = run(path, "--out", out, "--prior", "uniform", *options)
    assert result.exit_code == 4, result.stderr
    record = json.loads((out / "summary.json").read_text(encoding="utf-8"))
    assert set(record["problem"]["files_sha256"]) == {each.name for each in path.parent.iterdir()}
    assert any("--prior uniform" in notice for notice in record["notices"])
    assert {each["parameter"] for each in record["posterior"]} == {"k1", "k2", "shift", "sd"}
    assert {each.name for each in out.iterdir()} == {
        "parameters.csv",
        "posterior.nc",
        "settings.json",
        "summary.json",
        "summary.md",
    }

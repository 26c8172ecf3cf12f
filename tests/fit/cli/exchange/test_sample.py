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
    return of("sample", *arguments)


def of(command: str, *arguments: object) -> Any:
    return CliRunner().invoke(app, [command, *(str(argument) for argument in arguments)])


def sampled(folder: Path) -> None:
    """Folder with the record of a sampled problem."""
    row = {"parameter": "k1", "q5": 0.71, "median": 0.8125, "q95": 0.93, "nominal": 0.8}
    record = {
        "model": "conversion",
        "problem": {
            "version": 1,
            "measurements": 6,
            "observables": 4,
            "experiments": 2,
            "states": 2,
            "estimated": 1,
            "fixed": 3,
            "method": "dopri8",
            "tolerance": 1e-7,
            "files_sha256": {},
        },
        "nominal": {
            "log_likelihood": -3.5,
            "tight": -3.5,
            "gradient_error": 1e-6,
            "worst": "k1",
            "difference_error": 1e-7,
        },
        "notices": [],
        "statement": "For research only.",
        "sampler": "nuts",
        "prior": "problem",
        "without_prior": [],
        "converged": True,
        "failed_checks": [],
        "chains": 4,
        "draws": 1000,
        "max_rhat": 1.002,
        "worst_rhat": "k1",
        "min_ess_bulk": 1800.0,
        "min_ess_tail": 1700.0,
        "divergences": 0,
        "modes": [],
        "pareto_k": None,
        "wall_seconds": {},
        "log_likelihood": {"median": -4.0, "largest": -3.4},
        "posterior": [row],
    }
    folder.mkdir()
    (folder / "summary.json").write_text(json.dumps(record), encoding="utf-8")


def test_summary_of_a_sampled_problem_is_its_table(tmp_path: Path) -> None:
    sampled(tmp_path / "run")
    result = of("summary", tmp_path / "run")
    assert result.exit_code == 0, result.stderr
    words = " ".join(result.stdout.split())
    assert "PEtab problem conversion" in words
    assert "Every convergence check passed." in words
    assert any("k1" in line and "0.8125" in line for line in result.stdout.splitlines())
    assert json.loads(of("summary", tmp_path / "run", "--json").stdout)["draws"] == 1000


def test_report_of_a_sampled_problem_says_what_to_do(tmp_path: Path) -> None:
    sampled(tmp_path / "run")
    result = of("report", tmp_path / "run")
    assert result.exit_code == 5
    words = " ".join(result.stderr.split())
    assert "is the sample of a PEtab problem" in words
    assert "Name a folder of `windup fit`" in words
    assert [each.name for each in (tmp_path / "run").iterdir()] == ["summary.json"]


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
        "parameters.png",
        "posterior.nc",
        "settings.json",
        "summary.json",
        "summary.md",
    }
    shown = of("summary", out)
    assert shown.exit_code == 0, shown.stderr
    assert "PEtab problem" in shown.stdout

"""Claims about results of other commands: a report shows those of its own draws."""

from pathlib import Path
from typing import Any

from windup.fit.report.document.results import Absent, CommandResult, results_of
from windup.fit.runs.fitted_run import read_run
from windup.fit.storage.formats import as_json


def test_result_of_other_draws_is_not_shown_and_says_so(folder: Path, tmp_path: Path) -> None:
    run = read_run(folder)
    claims = run.folder / "claims"
    claims.mkdir()
    try:
        for record, why in (
            ({"failed_checks": [], "draws_sha256": "0" * 64}, "other draws"),
            ({"failed_checks": []}, "does not record which draws"),
            ({}, "no summary of windup"),
        ):
            (claims / "summary.json").write_text(as_json(record), encoding="utf-8")
            left = results_of(run, compare=None, calibration=None)["claims"]
            assert isinstance(left, Absent)
            assert why in left.why
            assert left.command.endswith("--overwrite")
    finally:
        (claims / "summary.json").unlink()
        claims.rmdir()


def test_comparison_counts_when_one_of_its_runs_is_this_one(folder: Path, tmp_path: Path) -> None:
    run = read_run(folder)
    record = {"failed_checks": [], "draws_sha256": {"cascade": run.draws_sha256, "turnover": "0"}}
    (tmp_path / "summary.json").write_text(as_json(record), encoding="utf-8")
    assert isinstance(results_of(run, compare=tmp_path, calibration=None)["compare"], CommandResult)
    record["draws_sha256"] = {"cascade": "1", "turnover": "0"}
    (tmp_path / "summary.json").write_text(as_json(record), encoding="utf-8")
    assert isinstance(results_of(run, compare=tmp_path, calibration=None)["compare"], Absent)


def test_calibration_of_another_model_says_nothing_of_this_one(folder: Path, tmp_path: Path) -> None:
    run = read_run(folder)
    record: dict[str, Any] = {"failed_checks": [], "calibrated": True, "model": "turnover"}
    (tmp_path / "summary.json").write_text(as_json(record), encoding="utf-8")
    left = results_of(run, compare=None, calibration=tmp_path)["calibrate"]
    assert isinstance(left, Absent)
    assert "is of the model 'turnover'" in left.why
    (tmp_path / "summary.json").write_text(as_json(record | {"model": "cascade"}), encoding="utf-8")
    assert isinstance(results_of(run, compare=None, calibration=tmp_path)["calibrate"], CommandResult)

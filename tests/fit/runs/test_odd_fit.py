"""Claims about a fit of magnesium at week 0 alone: it ends, and what needs patients in pain is refused."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from windup.fit.cli.app import app

from ...datasets.tiny import write_tables
from ..problem.folders.odd_folders import FOLDERS

CONVERGED_OR_NOT = (0, 4)


@pytest.mark.slow
def test_fit_without_pain_or_time_ends_and_predict_is_refused_in_words(tmp_path: Path) -> None:
    def windup(*arguments: object) -> tuple[int, str]:
        result = CliRunner().invoke(app, [str(argument) for argument in arguments])
        return result.exit_code, " ".join(result.output.split())

    (tmp_path / "trials").mkdir()
    data, run = write_tables(tmp_path / "trials", FOLDERS["cases and controls"]()), tmp_path / "run"
    code, output = windup("fit", "--data", data, "--model", "turnover", "--preset", "quick", "--out", run)
    assert code in CONVERGED_OR_NOT, output
    code, output = windup("predict", run)
    assert code == 3
    assert "No study of this run reports chronic pain" in output

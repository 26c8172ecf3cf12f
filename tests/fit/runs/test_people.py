"""Claims about a finished fit whose arms are people."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from windup.fit.cli.app import app

from ...datasets.tiny import write_tables
from ..problem.people.treated import one_trial

CONVERGED_OR_NOT = (0, 4)


@pytest.mark.slow
def test_run_of_people_has_every_printed_sd_beside_its_prediction(tmp_path: Path) -> None:
    (tmp_path / "trials").mkdir()
    data, run = write_tables(tmp_path / "trials", one_trial()), tmp_path / "run"
    options = ("--model", "single_loop", "--patients", "population", "--preset", "quick")
    result = CliRunner().invoke(app, ["fit", "--data", str(data), *options, "--out", str(run)])
    assert result.exit_code in CONVERGED_OR_NOT, result.output
    table = pd.read_csv(run / "visit_spreads.csv")
    record = json.loads((run / "summary.json").read_text())
    assert len(table) == record["sd_rows_used"] == record["visit_spreads"]["rows"] == 4
    np.testing.assert_allclose(table["observed"], 1.9, rtol=1e-6)
    # It was fitted to them; their sampling error is 8 %.
    np.testing.assert_allclose(table["predicted"], 1.9, rtol=0.25)
    assert {"expected", "replicated"}.isdisjoint(table.columns)
    assert record["visit_spreads"]["treated_to_control"]["pairs"] == 1
    assert "How much patients differ" in (run / "summary.md").read_text()
    known = pd.read_csv(run / "columns.csv", keep_default_na=False).set_index(["table", "column"])
    assert known.loc["visit_spreads", "meaning"].ne("").all()

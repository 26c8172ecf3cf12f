"""Claims about a run that was fitted to a folder with drugs, conditions or instruments of its own."""

from __future__ import annotations

import json
from pathlib import Path

import xarray as xr

from windup.datasets import load_trials
from windup.fit.runs.fitted_run import FittedRun
from windup.fit.settings.fit import Settings
from windup.fit.storage.folder import TRIALS

from ...datasets.catalogue.own import own_tables
from ...datasets.tiny import tiny_tables, write_tables


def test_a_run_has_the_drugs_that_it_was_fitted_with(tmp_path: Path) -> None:
    data, kept = tmp_path / "data", tmp_path / "run" / TRIALS
    data.mkdir()
    trials = load_trials(write_tables(data, tiny_tables() | own_tables()))
    kept.mkdir(parents=True)
    for name, content in trials.files.items():
        (kept / name).write_bytes(content)
    # The user goes on working on the tables.
    (data / "drugs.csv").unlink()
    (data / "actions.csv").unlink()
    tree = xr.DataTree()
    tree.attrs["data_sha256"] = json.dumps(trials.sha256)
    run = FittedRun(kept.parent, tree, Settings.from_preset("quick", data=data), ())
    assert run.trials.catalogue == trials.catalogue

"""Claims about estimates next to their own trials, in the files and pages of a run."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from windup.datasets import packaged_trials
from windup.fit.diagnostics.diagnose import diagnose
from windup.fit.diagnostics.own_trials import OWN_TRIALS
from windup.fit.display.blocks import markdown
from windup.fit.display.own_trials import own_trial_blocks
from windup.fit.runs.page import summary_page
from windup.fit.runs.summary import summary_record
from windup.fit.runs.write import write_results
from windup.fit.settings.fit import Settings
from windup.fit.storage.folder import RunFolder

from ..diagnostics.test_own_trials import contrast, tree_of
from ..synthetic import synthetic_tree


@pytest.fixture(scope="module")
def with_trials() -> xr.DataTree:
    """A run with a trial of pregabalin that its estimate departs from, and one of two drugs together."""
    tree = synthetic_tree(draws=60, prior_draws=60)
    contrasts = [contrast("a", -1.0, 0.2), contrast("b", -0.5, 0.3, drug="nsaid+pea")]
    tree[OWN_TRIALS] = tree_of(contrasts, np.array([[-0.1, -0.5]] * 3))[OWN_TRIALS]
    return tree


def record_of(tree: xr.DataTree) -> dict[str, Any]:
    settings = Settings.from_preset("full")
    return summary_record(tree, diagnose(tree), settings, trials=packaged_trials(), seconds={})


def test_page_shows_each_treatment_and_marks_the_departure(with_trials: xr.DataTree) -> None:
    text = markdown(summary_page(json.loads(json.dumps(record_of(with_trials)))))
    assert "| pregabalin | 1 | 200 |" in text
    assert "| 4.5 * |" in text
    assert "NSAID + palmitoylethanolamide" in text
    assert "1 of 2 estimates depart" in text


def test_run_without_the_comparison_shows_nothing_of_it() -> None:
    record = record_of(synthetic_tree(draws=60, prior_draws=60))
    assert record["own_trials"] == []
    assert own_trial_blocks(record) == []
    del record["own_trials"]
    assert own_trial_blocks(record) == []


def test_both_tables_are_files_of_the_run(
    with_trials: xr.DataTree, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("windup.fit.runs.write.figures", lambda *_: iter(()))
    folder = RunFolder.open(tmp_path / "run", overwrite=False)
    write_results(folder, with_trials, diagnose(with_trials), record_of(with_trials))
    place = folder.publish()
    treatments, arms = (pd.read_csv(place / f"own_{name}.csv") for name in ("trials", "contrasts"))
    assert treatments.loc[treatments["departs"], "drug"].tolist() == ["pregabalin"]
    assert arms["median"].tolist() == [-0.1, -0.5]


def test_page_says_whether_small_trials_report_more_relief() -> None:
    tree = synthetic_tree(draws=60, prior_draws=60)
    contrasts = [contrast(str(n), -1.0 - n / 20, 0.2 + n / 20) for n in range(12)]
    tree[OWN_TRIALS] = tree_of(contrasts, np.zeros((3, 12)))[OWN_TRIALS]
    record = json.loads(json.dumps(record_of(tree)))
    assert record["small_studies"]["measured"]["slope"] == pytest.approx(-1.0)
    assert "in 12 controlled trials of one treatment" in markdown(own_trial_blocks(record))
    assert "Small-study" not in markdown(own_trial_blocks({**record, "small_studies": None}))

"""Claims about the baseline of a run: what is kept counts only where it is the one that is wanted."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest
import xarray as xr

from windup.datasets import packaged_trials
from windup.fit import FittedRun, RunFolderRefused, Settings
from windup.fit.analyses.scoring import baseline as module
from windup.fit.analyses.scoring.baseline import baseline_of
from windup.fit.execution.progress import silent

PLACE = "time_course"


def run_in(folder: Path, **changes: Any) -> FittedRun:
    """A run of turnover without draws."""
    settings = Settings.from_preset("quick", model="turnover", out=folder, **changes)
    tree = xr.DataTree()
    tree.attrs = {"data_sha256": json.dumps(packaged_trials().sha256)}
    return FittedRun(folder, tree, settings, ())


@pytest.fixture
def fitted(monkeypatch: pytest.MonkeyPatch) -> list[Settings]:
    """Settings of every fit; a fit leaves a folder that is read as a run of its settings."""
    asked: list[Settings] = []

    def fit(settings: Settings, *_: Any, **__: Any) -> Path:
        asked.append(settings)
        settings.out.mkdir(exist_ok=True)
        (settings.out / "settings.json").write_text("{}")
        return settings.out

    def read(folder: Path) -> FittedRun:
        return dataclasses.replace(run_in(folder), settings=asked[-1])

    monkeypatch.setattr(module, "run_inner_fit", fit)
    monkeypatch.setattr(module, "read_run", read)
    return asked


def test_baseline_is_fitted_once_with_the_settings_of_the_run(tmp_path: Path, fitted: list[Settings]) -> None:
    run = run_in(tmp_path, seed=7)
    for _ in range(2):
        baseline_of(run, None, progress=silent)
    assert len(fitted) == 1
    assert (fitted[0].model, fitted[0].seed, fitted[0].out) == ("time_course", 7, tmp_path / PLACE)


def test_kept_baseline_of_other_settings_is_made_again_and_progress_says_why(
    tmp_path: Path, fitted: list[Settings]
) -> None:
    notes: list[str] = []
    baseline_of(run_in(tmp_path, seed=7), None, progress=silent)
    baseline_of(run_in(tmp_path, seed=8), None, progress=lambda *step: notes.append(step[3]))  # type: ignore[misc]
    assert [each.seed for each in fitted] == [7, 8]
    assert "made again: its settings differ (seed)" in notes[0]
    assert "--" not in notes[0]


def test_baseline_has_the_choices_of_the_run_that_its_model_has_too(
    tmp_path: Path, fitted: list[Settings]
) -> None:
    run = run_in(
        tmp_path,
        fixed={"placebo_time": 9.0, "burden_time": 10.0, "placebo_response[fibromyalgia]": 1.0},
        priors={"misfit": {"scale": 0.1}, "pain_from_burden": {"scale": 0.1}},
    )
    baseline_of(run, None, progress=silent)
    assert fitted[0].fixed == {"placebo_time": 9.0, "placebo_response[fibromyalgia]": 1.0}
    assert list(fitted[0].priors) == ["misfit"]


def test_something_else_in_its_place_is_left_alone_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / PLACE).mkdir()
    (tmp_path / PLACE / "mine.txt").write_text("mine")
    with pytest.raises(RunFolderRefused, match=r"Move it away.*--baseline"):
        baseline_of(run_in(tmp_path), None, progress=silent)
    assert (tmp_path / PLACE / "mine.txt").read_text() == "mine"

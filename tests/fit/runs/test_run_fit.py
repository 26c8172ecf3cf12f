"""Claims about a whole run, with a stand-in for the sampler."""

import errno
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from windup.datasets import DataFaults, load_trials, packaged_trials
from windup.fit.errors import DiskError, Interrupted, RunFolderRefused
from windup.fit.runs.run_fit import run_fit
from windup.fit.sampling.chains.checkpoint import Checkpoint, SamplerState
from windup.fit.sampling.target.coordinates import Coordinates
from windup.fit.settings.fit import Settings
from windup.fit.storage.files import write_file

from ..synthetic import synthetic_tree

FILES = {
    "posterior.nc",
    "settings.json",
    "summary.json",
    "summary.md",
    "provenance.json",
    "checks.csv",
    "drug_effects.csv",
    "trial_effects.csv",
    "contraction.csv",
    "rows.csv",
    "columns.csv",
}


# A sampler that has drawn nothing yet.
STATE = SamplerState(0, Coordinates(np.zeros(1), np.eye(1)), np.ones(1), np.zeros((2, 1, 1)), (None, None))


class Engine:
    """Stand-in for the sampler: returns a tree, or stops as told."""

    def __init__(self, error: BaseException | None = None, *, checkpoint: bool = False) -> None:
        self.error = error
        self.writes_checkpoint = checkpoint
        self.resumed_from: Path | None = None

    def __call__(
        self, trials: Any, settings: Any, *, progress: Any, checkpoint: Any, resume_from: Any
    ) -> xr.DataTree:
        self.resumed_from = resume_from
        if self.writes_checkpoint:
            Checkpoint(checkpoint, {}).write(STATE, {})
        if self.error is not None:
            raise self.error
        return small()


def small() -> xr.DataTree:
    return synthetic_tree(draws=20, prior_draws=20, visits=3)


@pytest.fixture(autouse=True)
def _one_empty_figure(monkeypatch: pytest.MonkeyPatch) -> None:
    # Drawing takes seconds; the run of the fixture `finished`, made before, has the real figures.
    monkeypatch.setattr("windup.fit.runs.write.figures", lambda *_: iter([("drug_effects.png", b"")]))


def settings_for(out: Path, **changes: Any) -> Settings:
    return Settings.from_preset("quick", out=out, **changes)


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("runs") / "a"
    return Path(run_fit(settings_for(out), Engine()).folder)


def test_finished_run_has_every_promised_file(finished: Path) -> None:
    assert {path.name for path in finished.iterdir()} == FILES | {"figures", "trials"}
    assert len(list((finished / "figures").glob("*.png"))) == 6


def test_draws_read_back_equal_what_the_sampler_returned(finished: Path) -> None:
    with xr.open_datatree(finished / "posterior.nc", engine="h5netcdf") as read:
        for name, node in small().children.items():
            xr.testing.assert_equal(read.children[name].to_dataset().load(), node.to_dataset())


def test_run_keeps_the_trials_it_was_fitted_to(finished: Path) -> None:
    assert load_trials(finished / "trials").sha256 == packaged_trials().sha256


def test_tables_have_a_row_for_each_study_and_regimen(finished: Path) -> None:
    assert len(pd.read_csv(finished / "checks.csv")) == 8
    assert len(pd.read_csv(finished / "drug_effects.csv")) == 3


def test_every_column_of_every_table_has_a_meaning_beside_the_tables(finished: Path) -> None:
    columns = pd.read_csv(finished / "columns.csv")
    tables = {path.stem: list(pd.read_csv(path).columns) for path in finished.glob("*.csv")}
    del tables["columns"]
    assert columns.groupby("table")["column"].apply(list).to_dict() == tables
    assert columns["meaning"].notna().all(), columns[columns["meaning"].isna()]


def test_quick_preset_is_marked_in_every_text_file(finished: Path) -> None:
    texts = [path for path in finished.iterdir() if path.suffix in {".json", ".md", ".csv"}]
    assert {path.name for path in texts} == FILES - {"posterior.nc"}
    assert [
        path.name for path in texts if "NOT for conclusions" not in path.read_text(encoding="utf-8")
    ] == []


def test_quick_preset_is_marked_in_every_group_of_the_draws(finished: Path) -> None:
    with xr.open_datatree(finished / "posterior.nc", engine="h5netcdf") as read:
        assert all("NOT for conclusions" in node.attrs["notices"] for node in read.subtree)


def test_tree_of_the_sampler_is_left_as_it_was(tmp_path: Path) -> None:
    tree = small()
    run_fit(settings_for(tmp_path / "a"), lambda *_, **__: tree)
    assert all("notices" not in node.attrs for node in tree.subtree)


def test_settings_and_provenance_are_written(finished: Path) -> None:
    assert json.loads((finished / "settings.json").read_text())["preset"] == "quick"
    assert json.loads((finished / "provenance.json").read_text())["data_sha256"] == "0" * 64


def test_summary_counts_the_time_of_loading_and_writing(finished: Path) -> None:
    wall = json.loads((finished / "summary.json").read_text())["wall_seconds"]
    assert set(wall) == {"load", "compile", "warm-up", "sample", "post"}
    assert min(wall["load"], wall["post"]) > 0


def test_progress_reports_loading_and_writing_to_their_ends(tmp_path: Path) -> None:
    seen = []
    run_fit(settings_for(tmp_path / "a"), Engine(), progress=lambda *step: seen.append(step[:3]))
    assert ("load", 1, 1) in seen
    assert ("post", 4, 4) in seen


def test_faults_in_the_data_leave_no_folder(tmp_path: Path) -> None:
    with pytest.raises(DataFaults):
        run_fit(settings_for(tmp_path / "a", data=tmp_path / "nothing"), Engine())
    assert list(tmp_path.iterdir()) == []


def test_bug_in_the_sampler_leaves_no_folder(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError):
        run_fit(settings_for(tmp_path / "a"), Engine(ZeroDivisionError()))
    assert list(tmp_path.iterdir()) == []


def test_bug_after_a_checkpoint_keeps_it_and_says_where(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError) as caught:
        run_fit(settings_for(tmp_path / "a"), Engine(ZeroDivisionError(), checkpoint=True))
    assert (tmp_path / "a.interrupted" / "checkpoint").exists()
    assert caught.value.__notes__ == [f"What was done is kept in {tmp_path / 'a.interrupted'}."]


def test_interruption_before_the_first_draw_leaves_no_folder(tmp_path: Path) -> None:
    with pytest.raises(Interrupted):
        run_fit(settings_for(tmp_path / "a"), Engine(Interrupted()))
    assert list(tmp_path.iterdir()) == []


def test_interrupted_run_is_kept_whole_and_marked(tmp_path: Path) -> None:
    outcome = run_fit(settings_for(tmp_path / "a"), Engine(Interrupted(small())))
    assert outcome.interrupted
    assert outcome.folder == tmp_path / "a.interrupted"
    assert {path.name for path in outcome.folder.iterdir()} == FILES | {"figures", "trials"}
    assert "INTERRUPTED" in (outcome.folder / "summary.md").read_text(encoding="utf-8")


def test_interrupted_tree_that_lacks_predictions_keeps_its_draws(tmp_path: Path) -> None:
    tree = small().filter(lambda node: node.path in {"/", "/posterior", "/sample_stats"})
    outcome = run_fit(settings_for(tmp_path / "a"), Engine(Interrupted(tree)))
    assert {path.name for path in outcome.folder.iterdir()} == {"posterior.nc", "settings.json", "trials"}
    assert outcome.record is None


def test_resumed_run_starts_from_what_the_interrupted_one_kept(tmp_path: Path) -> None:
    run_fit(settings_for(tmp_path / "a"), Engine(Interrupted(small()), checkpoint=True))
    engine = Engine()
    run_fit(settings_for(tmp_path / "a"), engine, resume=True)
    assert engine.resumed_from == tmp_path / "a.interrupted" / "checkpoint"
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_run_that_overwrites_an_interrupted_one_starts_from_nothing(tmp_path: Path) -> None:
    run_fit(settings_for(tmp_path / "a"), Engine(Interrupted(small()), checkpoint=True))
    engine = Engine()
    run_fit(settings_for(tmp_path / "a"), engine, overwrite=True)
    assert engine.resumed_from is None
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_refused_folder_is_refused_before_the_sampler_starts(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "mine.txt").write_text("x")
    with pytest.raises(RunFolderRefused):
        run_fit(settings_for(tmp_path / "a"), Engine(AssertionError("the sampler was started")))


def test_disk_that_fills_while_figures_are_written_keeps_the_draws_and_the_old_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_fit(settings_for(tmp_path / "a", seed=1), Engine())
    real = write_file

    def full(path: Path, content: str | bytes) -> None:
        if path.suffix == ".png":
            raise OSError(errno.ENOSPC, "No space left on device")
        real(path, content)

    monkeypatch.setattr("windup.fit.storage.folder.write_file", full)
    with pytest.raises(DiskError, match="the disk is full"):
        run_fit(settings_for(tmp_path / "a", seed=2), Engine(), overwrite=True)
    assert (tmp_path / "a.interrupted" / "posterior.nc").exists()
    assert json.loads((tmp_path / "a" / "summary.json").read_text())["seed"] == 1
    assert [path.name for path in (tmp_path / "a" / "figures").iterdir()] == ["drug_effects.png"]

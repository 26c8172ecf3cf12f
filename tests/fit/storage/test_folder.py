"""Claims about run folders: whole or absent, and never lost."""

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from windup.fit.errors import DiskError, RunFolderRefused
from windup.fit.storage.files import write_file
from windup.fit.storage.folder import RunFolder, making


def finished(out: Path, content: str = "first") -> Path:
    folder = RunFolder.open(out, overwrite=out.exists())
    folder.write("settings.json", content)
    return Path(folder.publish())


def interrupted(out: Path, content: str = "half") -> Path:
    folder = RunFolder.open(out, overwrite=True)
    folder.write("settings.json", content)
    folder.write("posterior.nc", content)
    folder.write("checkpoint", content)
    return Path(folder.keep_interrupted())


def names(parent: Path) -> list[str]:
    return sorted(path.name for path in parent.iterdir())


def test_run_has_no_folder_until_it_is_published(tmp_path: Path) -> None:
    folder = RunFolder.open(tmp_path / "runs" / "a")
    folder.write("figures/one.png", b"x")
    assert not (tmp_path / "runs" / "a").exists()
    folder.publish()
    assert (tmp_path / "runs" / "a" / "figures" / "one.png").read_bytes() == b"x"


def test_published_run_leaves_nothing_beside_it(tmp_path: Path) -> None:
    finished(tmp_path / "a")
    finished(tmp_path / "a", "second")
    assert names(tmp_path) == ["a"]


def test_finished_run_is_refused_and_overwrite_is_named(tmp_path: Path) -> None:
    finished(tmp_path / "a")
    with pytest.raises(RunFolderRefused, match="--overwrite"):
        RunFolder.open(tmp_path / "a")


def test_overwrite_replaces_the_run_as_a_whole(tmp_path: Path) -> None:
    folder = RunFolder.open(tmp_path / "a")
    folder.write("settings.json", "first")
    folder.write("only_in_the_first.txt", "x")
    folder.publish()
    finished(tmp_path / "a", "second")
    assert names(tmp_path / "a") == ["settings.json"]
    assert (tmp_path / "a" / "settings.json").read_text() == "second"


def test_folder_that_is_no_run_is_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter.txt").write_text("years of work")
    with pytest.raises(RunFolderRefused, match="not a run of windup"):
        RunFolder.open(tmp_path / "thesis", overwrite=True)


def test_file_in_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("x")
    with pytest.raises(RunFolderRefused, match="not a run of windup"):
        RunFolder.open(tmp_path / "a", overwrite=True)


def test_empty_folder_is_used(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    assert names(finished(tmp_path / "a")) == ["settings.json"]


def test_root_of_the_disk_is_refused() -> None:
    with pytest.raises(RunFolderRefused, match="no folder for a run"):
        RunFolder.open(Path("/"))


def test_old_run_stays_whole_while_the_new_one_is_written(tmp_path: Path) -> None:
    finished(tmp_path / "a")
    folder = RunFolder.open(tmp_path / "a", overwrite=True)
    folder.write("settings.json", "second")
    assert (tmp_path / "a" / "settings.json").read_text() == "first"


def test_end_between_the_two_renames_leaves_the_old_run_to_be_restored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    finished(tmp_path / "a")
    folder = RunFolder.open(tmp_path / "a", overwrite=True)
    folder.write("settings.json", "second")
    real = os.rename
    calls = []

    def die_after_the_first(source: Path, target: Path) -> None:
        calls.append(source)
        if len(calls) > 1:
            raise KeyboardInterrupt
        real(source, target)

    monkeypatch.setattr(os, "rename", die_after_the_first)
    with pytest.raises(KeyboardInterrupt):
        folder.publish()
    monkeypatch.undo()
    assert not (tmp_path / "a").exists()
    with pytest.raises(RunFolderRefused, match="holds a run already"):
        RunFolder.open(tmp_path / "a")
    assert (tmp_path / "a" / "settings.json").read_text() == "first"


@pytest.mark.parametrize("error", [OSError(errno.EACCES, "Permission denied"), KeyboardInterrupt()])
def test_failed_rename_puts_the_old_run_back_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    finished(tmp_path / "a")
    folder = RunFolder.open(tmp_path / "a", overwrite=True)
    folder.write("settings.json", "second")
    real = os.rename

    def fail_at_the_second(source: Path, target: Path) -> None:
        if Path(source) == folder.partial:
            raise error
        real(source, target)

    monkeypatch.setattr(os, "rename", fail_at_the_second)
    with pytest.raises((DiskError, KeyboardInterrupt)):
        folder.publish()
    assert (tmp_path / "a" / "settings.json").read_text() == "first"


def test_run_that_another_process_took_the_name_of_is_kept_beside_it(tmp_path: Path) -> None:
    folder = RunFolder.open(tmp_path / "a")
    folder.write("settings.json", "slow")
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "settings.json").write_text("fast")
    with pytest.raises(RunFolderRefused, match="kept in"):
        folder.publish()
    assert (tmp_path / "a" / "settings.json").read_text() == "fast"
    assert (tmp_path / f"a.{os.getpid()}" / "settings.json").read_text() == "slow"


def test_full_disk_is_said_and_leaves_the_old_file_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    finished(tmp_path / "a")
    folder = RunFolder.open(tmp_path / "a", overwrite=True)
    folder.write("summary.json", "old")

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DiskError, match="the disk is full"):
        folder.write("summary.json", "new")
    assert (folder.partial / "summary.json").read_text() == "old"
    assert names(folder.partial) == [".lock", "summary.json"]
    assert (tmp_path / "a" / "settings.json").read_text() == "first"


def test_end_between_write_and_rename_leaves_the_old_file_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_file(tmp_path / "f", "old")

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", die)
    with pytest.raises(KeyboardInterrupt):
        write_file(tmp_path / "f", "new")
    assert (tmp_path / "f").read_text() == "old"
    assert names(tmp_path) == ["f"]


def test_folder_that_cannot_be_made_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(DiskError, match=r"Permission denied\. Check the path"):
        RunFolder.open(tmp_path / "a")


def test_resume_with_nothing_to_resume_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RunFolderRefused, match="nothing to resume"):
        RunFolder.open(tmp_path / "a", resume=True)


def test_interrupted_run_is_refused_until_resume_or_overwrite_is_given(tmp_path: Path) -> None:
    interrupted(tmp_path / "a")
    with pytest.raises(RunFolderRefused, match=r"--resume.*--overwrite"):
        RunFolder.open(tmp_path / "a")
    resumed = RunFolder.open(tmp_path / "a", resume=True)
    assert resumed.resume_from == tmp_path / "a.interrupted" / "checkpoint"


def test_interrupted_run_without_a_checkpoint_cannot_be_resumed(tmp_path: Path) -> None:
    (interrupted(tmp_path / "a") / "checkpoint").unlink()
    with pytest.raises(RunFolderRefused, match="nothing to resume"):
        RunFolder.open(tmp_path / "a", resume=True)


def test_run_that_is_interrupted_again_keeps_its_checkpoint(tmp_path: Path) -> None:
    interrupted(tmp_path / "a")
    RunFolder.open(tmp_path / "a", resume=True).keep_interrupted()
    assert (tmp_path / "a.interrupted" / "checkpoint").read_text() == "half"


def test_finished_run_holds_no_checkpoint(tmp_path: Path) -> None:
    interrupted(tmp_path / "a")
    folder = RunFolder.open(tmp_path / "a", resume=True)
    folder.write("settings.json", "whole")
    assert names(folder.publish()) == ["settings.json"]


def test_interrupted_run_is_removed_once_the_resumed_one_is_published(tmp_path: Path) -> None:
    interrupted(tmp_path / "a")
    folder = RunFolder.open(tmp_path / "a", resume=True)
    folder.write("settings.json", "whole")
    folder.publish()
    assert names(tmp_path) == ["a"]


def test_interrupted_run_leaves_a_finished_one_whole(tmp_path: Path) -> None:
    finished(tmp_path / "a")
    interrupted(tmp_path / "a")
    assert (tmp_path / "a" / "settings.json").read_text() == "first"
    assert (tmp_path / "a.interrupted" / "settings.json").read_text() == "half"


def test_resuming_beside_a_finished_run_is_refused_before_any_work(tmp_path: Path) -> None:
    finished(tmp_path / "a")
    interrupted(tmp_path / "a")
    with pytest.raises(RunFolderRefused, match="--overwrite"):
        RunFolder.open(tmp_path / "a", resume=True)
    assert RunFolder.open(tmp_path / "a", resume=True, overwrite=True).checkpoint.exists()


KILLED = """
import os, signal, sys
from pathlib import Path
from windup.fit.storage.folder import RunFolder

folder = RunFolder.open(Path(sys.argv[1]), overwrite=True)
if sys.argv[2]:
    folder.write("checkpoint", sys.argv[2])
os.kill(os.getpid(), signal.SIGKILL)
"""


def killed(out: Path, content: str) -> None:
    """A run whose process is killed after it wrote a checkpoint, or before if the content is empty."""
    ended = subprocess.run([sys.executable, "-c", KILLED, out, content], check=False)
    assert ended.returncode == -signal.SIGKILL


def test_run_that_was_killed_can_be_resumed(tmp_path: Path) -> None:
    killed(tmp_path / "a", "half")
    folder = RunFolder.open(tmp_path / "a", resume=True)
    assert folder.resume_from.read_text() == "half"


def test_run_that_was_killed_before_its_first_checkpoint_leaves_nothing(tmp_path: Path) -> None:
    killed(tmp_path / "a", "")
    finished(tmp_path / "a")
    assert names(tmp_path) == ["a"]


def test_run_that_was_killed_is_not_forgotten(tmp_path: Path) -> None:
    killed(tmp_path / "a", "half")
    with pytest.raises(RunFolderRefused, match=r"--resume.*--overwrite"):
        RunFolder.open(tmp_path / "a")


def test_analysis_beside_a_stopped_fit_is_written_and_leaves_what_it_kept(tmp_path: Path) -> None:
    """It has no option for the fit, so it neither asks for one nor removes anything."""
    killed(tmp_path / "a", "half")
    with making(tmp_path / "a", overwrite=False) as folder:
        folder.write("settings.json", "analysis")
        folder.publish()
    with making(tmp_path / "a", overwrite=True) as folder:
        folder.write("settings.json", "again")
        folder.publish()
    assert (tmp_path / "a" / "settings.json").read_text() == "again"
    assert (tmp_path / "a.interrupted" / "checkpoint").read_text() == "half"


def test_stopped_run_is_seen_by_whoever_goes_on_with_it(tmp_path: Path) -> None:
    assert not RunFolder.left_by_a_stopped_run(tmp_path / "a")
    killed(tmp_path / "a", "half")
    assert RunFolder.left_by_a_stopped_run(tmp_path / "a")


def test_run_that_is_under_way_is_left_alone(tmp_path: Path) -> None:
    folder = RunFolder.open(tmp_path / "a")
    folder.write("checkpoint", "half")
    other = "from pathlib import Path; import sys; from windup.fit.storage.folder import RunFolder as R; "
    other += "R.open(Path(sys.argv[1])).publish()"
    subprocess.run([sys.executable, "-c", other, tmp_path / "a"], check=True)
    assert (folder.partial / "checkpoint").read_text() == "half"

"""One folder per run, whole or absent: files are gathered next to it and the folder is renamed at the end."""

from __future__ import annotations

import glob
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self, final

from filelock import FileLock, Timeout

from windup.fit.errors import RunFolderRefused
from windup.fit.storage.files import disk_errors, write_file

SUMMARY = "summary.json"


def read_summary(run: Path) -> tuple[str, dict[str, Any]]:
    """Text and content of the ``summary.json`` of a run.

    Raises
    ------
    RunFolderRefused
        When the folder holds no finished run, or a summary of another version.
    """
    path = run / SUMMARY
    if not path.is_file():
        raise RunFolderRefused(
            f"{run} holds no {SUMMARY}: it is no finished run. Make one with `windup fit`."
        )
    try:
        text = path.read_text(encoding="utf-8")
        record = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise RunFolderRefused(f"{path} is no valid JSON ({error}). Run the fit again.") from error
    if not isinstance(record, dict) or "failed_checks" not in record:
        raise RunFolderRefused(
            f"{path} lacks 'failed_checks': it is no summary of windup. Run the fit again."
        )
    return text, record


POSTERIOR = "posterior.nc"


CHECKPOINT = "checkpoint"


# Last state of the sampler of a finished run: draws can be added to it.
SAMPLER_STATE = "sampler_state.npz"


SETTINGS = "settings.json"


TRIALS = "trials"


_LOCK = ".lock"


@final
class RunFolder:
    """A run in the making: its files live in ``.NAME.partial-PID`` until it is published as ``NAME``.

    Create one with `open`. An interrupted run is kept as ``NAME.interrupted``; one whose process was killed
    is known by its lock, which ends with the process.

    Parameters
    ----------
    target
        Folder that the finished run will be.
    overwrite
        Whether a finished run that stands there is replaced.
    resumable
        Whether it is of work that can be resumed.
    """

    def __init__(self, target: Path, *, overwrite: bool, resumable: bool = True) -> None:
        self.target = target
        self.overwrite = overwrite
        self.resumable = resumable
        self.partial = _beside(target, f"partial-{os.getpid()}")
        self._lock = FileLock(self.partial / _LOCK)
        self.interrupted = _interrupted(target)

    @classmethod
    def open(
        cls,
        out: Path,
        *,
        overwrite: bool = False,
        resume: bool = False,
        adding: bool = False,
        resumable: bool = True,
    ) -> Self:
        """Check that a run may be written to ``out`` and start it.

        Parameters
        ----------
        out
            Folder that the finished run will be.
        overwrite
            Replace a finished run there once the new one is complete.
        resume
            Continue the interrupted run next to it instead of starting again.
        adding
            Replace the finished run there by one with more draws, once that one is complete.
        resumable
            Whether this work can be resumed; other work leaves what a stopped fit left as it is.

        Raises
        ------
        RunFolderRefused
            When something stands there that the options do not allow to replace or continue.
        DiskError
            When the folder cannot be made.
        """
        with disk_errors(f"preparing {out}"):
            target = out.expanduser().resolve()
            if not target.name:
                raise RunFolderRefused(f"{out} is no folder for a run. Name a new one, e.g. --out runs/mine.")
            _restore(target)
            _rescue(target)
            if adding and not _is_run(target):
                raise RunFolderRefused(f"{target} holds no finished run to which draws could be added.")
            _refuse_unless_allowed(target, overwrite=overwrite, resume=resume, adding=adding)
            if resumable:
                _refuse_to_forget(target, overwrite=overwrite, resume=resume)
            folder = cls(target, overwrite=overwrite or adding, resumable=resumable)
            folder.discard()
            folder.partial.mkdir(parents=True)
            folder._lock.acquire(blocking=False)
            if resume:
                # A resumed run that is interrupted again must find it too.
                shutil.copyfile(folder.resume_from, folder.checkpoint)
        return folder

    @staticmethod
    def left_by_a_stopped_run(out: Path) -> bool:
        """Whether a run to ``out`` that was stopped or killed left a checkpoint.

        Raises
        ------
        DiskError
            When its folder cannot be read.
        """
        with disk_errors(f"preparing {out}"):
            target = out.expanduser().resolve()
            _restore(target)
            _rescue(target)
            return (_interrupted(target) / CHECKPOINT).is_file()

    @property
    def checkpoint(self) -> Path:
        """File that the sampler may save its state to."""
        return self.partial / CHECKPOINT

    @property
    def resume_from(self) -> Path:
        """Checkpoint that the interrupted run left."""
        return self.interrupted / CHECKPOINT

    def write(self, name: str, content: str | bytes) -> None:
        """Write one file of the run, in a sub-folder if the name has one."""
        path = self.partial / name
        with disk_errors(f"writing {name}"):
            path.parent.mkdir(parents=True, exist_ok=True)
            write_file(path, content)

    def publish(self) -> Path:
        """Give the finished run its name; a run that it replaces stays whole until then.

        Raises
        ------
        RunFolderRefused
            When another run took the name meanwhile; this one is kept next to it.
        """
        with disk_errors(f"finishing {self.target}"):
            self._unlock()
            if self.target.exists() and not self.overwrite and not _is_empty(self.target):
                aside = self.target.with_name(f"{self.target.name}.{os.getpid()}")
                os.rename(self.partial, aside)
                raise RunFolderRefused(
                    f"Another run was written to {self.target} meanwhile; this one is kept in {aside}."
                )
            self.checkpoint.unlink(missing_ok=True)
            _swap(self.partial, self.target)
            if self.resumable and self.interrupted.exists():
                shutil.rmtree(self.interrupted)
        return self.target

    def keep_interrupted(self) -> Path:
        """Keep what an interrupted run has, for ``--resume``; a finished run at the target stays."""
        with disk_errors(f"keeping the interrupted run next to {self.target}"):
            self._unlock()
            _swap(self.partial, self.interrupted)
        return self.interrupted

    def abandon(self, error: BaseException) -> None:
        """Keep what can be gone on from, with a note on the error that says where; else keep nothing."""
        if not self.partial.exists():
            return
        if any((self.partial / name).exists() for name in (POSTERIOR, CHECKPOINT)):
            place = self.keep_interrupted()
            error.add_note(f"What was done is kept in {place}.")
        else:
            self.discard()

    def discard(self) -> None:
        """Remove what has been gathered."""
        self._lock.release()
        shutil.rmtree(self.partial, ignore_errors=True)

    def _unlock(self) -> None:
        self._lock.release()
        (self.partial / _LOCK).unlink(missing_ok=True)


def _beside(target: Path, suffix: str) -> Path:
    return target.with_name(f".{target.name}.{suffix}")


def _interrupted(target: Path) -> Path:
    return target.with_name(f"{target.name}.interrupted")


def _is_empty(folder: Path) -> bool:
    return folder.is_dir() and not any(folder.iterdir())


def _is_run(folder: Path) -> bool:
    return folder.is_dir() and (folder / SETTINGS).is_file()


def _refuse_unless_allowed(target: Path, *, overwrite: bool, resume: bool, adding: bool) -> None:
    interrupted = _interrupted(target)
    if resume and not (interrupted / CHECKPOINT).exists():
        raise RunFolderRefused(
            f"There is nothing to resume: {interrupted} holds no {CHECKPOINT}. Leave --resume out "
            "and give --overwrite to start again."
        )
    if target.exists() and not _is_empty(target):
        if not _is_run(target):
            raise RunFolderRefused(
                f"{target} exists and is not a run of windup, so it is not touched. Choose another --out."
            )
        if not (overwrite or adding):
            raise RunFolderRefused(
                f"{target} holds a run already. Give --overwrite to replace it, or choose another --out."
            )


def _refuse_to_forget(target: Path, *, overwrite: bool, resume: bool) -> None:
    interrupted = _interrupted(target)
    if interrupted.exists() and not (overwrite or resume):
        raise RunFolderRefused(
            f"{interrupted} holds an interrupted run. Give --resume to continue it, --overwrite to start "
            "again, or choose another --out."
        )


def _swap(new: Path, target: Path) -> None:
    """Rename ``new`` to ``target``; a folder there is put aside first and removed only when done."""
    aside = _beside(target, "old")
    if target.exists():
        os.rename(target, aside)
    try:
        os.rename(new, target)
    except BaseException:
        if aside.exists():
            os.rename(aside, target)
        raise
    shutil.rmtree(aside, ignore_errors=True)


def _restore(target: Path) -> None:
    """Bring back a run that was put aside by a process that ended before its replacement had the name."""
    for place in (target, _interrupted(target)):
        aside = _beside(place, "old")
        if aside.exists():
            if place.exists():
                shutil.rmtree(aside)
            else:
                os.rename(aside, place)


def _rescue(target: Path) -> None:
    """Make the last run that was killed an interrupted one; a run that is still under way is left alone."""
    killed = [path for path in target.parent.glob(f".{glob.escape(target.name)}.partial-*") if _is_left(path)]
    resumable = [path for path in killed if (path / CHECKPOINT).exists()]
    for path in sorted(resumable, key=lambda path: (path / CHECKPOINT).stat().st_mtime):
        _swap(path, _interrupted(target))
    for path in set(killed) - set(resumable):
        shutil.rmtree(path, ignore_errors=True)


def _is_left(partial: Path) -> bool:
    """Whether the process that wrote a folder has ended."""
    lock = FileLock(partial / _LOCK)
    try:
        with lock.acquire(blocking=False):
            pass
    except Timeout:
        return False
    (partial / _LOCK).unlink(missing_ok=True)
    return True


@contextmanager
def making(out: Path, *, overwrite: bool) -> Iterator[RunFolder]:
    """A folder in the making; what goes wrong inside leaves nothing half-written.

    Raises
    ------
    RunFolderRefused, DiskError
        When the folder may not be written.
    """
    folder = RunFolder.open(out, overwrite=overwrite, resumable=False)
    try:
        yield folder
    except BaseException as error:
        folder.abandon(error)
        raise

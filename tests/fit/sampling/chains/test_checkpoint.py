"""Claims about going on: a run that was cut off gives the draws that it would have given."""

import multiprocessing
import shutil
import signal
import time
from collections.abc import Mapping
from pathlib import Path

import jax
import numpy as np
import pytest

from windup.fit.errors import DiskError, RunFolderRefused
from windup.fit.execution.progress import silent
from windup.fit.sampling.chains.checkpoint import Checkpoint, SamplerState
from windup.fit.sampling.chains.run import Programs, draw_chains
from windup.fit.sampling.chains.sample import Chains

from . import gaussian


@pytest.fixture(scope="module")
def uncut(tmp_path_factory: pytest.TempPathFactory) -> tuple[Chains, list[Path]]:
    """A run that nothing disturbs, and a copy of its checkpoint after every block."""
    folder = tmp_path_factory.mktemp("uncut")
    copies: list[Path] = []
    checkpoint = Checkpoint(folder / "checkpoint", gaussian.IDENTITY, every_seconds=0.0)
    write = checkpoint.write

    def copying(standing: SamplerState, clock: Mapping[str, float], *, drawing: bool = False) -> None:
        write(standing, clock, drawing=drawing)
        copies.append(folder / f"checkpoint-{len(copies)}")
        shutil.copyfile(folder / "checkpoint", copies[-1])

    checkpoint.write = copying
    return gaussian.run(checkpoint), copies


def resumed(path: Path) -> Chains:
    checkpoint = Checkpoint(None, gaussian.IDENTITY)
    return gaussian.run(checkpoint, checkpoint.read(path)[0])


@pytest.mark.parametrize("share", [0.0, 0.1, 0.3, 0.5, 0.7, 0.9, 1.0])
def test_run_that_goes_on_from_any_checkpoint_gives_the_same_draws(
    uncut: tuple[Chains, list[Path]], share: float
) -> None:
    chains, copies = uncut
    # The last one is of the end.
    assert len(copies) == 2 * (12 + 30) + 1
    found = resumed(copies[round(share * (len(copies) - 1))])
    np.testing.assert_array_equal(found.unconstrained, chains.unconstrained)
    for name, values in chains.statistics.items():
        np.testing.assert_array_equal(found.statistics[name], values)


@pytest.mark.parametrize("kills", [3, pytest.param(20, marks=pytest.mark.release)])
def test_run_that_is_killed_time_and_again_gives_the_same_draws(
    uncut: tuple[Chains, list[Path]], tmp_path: Path, kills: int
) -> None:
    rng = np.random.default_rng(7)
    # A server that has imported everything but not started JAX forks each process in no time.
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.fit.sampling.chains.gaussian"])
    for _ in range(kills):
        before = written(tmp_path)
        process = context.Process(target=gaussian.go_on, args=(tmp_path,))
        process.start()
        while process.is_alive() and written(tmp_path) == before:
            time.sleep(0.01)
        # At a random moment after it has gone on: every block takes a tenth of a second.
        time.sleep(rng.uniform(0.0, 0.1))
        process.kill()
        process.join()
        assert process.exitcode == -signal.SIGKILL
    last = context.Process(target=gaussian.go_on, args=(tmp_path,))
    last.start()
    last.join()
    np.testing.assert_array_equal(np.load(tmp_path / "draws.npy"), uncut[0].unconstrained)


def written(folder: Path) -> float:
    path = folder / "checkpoint"
    return path.stat().st_mtime if path.exists() else 0.0


def test_changed_setting_is_refused_and_named(uncut: tuple[Chains, list[Path]]) -> None:
    changed = Checkpoint(None, {"draws": "200"})
    with pytest.raises(RunFolderRefused, match="draws was 300 and is 200 now"):
        changed.read(uncut[1][0])


def test_run_that_is_refused_compiles_nothing(
    uncut: tuple[Chains, list[Path]], monkeypatch: pytest.MonkeyPatch
) -> None:
    programs = Programs(gaussian.target(), gaussian.SETTINGS)
    monkeypatch.setattr(Programs, "density", lambda *_: pytest.fail("it compiles"))
    with pytest.raises(RunFolderRefused, match="draws was 300"):
        draw_chains(
            jax.random.key(0),
            programs,
            (),
            starts=np.zeros((1, 2)),
            checkpoint=Checkpoint(None, {"draws": "200"}),
            resume_from=uncut[1][0],
            progress=silent,
            clock={},
        )


def test_all_changes_are_named_at_once(uncut: tuple[Chains, list[Path]]) -> None:
    changed = Checkpoint(None, {"draws": "200", "the version of jax": "9.9"})
    with pytest.raises(RunFolderRefused, match=r"draws was.*the version of jax was absent and is 9\.9 now"):
        changed.read(uncut[1][0])


def test_pickled_object_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "checkpoint"
    with path.open("wb") as file:
        np.savez(file, identity=np.array([{"a": 1}], dtype=object), clock=np.asarray("{}"))
    with pytest.raises(RunFolderRefused, match="cannot be read as a checkpoint"):
        Checkpoint(None, {}).read(path)


def test_checkpoint_that_cannot_be_written_leaves_the_earlier_one(
    uncut: tuple[Chains, list[Path]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "checkpoint"
    shutil.copyfile(uncut[1][0], path)
    checkpoint = Checkpoint(path, gaussian.IDENTITY)
    standing, clock = checkpoint.read(path)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", full)
    with pytest.raises(DiskError, match="the disk is full"):
        checkpoint.write(standing._replace(phase=9), clock)
    assert checkpoint.read(path)[0].phase == standing.phase

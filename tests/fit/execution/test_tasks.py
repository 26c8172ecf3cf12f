"""Claims about work on a cluster: nothing is lost, nothing is done twice, and the numbers are the same."""

import os
import signal
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from windup.fit.errors import WorkersLost
from windup.fit.execution.progress import silent
from windup.fit.execution.tasks import ONE_PROCESS, THIS_MACHINE, checkpoint_of, run_tasks

type Result = dict[str, np.ndarray]

SIZES = {f"task_{number}": number for number in range(4)}


def spectrum(offset: int, size: int) -> dict[str, np.ndarray]:
    """Eigenvalues of a random matrix, by this process."""
    matrix = np.random.default_rng(size + offset).normal(size=(20, 20))
    return {"values": np.linalg.eigvalsh(matrix @ matrix.T), "process": np.array(os.getpid())}


def killed_once(_: int, place: str) -> dict[str, np.ndarray]:
    """Kills its own process the first time."""
    mark = Path(place)
    if not mark.exists():
        mark.write_text("killed")
        os.kill(os.getpid(), signal.SIGKILL)
    return {"values": np.ones(3)}


def always_killed(_: int, __: str) -> dict[str, np.ndarray]:
    os.kill(os.getpid(), signal.SIGKILL)
    return {}


def run(
    work: Callable[[int, Any], Result], tasks: Mapping[str, Any], store: Path, scheduler: str = THIS_MACHINE
) -> dict[str, Result]:
    found: dict[str, Result] = run_tasks(
        work, 7, tasks, store=store, scheduler=scheduler, phase="tasks", progress=silent, least=2
    )
    return found


def test_cluster_gives_the_same_numbers_as_one_process(tmp_path: Path) -> None:
    alone = run(spectrum, SIZES, tmp_path / "alone", ONE_PROCESS)
    shared = run(spectrum, SIZES, tmp_path / "shared")
    assert list(alone) == list(shared) == list(SIZES)
    for name in SIZES:
        np.testing.assert_array_equal(alone[name]["values"], shared[name]["values"])
    assert {int(found["process"]) for found in alone.values()} == {os.getpid()}
    assert os.getpid() not in {int(found["process"]) for found in shared.values()}


def test_worker_that_is_killed_loses_nothing(tmp_path: Path) -> None:
    found = run(killed_once, {"a": str(tmp_path / "a"), "b": str(tmp_path / "b")}, tmp_path / "store")
    assert (tmp_path / "a").exists()
    for each in found.values():
        np.testing.assert_array_equal(each["values"], np.ones(3))


def test_work_that_always_kills_its_worker_ends_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(WorkersLost, match="too little memory"):
        run(always_killed, {"a": "x"}, tmp_path / "store")


def test_finished_tasks_are_not_done_again(tmp_path: Path) -> None:
    first = run(spectrum, {"task_1": 1}, tmp_path, ONE_PROCESS)
    kept = np.load(tmp_path / "task_1.npz")["process"]
    (tmp_path / "task_1.npz").touch()
    again = run(always_killed, {"task_1": "never run"}, tmp_path, ONE_PROCESS)
    assert int(again["task_1"]["process"]) == int(first["task_1"]["process"]) == int(kept)


def test_scheduler_that_does_not_answer_is_an_error_with_a_remedy(tmp_path: Path) -> None:
    with pytest.raises(WorkersLost, match="dask scheduler"):
        run(spectrum, SIZES, tmp_path, "tcp://127.0.0.1:9")


def test_files_of_other_tasks_are_left_and_counted(tmp_path: Path) -> None:
    notes: list[str] = []
    (tmp_path / "task_0.5_of_others.npz").touch()
    checkpoint_of(tmp_path, "task_1").touch()
    (tmp_path / "task_9.checkpoint").touch()
    run_tasks(
        spectrum,
        7,
        {"task_1": 1},
        store=tmp_path,
        scheduler=ONE_PROCESS,
        phase="tasks",
        progress=lambda phase, done, total, note="": notes.append(note),
    )
    assert notes[0].startswith("2 kept files are of other settings")
    # Its own is of no use once its result is there.
    assert {path.name for path in tmp_path.iterdir()} == {
        "task_0.5_of_others.npz",
        "task_1.npz",
        "task_9.checkpoint",
    }

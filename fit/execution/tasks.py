"""Independent pieces of work on a cluster: results are kept as they come, and a lost worker loses none."""

from __future__ import annotations

import hashlib
import io
import os
import threading
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self, final

import numpy as np

from windup.fit.errors import WorkersLost
from windup.fit.execution.identity import own_files, versions
from windup.fit.execution.progress import Progress
from windup.fit.storage.files import disk_errors, write_file


@final
@dataclass(frozen=True, eq=False)
class Shared[T]:
    """Something that a worker is given once; two with the same digest are the same.

    A function of it with `windup.fit.execution.once.once` therefore compiles once per process, although
    every task brings a copy of its own.

    Attributes
    ----------
    content
        The thing itself.
    digest
        Of all that decides what is made of it.
    """

    content: T
    digest: str

    @classmethod
    def of(cls, content: T, *about: Any) -> Self:
        """Something, known by what ``about`` says of it, versions of packages and windup's own files."""
        known_by = about, versions(), own_files()
        return cls(content, hashlib.sha256(repr(known_by).encode()).hexdigest()[:12])

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Shared) and self.digest == other.digest

    def __hash__(self) -> int:
        return hash(self.digest)


type TaskOutput = dict[str, np.ndarray]


type Work[Shared, Task] = Callable[[Shared, Task], TaskOutput]


type Keep = Callable[[str, TaskOutput], None]


# A piece of work that takes its worker down so often is at fault itself.
_TRIES = 3


# Threads that a fit uses: one per chain.
_CORES_EACH = 4


# What Dask says when an environment lacks a module.
_NOT_UNDERSTOOD = "deserialization of the task graph"


ONE_PROCESS, THIS_MACHINE = "none", "local"


def workers_here() -> int:
    """Processes that this machine has cores for, each of which fits with a thread per chain."""
    return max(1, (os.cpu_count() or 1) // _CORES_EACH)


def do_tasks[Shared, Task](
    work: Work[Shared, Task],
    shared: Shared,
    tasks: Mapping[str, Task],
    *,
    scheduler: str,
    keep: Keep,
    least: int = 1,
    threads: int = 1,
) -> None:
    """Do all tasks; ``keep`` is told of each result, in this thread, in the order in which they come.

    Parameters
    ----------
    work
        A function of a module, so that workers can import it, of what is shared and of a task.
    shared
        What all tasks need; a worker is sent it once.
    tasks
        By name.
    scheduler
        Address of a Dask scheduler, ``"local"`` for a cluster on this machine, ``"none"`` for this process
        alone. The results are the same.
    keep
        Called with the name and the result.
    least
        Fewest processes of a cluster on this machine.
    threads
        How many of them run at once in this process.

    Raises
    ------
    WorkersLost
        When a task took its worker down three times (most often for want of memory), or no scheduler answers.
    """
    if scheduler != ONE_PROCESS:
        _on_cluster(work, shared, tasks, scheduler, keep, least)
    elif threads == 1:
        for name, task in tasks.items():
            keep(name, work(shared, task))
    else:
        with ThreadPoolExecutor(threads) as pool:
            futures = {pool.submit(work, shared, task): name for name, task in tasks.items()}
            for future in as_completed(futures):
                keep(futures[future], future.result())


def run_tasks[Shared, Task](
    work: Work[Shared, Task],
    shared: Shared,
    tasks: Mapping[str, Task],
    *,
    store: Path,
    scheduler: str,
    phase: str,
    progress: Progress,
    least: int = 1,
    threads: int = 1,
) -> dict[str, TaskOutput]:
    """Results of all tasks by name; those in the store are not computed again.

    Parameters
    ----------
    work, shared, scheduler, least, threads
        As for `do_tasks`.
    tasks
        By name; a name stands for its task and what is shared, also in a later process.
    store
        Folder that keeps each result (an ``npz`` file) as soon as it is known.
    phase, progress
        Progress, in tasks.

    Raises
    ------
    WorkersLost, DiskError
        As `do_tasks`; when a result cannot be kept.
    """
    with disk_errors(f"preparing {store}"):
        store.mkdir(parents=True, exist_ok=True)
    results = {name: _read(store, name) for name in tasks if _file(store, name).exists()}
    left = {name: task for name, task in tasks.items() if name not in results}
    progress(phase, len(results), len(tasks), _unused(store, tasks))

    def keep(name: str, result: TaskOutput) -> None:
        _write(store, name, result)
        checkpoint_of(store, name).unlink(missing_ok=True)
        results[name] = result
        progress(phase, len(results), len(tasks), name)

    if left:
        do_tasks(work, shared, left, scheduler=scheduler, keep=keep, least=least, threads=threads)
    return {name: results[name] for name in tasks}


def checkpoint_of(store: Path, name: str) -> Path:
    """File in which a task may keep how far it has come; it is removed with the task's result in the store.

    Parameters
    ----------
    store, name
        As for `run_tasks`.
    """
    return store / f"{name}.checkpoint"


def here(checkpoint: Path | None) -> Path | None:
    """The same file where its folder is there; None on a worker that does not share the disk."""
    return checkpoint if checkpoint is not None and checkpoint.parent.is_dir() else None


def _unused(store: Path, tasks: Collection[str]) -> str:
    """How many files in a store are of other tasks, in words."""
    kept = (*store.glob("*.npz"), *store.glob("*.checkpoint"))
    others = [path for path in kept if path.name.rpartition(".")[0] not in tasks]
    if not others:
        return ""
    return f"{len(others)} kept files are of other settings, data or versions and are not used"


def _on_cluster[Shared, Task](
    work: Work[Shared, Task],
    shared: Shared,
    tasks: Mapping[str, Task],
    scheduler: str,
    keep: Keep,
    least: int,
) -> None:
    # A second to import, for those who have a cluster.
    import dask
    import distributed as untyped

    distributed: Any = untyped

    with dask.config.set({"distributed.scheduler.allowed-failures": _TRIES - 1}):
        try:
            # One task at a time in each: it uses all the threads it can.
            own = (
                distributed.LocalCluster(
                    n_workers=min(len(tasks), max(least, workers_here())),
                    threads_per_worker=1,
                    # Dask serves a page in any case: at any free port, to this machine alone.
                    dashboard_address="127.0.0.1:0",
                )
                if scheduler == THIS_MACHINE
                else None
            )
            client = distributed.Client(own or scheduler, timeout="30s")
        except (OSError, ValueError) as error:
            raise WorkersLost(
                f"No Dask scheduler answers at {scheduler} ({error}). Start one with `dask scheduler`, or "
                f"give '{THIS_MACHINE}' for this machine alone."
            ) from error
        with client:
            # A task of its own, not scattered data: what a lost worker held is made again.
            common = client.submit(_same, shared, key=f"shared-{id(shared)}", pure=False)
            futures = {
                client.submit(_alone, work, common, task, key=f"{work.__name__}-{name}", pure=False): name
                for name, task in tasks.items()
            }
            try:
                for future in distributed.as_completed(futures):
                    keep(futures[future], future.result())
            except RuntimeError as error:
                if _NOT_UNDERSTOOD not in str(error):
                    raise
                raise WorkersLost(
                    f"The scheduler at {scheduler} cannot read the work. It and all of its workers need the "
                    "same Python packages as this process, windup among them."
                ) from error
            except distributed.KilledWorker as error:
                raise WorkersLost(
                    f"A worker was lost {_TRIES} times over the same piece of work ({error}); most often it "
                    "had too little memory. What was finished is kept: run again with more of it."
                ) from error
            finally:
                client.cancel([*futures, common])
                if own is not None:
                    own.close()


def _same[T](thing: T) -> T:
    return thing


# Of a worker's process.
_ONE_TASK = threading.Lock()


def _alone[Shared, Task](work: Work[Shared, Task], shared: Shared, task: Task) -> TaskOutput:
    """The work, one piece at a time also where a worker has several threads.

    A piece uses all the threads it can, and numpyro's handlers are one stack for all threads.
    """
    with _ONE_TASK:
        return work(shared, task)


def _file(store: Path, name: str) -> Path:
    return store / f"{name}.npz"


def _read(store: Path, name: str) -> TaskOutput:
    with np.load(_file(store, name), allow_pickle=False) as arrays:
        return {key: arrays[key] for key in arrays.files}


def _write(store: Path, name: str, result: TaskOutput) -> None:
    stream = io.BytesIO()
    np.savez_compressed(stream, allow_pickle=False, **result)
    with disk_errors(f"keeping {name}"):
        write_file(_file(store, name), stream.getvalue())

"""Independent pieces of work on a cluster: results are kept as they come, and a lost worker loses none."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ._errors import WorkersLost
from ._progress import Report
from ._run_folder import disk_errors, write_file

type Result = dict[str, np.ndarray]

# A piece of work that takes its worker down so often is at fault itself.
_TRIES = 3
ONE_PROCESS = "none"


def run_tasks[Task](
    work: Callable[[Task], Result],
    tasks: Mapping[str, Task],
    *,
    store: Path,
    scheduler: str | None,
    phase: str,
    report: Report,
) -> dict[str, Result]:
    """Results of all tasks by name; those in the store are not computed again.

    Parameters
    ----------
    work
        A function of a module, so that workers can import it.
    tasks
        By name; a name stands for its task, also in a later process.
    store
        Folder that keeps each result (an ``npz`` file) as soon as it is known.
    scheduler
        Address of a Dask scheduler, None for a cluster on this machine, ``"none"`` for this process alone.
        The results are the same.
    phase, report
        Progress, in tasks.

    Raises
    ------
    WorkersLost
        When a task took its worker down three times (most often for want of memory), or no scheduler answers.
    """
    with disk_errors(f"preparing {store}"):
        store.mkdir(parents=True, exist_ok=True)
    found = {name: _read(store, name) for name in tasks if _file(store, name).exists()}
    left = {name: task for name, task in tasks.items() if name not in found}
    report(phase, len(found), len(tasks))

    def keep(name: str, result: Result) -> None:
        _write(store, name, result)
        found[name] = result
        report(phase, len(found), len(tasks), name)

    if not left:
        pass
    elif scheduler == ONE_PROCESS:
        for name, task in left.items():
            keep(name, work(task))
    else:
        _on_cluster(work, left, scheduler, keep)
    return {name: found[name] for name in tasks}


def _on_cluster[Task](
    work: Callable[[Task], Result],
    tasks: Mapping[str, Task],
    scheduler: str | None,
    keep: Callable[[str, Result], None],
) -> None:
    # A second to import, for those who have a cluster.
    import dask
    import distributed as untyped

    distributed: Any = untyped

    with dask.config.set({"distributed.scheduler.allowed-failures": _TRIES - 1}):
        try:
            # One task at a time in each: it uses all the threads it can.
            own = (
                None
                if scheduler
                else distributed.LocalCluster(
                    n_workers=min(len(tasks), _WORKERS), threads_per_worker=1, dashboard_address=None
                )
            )
            client = distributed.Client(own or scheduler, timeout="30s")
        except OSError as error:
            raise WorkersLost(
                f"No Dask scheduler answers at {scheduler} ({error}). Start one with `dask scheduler`, or "
                "leave --scheduler out for this machine alone."
            ) from error
        with client:
            futures = {
                client.submit(work, task, key=f"{work.__name__}-{name}", pure=False): name
                for name, task in tasks.items()
            }
            try:
                for future in distributed.as_completed(futures):
                    keep(futures[future], future.result())
            except distributed.KilledWorker as error:
                raise WorkersLost(
                    f"A worker was lost {_TRIES} times over the same piece of work ({error}); most often it "
                    "had too little memory. What was finished is kept: run again with more of it."
                ) from error
            finally:
                client.cancel(list(futures))
                if own is not None:
                    own.close()


# On this machine: each fit runs a thread per core already, so that more would only take memory.
_WORKERS = 2


def _file(store: Path, name: str) -> Path:
    return store / f"{name}.npz"


def _read(store: Path, name: str) -> Result:
    with np.load(_file(store, name), allow_pickle=False) as kept:
        return {key: kept[key] for key in kept.files}


def _write(store: Path, name: str, result: Result) -> None:
    stream = io.BytesIO()
    np.savez_compressed(stream, allow_pickle=False, **result)
    with disk_errors(f"keeping {name}"):
        write_file(_file(store, name), stream.getvalue())

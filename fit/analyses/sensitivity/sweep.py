"""Responses at many points of a design: on the threads of this process, or on a cluster."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float

from windup.fit.analyses.sensitivity.responses import responses_of
from windup.fit.execution.batches import Batches, compile_batches
from windup.fit.execution.once import once
from windup.fit.execution.process import prepare_process, quiet_linear_algebra
from windup.fit.execution.progress import Progress
from windup.fit.execution.tasks import ONE_PROCESS, Shared, TaskOutput, do_tasks
from windup.fit.problem.margins import Margins
from windup.models import PainModel

# Points that a worker is sent at once: some seconds of work.
_PART = 4096


class _Swept(NamedTuple):
    model: PainModel[Any, Any]
    margins: Margins


def sweep(
    model: PainModel[Any, Any],
    margins: Margins,
    points: Float[np.ndarray, "points parameters"],
    *,
    scheduler: str | None,
    progress: Progress,
) -> Float[np.ndarray, "points responses"]:
    """Responses of a packaged model at points of its parameters.

    Parameters
    ----------
    model
        A packaged one.
    margins
        Say which column is which parameter.
    points
        One row of parameters per solve.
    scheduler
        Address of a Dask scheduler, ``"local"`` for a cluster on this machine, None or ``"none"`` for this
        process with a thread per core.
    progress
        Called with the number of points that are done.
    """
    shared = Shared.of(
        _Swept(model, margins), model.name, model.pharmacology, margins.names, sorted(margins.fixed.items())
    )
    if scheduler in (None, ONE_PROCESS):
        progress("compile", 0, 0)
        return _program(shared)(points, progress=progress)
    by_begin: dict[int, np.ndarray] = {}
    tasks = {str(begin): points[begin : begin + _PART] for begin in range(0, len(points), _PART)}

    def keep(name: str, result: TaskOutput) -> None:
        by_begin[int(name)] = result["responses"]
        progress("solve", sum(map(len, by_begin.values())), len(points))

    do_tasks(_part, shared, tasks, scheduler=str(scheduler), keep=keep)
    return np.concatenate([by_begin[begin] for begin in sorted(by_begin)])


def _part(shared: Shared[_Swept], points: np.ndarray) -> TaskOutput:
    with quiet_linear_algebra():
        return {"responses": _program(shared)(points)}


@once
def _program(shared: Shared[_Swept]) -> Batches:
    prepare_process()
    margins = shared.content.margins
    responses = responses_of(shared.content.model)
    return compile_batches(lambda row: responses.of(margins.values(row)), len(margins.names))

"""Claims about several threads: what they share is made once, and pieces of a worker do not overlap."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import distributed as untyped
import numpy as np

from windup.fit.execution.once import once
from windup.fit.execution.tasks import Shared, TaskOutput, do_tasks

distributed: Any = untyped
AT_WORK: list[str] = []


def test_what_threads_need_at_the_same_time_is_made_once() -> None:
    made, start = [], threading.Barrier(8)

    @once
    def squared(number: int) -> int:
        made.append(number)
        time.sleep(0.05)
        return number**2

    def ask(_: int) -> int:
        start.wait()
        return squared(7)

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(ask, range(8))) == [49] * 8
    assert made == [7]


def test_two_things_are_not_made_at_the_same_time_and_one_may_need_another() -> None:
    at_work, most, start = [], [], threading.Barrier(4)

    def slow(name: str) -> str:
        at_work.append(name)
        most.append(len(at_work))
        time.sleep(0.05)
        at_work.remove(name)
        return name

    first = once(slow)
    others = [once(lambda name, number=number: f"{first(name)} {number}") for number in range(4)]

    def ask(number: int) -> str:
        start.wait()
        return others[number](f"for {number}")

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(ask, range(4))) == [f"for {number} {number}" for number in range(4)]
    assert max(most) == 1


def count_those_at_work(shared: Shared[None], task: str) -> TaskOutput:
    AT_WORK.append(task)
    seen = len(AT_WORK)
    time.sleep(0.1)
    AT_WORK.remove(task)
    return {"seen": np.array(seen)}


def test_worker_with_several_threads_does_one_piece_at_a_time() -> None:
    tasks = {str(number): str(number) for number in range(6)}
    seen: dict[str, int] = {}
    with distributed.LocalCluster(
        n_workers=1, threads_per_worker=3, processes=False, dashboard_address="127.0.0.1:0"
    ) as cluster:
        do_tasks(
            count_those_at_work,
            Shared.of(None, "nothing"),
            tasks,
            scheduler=cluster.scheduler_address,
            keep=lambda name, result: seen.update({name: int(result["seen"])}),
        )
    assert seen == dict.fromkeys(tasks, 1)

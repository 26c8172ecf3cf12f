"""Everything that `windup doctor` looks at, one after the other."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from windup.fit.cli.doctor.check import Check
from windup.fit.cli.doctor.software import dependencies, packaged_tables, python, windup


def checks(folder: Path) -> Iterator[Check]:
    """Each check, as soon as its result is there.

    Parameters
    ----------
    folder
        Where runs are to be written.
    """
    yield python()
    yield windup()
    wrong = False
    for check in dependencies():
        wrong = wrong or check.status == "error"
        yield check
    yield packaged_tables()
    if wrong:
        # What follows imports them.
        return
    from windup.fit.cli.doctor.machine import cache, cores, devices, disk, memory, solver

    for check in devices():
        wrong = wrong or check.status == "error"
        yield check
    yield cores()
    yield memory()
    yield disk(folder)
    yield cache()
    if not wrong:
        yield solver()

"""Everything that `windup doctor` looks at, one after the other."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from windup.fit.cli.doctor.check import Check
from windup.fit.cli.doctor.software import dependencies, packaged_tables, python, windup


def findings(folder: Path) -> Iterator[Check]:
    """What is well and what is not, each as soon as it is known.

    Parameters
    ----------
    folder
        Where runs are to be written.
    """
    yield python()
    yield windup()
    wrong = False
    for finding in dependencies():
        wrong = wrong or finding.status == "fault"
        yield finding
    yield packaged_tables()
    if wrong:
        # What follows imports them.
        return
    from windup.fit.cli.doctor.machine import cache, cores, devices, disk, memory, solver

    for finding in devices():
        wrong = wrong or finding.status == "fault"
        yield finding
    yield cores()
    yield memory()
    yield disk(folder)
    yield cache()
    if not wrong:
        yield solver()

"""Python, windup and what it depends on: versions, ranges, and whether its files are intact."""

from __future__ import annotations

import base64
import hashlib
import platform
import sys
from collections.abc import Iterator
from importlib import metadata, resources
from pathlib import Path

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from windup.datasets import DataFaults, RegimenFaults, check_counts, load_regimens, load_trials
from windup.fit.cli.doctor.check import Check

_SHOWN = ("jax", "jaxlib", "numpyro", "diffrax", "arviz", "numpy", "scipy")


def python() -> Check:
    """The version of Python, and whether windup supports it."""
    wanted = str(metadata.metadata("windup").get("Requires-Python", ">=3.12"))
    here = platform.python_version()
    found = f"{here} in {sys.prefix}; windup needs {wanted}."
    if SpecifierSet(wanted).contains(here, prereleases=True):
        return Check("Python", "ok", found, details={"version": here, "prefix": sys.prefix})
    remedy = f"Install windup with Python {wanted}."
    return Check("Python", "error", found, remedy, {"version": here, "prefix": sys.prefix})


def windup() -> Check:
    """The version of windup, where it lies, and whether its files are those that were installed."""
    here = metadata.distribution("windup")
    place = Path(str(resources.files("windup.fit"))).parent
    details = {"version": here.version, "place": str(place)}
    changed = list(_changed(here))
    if changed:
        more = f" and {len(changed) - 3} more" if changed[3:] else ""
        found = f"Not as installed: {', '.join(changed[:3])}{more}."
        remedy = "Install it again: pip install --force-reinstall --no-deps windup"
        return Check("windup", "error", found, remedy, {**details, "changed": changed})
    return Check("windup", "ok", f"{here.version} in {place}.", details=details)


def _changed(installed: metadata.Distribution) -> Iterator[str]:
    for file in installed.files or ():
        # What an installer writes itself, such as its scripts, may go with another hash, or with none.
        if file.hash is None or file.parts[0] != "windup":
            continue
        path = Path(str(file.locate()))
        digest = hashlib.new(file.hash.mode, path.read_bytes()).digest() if path.is_file() else b""
        if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != file.hash.value:
            yield str(file)


def dependencies() -> Iterator[Check]:
    """Every dependency with its version; those that are missing or too old, one by one."""
    versions: dict[str, str | None] = {}
    wrong: list[Check] = []
    for line in metadata.requires("windup") or ():
        requirement = Requirement(line)
        if requirement.marker is not None and not requirement.marker.evaluate({"extra": ""}):
            continue
        try:
            version: str | None = metadata.version(requirement.name)
        except metadata.PackageNotFoundError:
            version = None
        versions[requirement.name] = version
        if version is None or not requirement.specifier.contains(version, prereleases=True):
            found = (
                f"{version or 'None'} is installed; windup needs {requirement.name}{requirement.specifier}."
            )
            remedy = f'Run pip install "{requirement.name}{requirement.specifier}"'
            wrong.append(Check(requirement.name, "error", found, remedy))
    if not wrong:
        shown = ", ".join(f"{name} {versions[name]}" for name in _SHOWN if name in versions)
        found = f"All {len(versions)} are in their ranges: {shown} and others."
        yield Check("dependencies", "ok", found, details=versions)
    yield from wrong


def packaged_tables() -> Check:
    """Whether the trials and regimens that come with windup load without an error."""
    try:
        counts = check_counts(load_trials())
        regimens = len(load_regimens())
    except (DataFaults, RegimenFaults) as error:
        remedy = "Install it again: pip install --force-reinstall --no-deps windup"
        return Check("packaged tables", "error", str(error).splitlines()[1], remedy)
    found = (
        f"{counts['studies']} studies, {counts['observations']} observations, of which a fit uses "
        f"{counts['used']}; {regimens} regimens."
    )
    details = {"studies": counts["studies"], "observations": counts["observations"], "used": counts["used"]}
    return Check("packaged tables", "ok", found, details={**details, "regimens": regimens})

"""The machine: devices, precision, cores, memory, disk, the cache of programs, and a self-test."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import jax
import jax.numpy as jnp
import psutil

from windup.fit.cli.doctor.check import Check
from windup.fit.cli.doctor.self_test import PAIN_TOLERANCE, self_test
from windup.fit.execution.process import prepare_process

_GIGABYTE = 1e9
# A full fit held 2.1 GB with two chains at a time; the packaged run and its programs take 0.12 GB.
_MEMORY_GB, _DISK_GB = 4.0, 1.0
SELF_TEST_SECONDS = 10.0
_NO_CACHE = "Every fit will compile for a minute or more. Set JAX_COMPILATION_CACHE_DIR to a folder of yours."


def devices() -> Iterator[Check]:
    """The device that JAX uses, and whether a GPU is unused."""
    prepare_process()
    try:
        found = jax.devices()
    except RuntimeError as error:
        chosen = os.environ.get("JAX_PLATFORMS", "")
        what = f"JAX finds no device{f' of JAX_PLATFORMS={chosen}' if chosen else ''}: {error}."
        yield Check("devices", "error", what, "Set JAX_PLATFORMS=cpu, or repair the driver of the GPU.")
        return
    platform, kinds = found[0].platform, Counter(device.device_kind for device in found)
    details = {"platform": platform, "count": len(found), "kinds": dict(kinds)}
    if platform == "cpu" and _has_nvidia_gpu() and os.environ.get("JAX_PLATFORMS") != "cpu":
        what = "This machine has an NVIDIA GPU, but this JAX cannot use it; fits run on the CPU."
        remedy = 'Run pip install "windup[gpu]", or set JAX_PLATFORMS=cpu to stay on the CPU.'
        yield Check("devices", "warning", what, remedy, details)
    else:
        named = ", ".join(f"{count} × {kind}" for kind, count in kinds.items())
        yield Check("devices", "ok", f"JAX computes on {named} ({platform}).", details=details)
    if jnp.zeros(1).dtype == jnp.float64:
        yield Check("precision", "ok", "Double precision.", details={"x64": True})
    else:
        what = "This device computes in single precision only."
        yield Check("precision", "error", what, "Set JAX_PLATFORMS=cpu.", {"x64": False})


def _has_nvidia_gpu() -> bool:
    # The driver makes these; the tool alone may be there without a card.
    return Path("/proc/driver/nvidia/version").exists() and any(Path("/dev").glob("nvidia[0-9]*"))


def cores() -> Check:
    """Cores that this process may use, and how busy they are."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1)
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    found = f"{usable} usable; load {load:.1f} in the last minute."
    details = {"usable": usable, "load": load}
    if load > 1.5 * usable:
        remedy = "Wait for other work to end: a fit takes a core per chain."
        return Check("cores", "warning", found, remedy, details)
    return Check("cores", "ok", found, details=details)


def memory() -> Check:
    """Memory that is free."""
    state = psutil.virtual_memory()
    found = f"{state.available / _GIGABYTE:.1f} GB free of {state.total / _GIGABYTE:.1f} GB."
    details = {"free_bytes": state.available, "total_bytes": state.total}
    if state.available < _MEMORY_GB * _GIGABYTE:
        remedy = f"A full fit may need {_MEMORY_GB:.0f} GB: close other programs."
        return Check("memory", "warning", found, remedy, details)
    return Check("memory", "ok", found, details=details)


def disk(folder: Path) -> Check:
    """Space where runs are written."""
    free = shutil.disk_usage(folder).free
    found = f"{free / _GIGABYTE:.1f} GB free in {folder}."
    if free < _DISK_GB * _GIGABYTE:
        remedy = f"A run and its programs take up to {_DISK_GB:.0f} GB: free some, or give another --out."
        return Check("disk", "warning", found, remedy, {"free_bytes": free})
    return Check("disk", "ok", found, details={"free_bytes": free})


def cache() -> Check:
    """Folder of compiled programs: its size, and whether programs can be kept there."""
    prepare_process()
    if jax.config.jax_compilation_cache_dir is None:
        found = "Compiled programs are not stored: this user has no home folder."
        return Check("cache", "warning", found, _NO_CACHE, {"folder": None, "writable": False})
    place = Path(str(jax.config.jax_compilation_cache_dir))
    files = [path for path in place.rglob("*") if path.is_file()] if place.is_dir() else []
    size = sum(path.stat().st_size for path in files)
    details = {"folder": str(place), "files": len(files), "bytes": size}
    try:
        place.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=place):
            pass
    except OSError as error:
        found = f"Compiled programs cannot be stored in {place} ({error.strerror})."
        return Check("cache", "warning", found, _NO_CACHE, {**details, "writable": False})
    found = f"{len(files)} compiled programs, {size / _GIGABYTE:.2f} GB, in {place}."
    if not files:
        found = f"Empty, in {place}: the first fit of each model compiles for a minute or more."
    return Check("cache", "ok", found, details={**details, "writable": True})


def solver() -> Check:
    """Whether a problem of known solution is solved and differentiated correctly."""
    try:
        result = self_test()
    # Whatever a broken installation raises is what was looked for.
    except Exception as error:
        found = f"It ended with {type(error).__name__}: {error}."
        return Check("self-test", "error", found, "Reinstall jax and jaxlib: run `make venv`.")
    worst = max(result.error, result.gradient_error)
    details = {
        "error": result.error,
        "gradient_error": result.gradient_error,
        "tolerance": PAIN_TOLERANCE,
        "seconds": result.seconds,
    }
    found = f"A solve and its gradient are off by {worst:.0e} at most, in {result.seconds:.1f} s."
    if not result.passed:
        remedy = f"More than {PAIN_TOLERANCE:.0e} is wrong. Reinstall jax and jaxlib: run `make venv`."
        return Check("self-test", "error", found, remedy, details)
    if result.seconds > SELF_TEST_SECONDS:
        remedy = "This machine is slow or busy, and a fit will take long."
        return Check("self-test", "warning", found, remedy, details)
    return Check("self-test", "ok", found, details=details)

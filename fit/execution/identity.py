"""What code stands behind modules at this moment, files on disk and names in memory, as one digest."""

from __future__ import annotations

import functools
import hashlib
import importlib
import importlib.metadata
import platform
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

# Those whose numbers reach the draws.
_VERSIONED = ("windup", "jax", "jaxlib", "numpyro", "numpy", "scipy")


def versions() -> dict[str, str]:
    """Versions of everything whose numbers reach the draws."""
    packages = {f"the version of {name}": importlib.metadata.version(name) for name in _VERSIONED}
    return packages | {"the version of Python": platform.python_version()}


_PACKAGES = "windup.models", "windup.fit"


_KINDS = ".py", ".csv"


def loaded_code(*modules: str) -> str:
    """SHA-256 of windup's files, and of every name that modules and those they take from have at this moment.

    The second part sees a constant or a function that was replaced in memory, as tests and notebooks do.
    """
    digest = hashlib.sha256(own_files().encode())
    todo, seen = list(modules), set[str]()
    while todo:
        name = todo.pop()
        if name in seen or name not in sys.modules:
            continue
        seen.add(name)
        for line, owner in _names(sys.modules[name]):
            digest.update(f"{name} {line}\n".encode())
            todo += [owner] if owner.startswith(_PACKAGES) else []
    return digest.hexdigest()


@functools.cache
def own_files() -> str:
    """SHA-256 of windup's programs and tables of parameters, once per process."""
    digest = hashlib.sha256()
    for package in _PACKAGES:
        folder = Path(str(importlib.import_module(package).__file__)).parent
        for path in sorted(folder.rglob("*")):
            if path.suffix in _KINDS:
                digest.update(f"{package} {path.relative_to(folder)} ".encode() + path.read_bytes())
    return digest.hexdigest()


def _names(module: ModuleType) -> Iterator[tuple[str, str]]:
    """Names of a module with what they stand for, and the module that this comes from, or ``''``."""
    for name, value in sorted(vars(module).items()):
        if name.startswith("__"):
            continue
        if isinstance(value, type):
            own = sorted(f"{key}={_defined(each)}" for key, each in vars(value).items())
            yield f"{name} {_defined(value)} {own}", value.__module__
        elif _defined(value):
            yield f"{name} {_defined(value)}", value.__module__
        elif (shown := _constant(value)) is not None:
            yield f"{name} {shown}", ""


def _defined(value: Any) -> str:
    """Where a function or a class was defined; ``''`` for anything else."""
    where, called = getattr(value, "__module__", None), getattr(value, "__qualname__", None)
    return f"{where}.{called}" if isinstance(where, str) and isinstance(called, str) else ""


def _constant(value: Any) -> str | None:
    """A number, a word, an array, or a tuple of such; None for what has no lasting description."""
    match value:
        case None | bool() | int() | float() | str():
            return repr(value)
        case np.ndarray() | np.generic():
            return f"{value.dtype} {value.shape} {np.asarray(value).tobytes().hex()}"
        case tuple():
            parts = [_constant(each) for each in value]
            return None if None in parts else repr(parts)
        case _:
            return None

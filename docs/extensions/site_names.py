"""Public names of windup: what each package passes on, and the private module that defines it."""

import ast
import importlib
import inspect
from collections.abc import Iterator
from pathlib import Path
from types import FunctionType, ModuleType

from sphinx.pycode import ModuleAnalyzer

PACKAGES = ("windup.models", "windup.fit", "windup.datasets")


def public_names(package: str) -> dict[str, str]:
    """Each public name of a package with the module that defines it."""
    face = importlib.import_module(package)
    assert face.__file__ is not None
    return {
        alias.name: f"{package}.{node.module}"
        for node in ast.walk(ast.parse(Path(face.__file__).read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and node.level == 1
        for alias in node.names
        if alias.name in face.__all__
    }


def defined_in(module: ModuleType) -> Iterator[tuple[str, type | FunctionType]]:
    """Classes and functions that a module defines itself, in the order of its lines."""
    for name, value in vars(module).items():
        if (inspect.isclass(value) or inspect.isfunction(value)) and value.__module__ == module.__name__:
            yield name, value


def documentation_of(package: str, name: str) -> str | None:
    """Docstring below the line that sets a name; Python itself does not keep it."""
    found = ModuleAnalyzer.for_module(public_names(package)[name]).find_attr_docs()
    lines = found.get(("", name))
    return " ".join(lines).strip() if lines else None

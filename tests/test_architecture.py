"""Claims about the packages: what may import what, what is shipped, and that the examples hold."""

import ast
import doctest
import importlib
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("datasets", "fit", "models")
ALLOWED = {"datasets": {"datasets"}, "models": {"models"}, "fit": {"fit", "models", "datasets"}}
MODULES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(("windup", *(part for part in parts if part != "__init__")))


def imported(path: Path) -> Iterator[str]:
    """Names of the modules of windup that a file imports, at any depth of its code."""
    package = name_of(path).split(".") if path.name == "__init__.py" else name_of(path).split(".")[:-1]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.split(".")[0] == "windup")
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            source = ".".join([*base, *([node.module] if node.module else [])])
            if source.split(".")[0] == "windup":
                known = {name_of(module) for module in MODULES}
                for alias in node.names:
                    inside = f"{source}.{alias.name}"
                    yield inside if inside in known else source


def graph() -> dict[str, set[str]]:
    return {name_of(path): set(imported(path)) for path in MODULES}


def cycle_in(edges: dict[str, set[str]]) -> list[str]:
    """Modules that can reach themselves."""

    def reachable(start: str) -> set[str]:
        found: set[str] = set()
        waiting = list(edges.get(start, ()))
        while waiting:
            module = waiting.pop()
            if module not in found:
                found.add(module)
                waiting.extend(edges.get(module, ()))
        return found

    return [module for module in edges if module in reachable(module)]


def test_imports_of_windup_are_seen_by_the_graph() -> None:
    assert "windup.datasets" in graph()["windup.fit._errors"]
    assert "windup.fit._errors" in graph()["windup.fit._settings"]


@pytest.mark.parametrize("package", PACKAGES)
def test_package_imports_only_what_its_arrows_allow(package: str) -> None:
    wrong = {
        (module, target)
        for module, targets in graph().items()
        for target in targets
        if module.split(".")[1] == package and target.split(".")[1] not in ALLOWED[package]
    }
    assert wrong == set()


def test_no_module_imports_itself_through_others() -> None:
    assert cycle_in(graph()) == []


def test_cycle_would_be_found() -> None:
    assert cycle_in({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}}) == ["a", "b", "c"]


def test_datasets_never_imports_jax() -> None:
    wrong = {
        (path.name, name)
        for path in (ROOT / "datasets").rglob("*.py")
        for name in _imported_names(path)
        if name.split(".")[0] in {"jax", "jaxlib", "equinox", "diffrax", "numpyro"}
    }
    assert wrong == set()


def _imported_names(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def test_packages_that_are_shipped_are_the_folders_with_an_init() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]
    folders = {path.parent for package in PACKAGES for path in (ROOT / package).rglob("__init__.py")}
    assert set(settings["packages"]) == {
        ".".join(("windup", *folder.relative_to(ROOT).parts)) for folder in folders
    }


def test_there_is_no_folder_called_windup_at_the_root() -> None:
    assert not (ROOT / "windup").exists()


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_examples_of_the_docstrings_hold(path: Path) -> None:
    result = doctest.testmod(importlib.import_module(name_of(path)), report=True)
    assert result.failed == 0


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_module_is_of_readable_length(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400

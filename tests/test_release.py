"""Claims about what is shipped: every file that the packages need, and what a citation says."""

import subprocess
import sys
import tomllib
import zipfile
from fnmatch import fnmatch
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
PACKAGES = ("datasets", "fit", "models")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def files_of(package: str) -> set[str]:
    """Every file in the folder of a package, but what Python and editors leave there."""
    return {
        str(path.relative_to(ROOT / package))
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and not path.name.startswith(".")
    }


@pytest.mark.parametrize("package", PACKAGES)
def test_every_file_of_a_package_is_declared_as_its_data(package: str) -> None:
    data = PROJECT["tool"]["setuptools"]["package-data"]
    patterns = ["*.py", *data["*"], *data.get(f"windup.{package}", [])]
    assert {
        name for name in files_of(package) if not any(fnmatch(name, pattern) for pattern in patterns)
    } == set()


def test_wheel_holds_every_file_of_the_packages_and_nothing_else(tmp_path: Path) -> None:
    pytest.importorskip("setuptools", reason="building a wheel needs setuptools")
    # In a copy: the backend leaves folders of its own beside what it builds.
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    for package in PACKAGES:
        for name in files_of(package):
            target = tmp_path / package / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes((ROOT / package / name).read_bytes())
    code = "from setuptools import build_meta; print(build_meta.build_wheel('dist'))"
    (tmp_path / "dist").mkdir()
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True, capture_output=True)
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        shipped = {name for name in archive.namelist() if name.startswith("windup/")}
        for package in PACKAGES:
            for name in files_of(package):
                assert archive.read(f"windup/{package}/{name}") == (ROOT / package / name).read_bytes()
    assert shipped == {f"windup/{package}/{name}" for package in PACKAGES for name in files_of(package)}


def test_every_package_says_that_it_is_typed() -> None:
    assert [package for package in PACKAGES if "py.typed" not in files_of(package)] == []


def test_citation_is_of_this_version() -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    project = PROJECT["project"]
    assert str(citation["version"]) == project["version"]
    assert citation["license"] == project["license"]
    assert citation["title"] == f"windup: {project['description']}"
    assert [author["name"] for author in citation["authors"]] == [
        author["name"] for author in project["authors"]
    ]


def test_newest_entry_of_the_changelog_is_of_this_version() -> None:
    heads = [
        line
        for line in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8").splitlines()
        if line.startswith("## ")
    ]
    assert heads[0].removeprefix("## ").startswith(PROJECT["project"]["version"])


def test_every_extra_and_dependency_has_a_tested_version() -> None:
    extras = PROJECT["project"]["optional-dependencies"]
    wanted = [*PROJECT["project"]["dependencies"], *extras["docs"], *extras["test"], *extras["dev"]]
    pinned = {
        line.partition("==")[0].lower()
        for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
        if "==" in line
    }
    names = {name.partition(">=")[0].partition("[")[0].lower() for name in wanted} - {"windup"}
    assert names - pinned == set()

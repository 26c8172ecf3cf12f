"""Claims about the site: it builds without a warning, misses nothing, and its links lead somewhere."""

import ast
import csv
import importlib
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit
from xml.etree import ElementTree

import html5lib
import pytest
from filelock import FileLock
from typer.main import get_group

from windup.fit.cli.app import app
from windup.models import Cascade, PlaceboOnly, SingleLoop, TimeCourse, Turnover

ROOT = Path(__file__).parents[1]
PACKAGES = ("datasets", "fit", "models")
MODELS = (Cascade(), Turnover(), SingleLoop(), TimeCourse(), PlaceboOnly())
NOTICE = "For research only; nothing here is medical advice."
# What a page may load or lead to, and where that is said.
PLACES = (("a", "href"), ("img", "src"), ("link", "href"), ("script", "src"))

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built once however many processes test it; the notebooks have a test that executes them."""
    place = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        place = place.parent
    with FileLock(place / "site.lock"):
        if not (place / "site" / "index.html").exists():
            ended = build(ROOT, place / "site", place / "doctrees")
            assert ended.returncode == 0, ended.stderr[-3000:]
    return place / "site"


def build(source: Path, site: Path, doctrees: Path) -> subprocess.CompletedProcess[str]:
    options = ["-W", "--keep-going", "-n", "-q", "-c", str(source / "docs"), "-d", str(doctrees)]
    return subprocess.run(
        [sys.executable, "-B", "-m", "sphinx", *options, "-D", "nb_execution_mode=off", source, site],
        cwd=source,
        capture_output=True,
        text=True,
        timeout=600,
    )


def pages(site: Path) -> list[Path]:
    """Pages of the site; reports that are shipped as they are lie among the downloads."""
    return [page for page in sorted(site.rglob("*.html")) if "_downloads" not in page.parts]


def read(page: Path) -> ElementTree.Element:
    tree: ElementTree.Element = html5lib.parse(page.read_bytes(), namespaceHTMLElements=False)
    return tree


def text_of(page: Path) -> str:
    return " ".join("".join(read(page).itertext()).split())


def rows_of(page: Path) -> list[list[str]]:
    """Cells of every row of every table of a page."""
    return [
        [" ".join("".join(cell.itertext()).split()) for cell in row if cell.tag in {"td", "th"}]
        for row in read(page).iter("tr")
    ]


def identifiers(page: Path) -> set[str]:
    return {element.get("id", "") for element in read(page).iter()}


def public_names(package: str) -> set[str]:
    return {f"windup.{package}.{name}" for name in importlib.import_module(f"windup.{package}").__all__}


@pytest.mark.parametrize("package", PACKAGES)
def test_every_public_name_is_in_the_reference(site: Path, package: str) -> None:
    shown = set().union(*(identifiers(page) for page in (site / "docs" / "look-up").glob("python_*.html")))
    names = public_names(package)
    assert names
    assert names - shown == set()


def test_every_parameter_has_its_row_with_a_unit_a_prior_and_a_source(site: Path) -> None:
    rows = {row[0]: row for row in rows_of(site / "docs" / "look-up" / "parameters.html")}
    for model in MODELS:
        for parameter in model.parameters():
            _, _, meaning, unit, prior, species, source = rows[parameter.name]
            assert meaning
            assert unit
            assert prior
            assert species
            assert source


def test_every_claim_has_its_row_with_its_verdict(site: Path) -> None:
    with (ROOT / "docs" / "gallery" / "claims" / "claims.csv").open(encoding="utf-8", newline="") as file:
        claims = list(csv.DictReader(file))
    rows = rows_of(site / "docs" / "results" / "claims.html")
    assert claims
    for claim in claims:
        (row,) = (row for row in rows if row[0].startswith(f"{claim['claim']}. {claim['sentence']}"))
        assert row[-1] == claim["verdict"]


def test_every_study_has_its_row_with_a_link_to_where_it_was_read(site: Path) -> None:
    with (ROOT / "datasets" / "trials" / "studies.csv").open(encoding="utf-8", newline="") as file:
        studies = {row["study_id"]: row["source_url"] for row in csv.DictReader(file)}
    page = read(site / "docs" / "look-up" / "data.html")
    links = {}
    for row in page.iter("tr"):
        name = next((code.text for code in row.iter("span") if code.get("class") == "pre"), "")
        links[name] = {link.get("href") for link in row.iter("a")}
    for study, address in studies.items():
        wanted = set(re.findall(r"https?://[^\s;,]+", address))
        assert links[study] >= wanted, study


def functions_with_mathematics() -> Iterator[tuple[str, str]]:
    """Module and name of what in `models` has an equation set apart in its docstring."""
    for path in sorted((ROOT / "models").rglob("*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
                told = ast.get_docstring(node)
                if told and "math::" in told:
                    yield ".".join(path.relative_to(ROOT / "models").with_suffix("").parts), node.name


def test_every_equation_of_the_models_is_among_the_equations(site: Path) -> None:
    wanted = {f"windup.models.{module}.{name}" for module, name in functions_with_mathematics()}
    assert wanted
    assert wanted - identifiers(site / "docs" / "understand" / "equations.html") == set()


def test_equations_are_drawn_in_the_page_and_nothing_is_fetched_for_them(site: Path) -> None:
    page = read(site / "docs" / "understand" / "equations.html")
    drawn = [element for element in page.iter("span") if element.get("class") == "equation"]
    assert len(drawn) > 50
    for equation in drawn:
        assert equation.get("aria-label")
        assert [shape for shape in equation.iter() if shape.tag.endswith("path")]


def test_every_option_of_every_command_is_on_the_page_of_the_command_line(site: Path) -> None:
    said = text_of(site / "docs" / "look-up" / "commands.html")
    commands = get_group(app).commands
    assert commands
    for name, command in commands.items():
        part = said.partition(f"$ windup {name} ")[2].partition("$ windup ")[0]
        assert part, name
        for parameter in command.params:
            for option in parameter.opts:
                assert option in part or not option.startswith("-"), (name, option)


def test_every_notebook_is_a_page(site: Path) -> None:
    notebooks = {path.stem for path in (ROOT / "notebooks").glob("*.py")}
    assert notebooks
    assert {page.stem for page in (site / "notebooks").glob("*.html")} == notebooks


def test_every_page_says_that_it_is_for_research_only(site: Path) -> None:
    assert len(pages(site)) > 40
    assert [page for page in pages(site) if NOTICE not in text_of(page)] == []


def test_every_local_link_and_picture_leads_somewhere(site: Path) -> None:
    known = {page: identifiers(page) for page in pages(site)}
    broken = []
    for page in known:
        for element in read(page).iter():
            for tag, attribute in PLACES:
                target = element.get(attribute)
                if element.tag != tag or not target:
                    continue
                parts = urlsplit(target)
                if parts.scheme or parts.netloc:
                    continue
                file = (page.parent / unquote(parts.path)).resolve() if parts.path else page
                there = not parts.fragment or file not in known or unquote(parts.fragment) in known[file]
                if not (file.is_file() and there):
                    broken.append((page.name, target))
    assert broken == []


def test_no_page_loads_anything_from_elsewhere(site: Path) -> None:
    fetched = [
        (page.name, element.get(attribute))
        for page in pages(site)
        for element in read(page).iter()
        for tag, attribute in PLACES[1:]
        if element.tag == tag and urlsplit(element.get(attribute, "")).netloc
    ]
    assert fetched == []


def test_a_link_that_leads_nowhere_stops_the_build(tmp_path: Path) -> None:
    docs = tmp_path / "docs"
    (docs / "_static").mkdir(parents=True)
    for file in (ROOT / "docs").rglob("*.py"):
        copy = docs / file.relative_to(ROOT / "docs")
        copy.parent.mkdir(exist_ok=True)
        copy.write_bytes(file.read_bytes())
    (docs / "_static" / "site.css").write_text("", encoding="utf-8")
    (docs / "_templates").mkdir()
    for file in (ROOT / "docs" / "_templates").iterdir():
        (docs / "_templates" / file.name).write_bytes(file.read_bytes())
    (docs / "index.md").write_text("# Page\n\n[there](there.md)\n", encoding="utf-8")
    ended = build(tmp_path, tmp_path / "site", tmp_path / "doctrees")
    assert ended.returncode == 1
    assert "there.md" in ended.stderr

"""Claims about the packages: what may import what, what is shipped, and that the examples hold."""

import ast
import doctest
import functools
import importlib
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from windup.datasets import packaged_catalogue

ROOT = Path(__file__).parents[1]
PACKAGES = ("datasets", "fit", "models")
ALLOWED = {"datasets": {"datasets"}, "models": {"models", "datasets"}, "fit": {"fit", "models", "datasets"}}
MODULES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))

# Floors from the ground up. A room imports from floors below its own only, never from one beside it.
type Floors = tuple[tuple[str, ...], ...]
FLOORS: dict[str, Floors] = {
    "windup.datasets": (
        ("files",),
        ("dictionary",),
        ("reading",),
        ("catalogue",),
        ("decisions",),
        ("individuals", "regimens", "tables"),
        ("aggregates",),
    ),
    "windup.models": (("core",), ("formulas", "integrator"), ("drugs",), ("cascade", "rivals")),
    "windup.fit": (
        ("errors",),
        ("design", "display", "settings", "storage"),
        ("execution",),
        ("diagnostics",),
        ("sampling",),
        ("problem",),
        ("posterior", "runs"),
        ("analyses",),
        ("report",),
        ("cli",),
    ),
    "windup.fit.sampling": (
        ("target",),
        ("kernels",),
        ("chains",),
        ("approximations",),
        ("labels", "own_starts", "traced_sites"),
        ("draw",),
        ("site_tree",),
        ("check_solver", "sample_model"),
    ),
    "windup.fit.analyses": (
        ("calibration", "exchange", "identifiability", "prediction", "scoring", "sensitivity"),
        ("network",),
        ("claims", "comparison", "petab", "virtual_trials"),
        ("trial_design",),
        ("pages",),
    ),
    "windup.fit.analyses.claims": (("catalogue",),),
    "windup.fit.report": (("plan",), ("document",), ("parts",)),
    "windup.fit.cli": (
        ("console", "doctor", "plan_files", "start_files"),
        ("commands", "exchange", "imports", "planning"),
    ),
}
MOST_ENTRIES = 16


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(("windup", *(part for part in parts if part != "__init__")))


NAMES = {name_of(path) for path in MODULES}


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
                for alias in node.names:
                    inside = f"{source}.{alias.name}"
                    yield inside if inside in NAMES else source


@functools.cache
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
    assert "windup.datasets" in graph()["windup.fit.errors"]
    assert "windup.fit.errors" in graph()["windup.fit.settings.fit"]


def arrows(package: str, edges: dict[str, set[str]]) -> set[tuple[str, str]]:
    """Pairs of rooms of a package (or of its single files) of which the first imports the second."""
    inside = f"{package}."
    return {
        (source.removeprefix(inside).split(".")[0], target.removeprefix(inside).split(".")[0])
        for source, targets in edges.items()
        for target in targets
        if source.startswith(inside) and target.startswith(inside)
    }


def upward(package: str, edges: dict[str, set[str]]) -> set[tuple[str, str]]:
    """Arrows that do not lead to a lower floor; single files that no floor names stand above all."""
    floors = {room: floor for floor, rooms in enumerate(FLOORS[package]) for room in rooms}
    above = len(FLOORS[package])
    return {
        (source, target)
        for source, target in arrows(package, edges)
        if source != target
        and floors.get(source, above) <= floors.get(target, above)
        and {source, target} & floors.keys()
    }


@pytest.mark.parametrize("package", FLOORS)
def test_rooms_import_only_from_lower_floors(package: str) -> None:
    assert upward(package, graph()) == set()


@pytest.mark.parametrize("package", FLOORS)
def test_every_room_stands_on_a_floor(package: str) -> None:
    folder = ROOT.joinpath(*package.split(".")[1:])
    rooms = {path.parent.name for path in folder.glob("*/__init__.py")}
    assert rooms <= {room for rooms in FLOORS[package] for room in rooms}


def test_an_arrow_upward_and_one_between_neighbours_would_be_found() -> None:
    edges = {
        "windup.models.core.base": {"windup.models.drugs.doses"},
        "windup.models.cascade.gate": {"windup.models.rivals.direct", "windup.models.core.base"},
    }
    assert upward("windup.models", edges) == {("core", "drugs"), ("cascade", "rivals")}


def folders() -> list[Path]:
    return sorted({path.parent for path in MODULES})


@pytest.mark.parametrize("folder", folders(), ids=lambda folder: str(folder.relative_to(ROOT)))
def test_folder_has_few_enough_entries_to_be_read_at_a_glance(folder: Path) -> None:
    entries = [path.name for path in folder.iterdir() if path.name != "__pycache__"]
    assert len(entries) <= MOST_ENTRIES


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_name_of_a_file_has_no_underscore_in_front(path: Path) -> None:
    assert path.name == "__init__.py" or not path.name.startswith("_")


INNER = [path for path in MODULES if path.name == "__init__.py" and path.parents[1] != ROOT]


@pytest.mark.parametrize("path", INNER, ids=name_of)
def test_room_says_what_lives_in_it_and_who_may_import_it_and_imports_nothing(path: Path) -> None:
    (only,) = ast.parse(path.read_text(encoding="utf-8")).body
    assert isinstance(only, ast.Expr)
    assert isinstance(only.value, ast.Constant)
    assert "import" in str(only.value.value)


FACES = {f"windup.{package}" for package in PACKAGES}
SHOWN = [
    ROOT / "README.md",
    *sorted((ROOT / "docs").rglob("*.md")),
    *sorted((ROOT / "docs").rglob("*.py")),
    *sorted((ROOT / "notebooks").glob("*.py")),
    *sorted((ROOT / "benchmarks").glob("*.py")),
]
# What benchmarks take apart has no public name, and the site is generated from what the program itself uses.
DEEPER = {
    "benchmarks/_gpu_sides.py": {
        "design.subset",
        "execution.process",
        "problem.build",
        "problem.target",
        "sampling.draw",
        "sampling.target.target",
        "settings.fit",
    },
    "benchmarks/gain_recovery.py": {
        "analyses.calibration.simulator",
        "design.arrays",
        "design.subset",
        "execution.process",
        "problem.build",
        "problem.model",
        "problem.prior_predictive",
        "problem.problem",
        "problem.target",
        "sampling.target.density",
        "sampling.target.sites",
    },
    "benchmarks/gradient.py": {
        "execution.process",
        "problem.build",
        "problem.target",
        "sampling.target.density",
        "sampling.target.target",
    },
    "benchmarks/people.py": {
        "execution.process",
        "problem.build",
        "problem.target",
        "sampling.target.density",
    },
    "benchmarks/petab.py": {"analyses.petab.options", "analyses.petab.sample"},
    "benchmarks/scaling.py": {"design.build", "execution.process", "integrator.plan"},
    "benchmarks/sensitivity.py": {
        "analyses.sensitivity.responses",
        "execution.batches",
        "execution.process",
        "problem.margins",
    },
    "docs/writers/dossier.py": {"display.format"},
    "docs/writers/evidence.py": {"display.labels"},
    "docs/writers/write.py": {"display.format"},
    "docs/extensions/site_text.py": {
        "analyses.claims.catalogue.ledger",
        "analyses.claims.page",
        "analyses.claims.verdict",
        "display.format",
    },
}


@pytest.mark.parametrize("path", SHOWN, ids=lambda path: str(path.relative_to(ROOT)))
def test_what_readers_see_imports_from_the_faces_alone(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    modules = set(re.findall(r"(?:from|import) (windup\.[\w.]+)", text)) - FACES
    allowed = DEEPER.get(str(path.relative_to(ROOT)), set())
    assert {module.split(".", 2)[2] for module in modules} == allowed


def test_every_name_of_the_face_of_fit_is_there() -> None:
    fit = importlib.import_module("windup.fit")
    assert [name for name in fit.__all__ if not hasattr(fit, name)] == []
    assert sorted(fit.__all__) == sorted(set(fit.__all__))


def constants(package: str) -> dict[str, bool]:
    """Each public name of a package that a module sets, and whether a docstring follows below that line."""
    face = importlib.import_module(f"windup.{package}")
    passed_on = {
        (ROOT / package).joinpath(*(node.module or "").split(".")).with_suffix(".py"): {
            alias.name for alias in node.names if alias.name in face.__all__
        }
        for node in ast.walk(ast.parse((ROOT / package / "__init__.py").read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and node.level == 1
    }
    told = {}
    for path, names in passed_on.items():
        body = ast.parse(path.read_text(encoding="utf-8")).body
        for line, below in zip(body, [*body[1:], ast.Pass()], strict=True):
            targets = line.targets if isinstance(line, ast.Assign) else [getattr(line, "target", None)]
            for target in targets:
                if isinstance(target, ast.Name) and target.id in names:
                    told[target.id] = isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant)
    return told


@pytest.mark.parametrize("package", PACKAGES)
def test_every_public_constant_has_a_docstring_below_it(package: str) -> None:
    told = constants(package)
    assert told
    assert [name for name, has_docstring in told.items() if not has_docstring] == []


def test_no_module_has_the_name_of_a_function_of_its_package() -> None:
    fit = importlib.import_module("windup.fit")
    assert {path.stem for path in (ROOT / "fit").iterdir()} & set(fit.__all__) == set()


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


DRUG_NAMES = {drug.name for drug in packaged_catalogue().drugs}


def lists_of_drugs(text: str) -> list[set[str]]:
    """Sets of three drugs and more that one list, tuple, set or dictionary of a program names."""
    literals = (
        node.keys if isinstance(node, ast.Dict) else node.elts
        for node in ast.walk(ast.parse(text))
        if isinstance(node, (ast.List, ast.Tuple, ast.Set, ast.Dict))
    )
    named = ({each.value for each in literal if isinstance(each, ast.Constant)} for literal in literals)
    return [names & DRUG_NAMES for names in named if len(names & DRUG_NAMES) > 2]


# A claim is about certain drugs.
WITHOUT_CLAIMS = [path for path in MODULES if "claims" not in path.parts]


@pytest.mark.parametrize("path", WITHOUT_CLAIMS, ids=name_of)
def test_no_program_holds_a_list_of_drugs(path: Path) -> None:
    assert lists_of_drugs(path.read_text(encoding="utf-8")) == []


def test_a_list_of_drugs_would_be_found() -> None:
    assert lists_of_drugs("x = {'nsaid': 1, 'pea': 2, 'nac': 3}") == [{"nsaid", "pea", "nac"}]


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

"""Claims about paths into results: those that are known exist, and each leads to one number or a reason."""

import json
from pathlib import Path

import pytest

from windup.fit.report.plan.quantities import ANALYSES, SUMMARY, NotThere, fault_of, paths_of, value_at

ROOMS = Path(__file__).parents[4] / "fit" / "analyses"
RECORD = {
    "max_rhat": 1.02,
    "converged": True,
    "failed_checks": ["a", "b"],
    "solver": None,
    "loop_gains": [{"loop": "total", "median": 1.5}, {"loop": "a.b", "median": 0.5}],
    "own_trials": [{"drug": "x", "kind": "one", "z": 1.0}, {"drug": "x", "kind": "two", "z": 2.0}],
}


def test_first_keys_of_all_paths_are_in_the_summary_of_a_run(folder: Path) -> None:
    record = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    wanted = {path.partition(".")[0] for path in paths_of(SUMMARY)}
    assert wanted - set(record) == set()


def test_columns_of_paths_are_in_the_tables_of_a_run(folder: Path) -> None:
    record = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    for path in paths_of(SUMMARY):
        key, _, rest = path.partition(".*.")
        rows = record.get(key)
        # Only the mixture of errors has it, which these draws are not from.
        if rest and isinstance(rows, list) and rows and rest != "wide_probability":
            assert rest in rows[0], path


@pytest.mark.parametrize("name", ANALYSES)
def test_every_key_of_an_analysis_stands_in_the_programs_of_the_analyses(name: str) -> None:
    source = "".join(path.read_text(encoding="utf-8") for path in ROOMS.rglob("*.py"))
    below = (ROOMS.parent / "diagnostics").glob("*.py")
    source += "".join(path.read_text(encoding="utf-8") for path in below)
    keys = {key for path in paths_of(name) for key in path.split(".")} - {"*"}
    # Programs put these in front of other names, or behind them.
    stems = {key.removeprefix("baseline_").removeprefix("new_study_").rstrip("0123456789") for key in keys}
    stems = {stem.removesuffix("_half").removesuffix("_double") for stem in stems}
    assert {stem for stem in stems if stem not in source} == set()


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("summary.max_rhat", 1.02),
        ("summary.converged", 1.0),
        ("summary.failed_checks", 2.0),
        ("summary.loop_gains[total].median", 1.5),
        ("summary.loop_gains[a.b].median", 0.5),
    ],
)
def test_path_leads_to_its_number(path: str, value: float) -> None:
    assert fault_of(path) is None
    assert value_at(path, RECORD) == value


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("summary.solver.pareto_k", "was not computed"),
        ("summary.loop_gains[receptor].median", "No row of 'summary.loop_gains' has the name 'receptor'"),
        ("summary.own_trials[x].z", "2 rows of 'summary.own_trials' have the name 'x'"),
        ("summary.min_ess_bulk", "has no 'min_ess_bulk' in this run"),
    ],
)
def test_number_that_is_not_there_has_a_reason(path: str, why: str) -> None:
    found = value_at(path, RECORD)
    assert isinstance(found, NotThere)
    assert why in found.why

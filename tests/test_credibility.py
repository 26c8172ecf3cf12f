"""Claims about the page on credibility: what its tables name is there, and limits are judged as they say."""

import csv
import re
import sys
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "docs" / "results"
sys.path.insert(0, str(ROOT / "docs" / "writers"))

import dossier  # noqa: E402

FOLDS = pd.DataFrame({"kind": ["all", "mean"], "coverage_50": [0.5, 0.9]})
MODELS = pd.DataFrame({"model": ["rival"], "difference": [-6.0], "difference_error": [2.0]})


def rows(name: str) -> list[dict[str, str]]:
    with (RESULTS / f"{name}.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def judged(measured_as: str, low: float, high: float) -> tuple[str, str]:
    limits = pd.DataFrame(
        {"criterion": ["one"], "low": [low], "high": [high], "set": ["today"], "measured_as": [measured_as]}
    )
    facts = SimpleNamespace(present_folds=FOLDS, folds=MODELS, run={"a": {"b": 7.0}}, validation=limits)
    (found,) = dossier.validation(facts)
    return found["measured"], found["met"]


@pytest.mark.parametrize("row", rows("verification"), ids=lambda row: row["test"].split("::")[1])
def test_requirement_names_a_test_that_asserts_its_limit(row: dict[str, str]) -> None:
    file, name = row["test"].split("::")
    source = (ROOT / file).read_text(encoding="utf-8")
    assert re.search(rf"^def {name}\(", source, re.MULTILINE)
    assert row["limit"] in source


@pytest.mark.parametrize("row", rows("assumptions"), ids=lambda row: row["assumption"])
def test_assumption_has_a_place_and_a_grade(row: dict[str, str]) -> None:
    assert (ROOT / row["place"]).exists()
    assert row["grade"] in {"sourced", "expert"}
    assert all(row.values())


@pytest.mark.parametrize(
    ("measured_as", "low", "high", "measured", "met"),
    [
        ("folds:coverage_50", 0.5, 0.6, "0.500", "yes"),
        ("folds:coverage_50", 0.51, 0.6, "0.500", "**no**"),
        ("lead:rival", 2.0, float("nan"), "3.000", "yes"),
        ("lead:rival", 3.5, float("nan"), "3.000", "**no**"),
        ("run:a.b", float("nan"), 7.5, "7.000", "yes"),
        ("run:a.b", float("nan"), 6.5, "7.000", "**no**"),
    ],
)
def test_limit_is_met_inside_and_not_outside(
    measured_as: str, low: float, high: float, measured: str, met: str
) -> None:
    assert judged(measured_as, low, high) == (measured, met)


def test_number_from_nowhere_is_refused() -> None:
    with pytest.raises(ValueError, match="'guess' begins with none of"):
        judged("guess", 0.0, 1.0)

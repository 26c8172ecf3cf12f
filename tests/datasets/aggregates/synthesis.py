"""A small synthesis of two trials that never took place, in every layout, and its map."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from functools import cache
from typing import Any

import pandas as pd

from windup.datasets import DataFaults, Fault, aggregates_to_trials

# Study, treatment, week, mean, SD, patients, patients with half the pain.
ARMS = (
    ("alpha", "Placebo", 8.0, 5.5, 2.0, 50, 10),
    ("alpha", "Pregabalin 300", 8.0, 4.2, 2.1, 52, 20),
    ("beta", "Placebo", 12.0, 5.8, 1.9, 40, 9),
    ("beta", "Gabapentin 1800", 12.0, 4.9, 2.2, 41, 15),
)
MAP: dict[str, Any] = {
    "studies": {"condition": "fibromyalgia", "design": "parallel_rct"},
    "rows": {"outcome": "pain_intensity", "scale": "NRS_0_10"},
    "treatment": {
        "Pregabalin 300": {"drug": "pregabalin", "dose_per_administration": 300, "dose_unit": "mg/day"},
        "Gabapentin 1800": {
            "drug": "gabapentin",
            "dose_per_administration": 600,
            "dose_unit": "mg",
            "administrations_per_day": 3,
        },
    },
}
# Where in the file a row was read is its own matter, and so is how it was computed.
_OF_THE_FILE = ("location", "how")


def with_map(**more: Any) -> dict[str, Any]:
    """The map with other cells: a table of the map each."""
    changed = copy.deepcopy(MAP)
    for table, cells in more.items():
        changed[table] = {**changed.get(table, {}), **cells}
    return changed


def long() -> pd.DataFrame:
    """One row for each arm, as netmeta has it."""
    header = ["studlab", "treat", "week", "mean", "sd", "n"]
    return pd.DataFrame([row[:-1] for row in ARMS], columns=header)


def with_errors() -> pd.DataFrame:
    """The same with standard errors, as MBNMAtime has it, and with times in days."""
    rows = [
        (study, 7 * week, mean, sd / math.sqrt(n), label, n) for study, label, week, mean, sd, n, _ in ARMS
    ]
    return pd.DataFrame(rows, columns=["studyID", "time (days)", "y", "se", "treatment", "N"])


def wide() -> pd.DataFrame:
    """One row for each study, its arms side by side."""
    rows = [
        (first[0], first[2], *_cells(first), *_cells(second))
        for first, second in zip(ARMS[::2], ARMS[1::2], strict=True)
    ]
    header = [f"{name}{arm}" for arm in (1, 2) for name in ("treat", "mean", "sd", "n")]
    return pd.DataFrame(rows, columns=["study", "weeks", *header])


def revman5() -> pd.DataFrame:
    """The same as RevMan 5 exports it: headings between the rows, and 0 for what does not belong there."""
    header = [
        "Comparison Number", "Outcome Number", "Subgroup Number", "Name", "Data Type", "Events 1", "Mean 1",
        "SD 1", "Total 1", "Events 2", "Mean 2", "SD 2", "Total 2", "Effect Estimate", "SE", "Group Label 1",
        "Group Label 2",
    ]  # fmt: skip
    rows: list[list[object]] = [[1, 0, 0, "Drugs against placebo"]]
    for number, (first, second) in enumerate(zip(ARMS[::2], ARMS[1::2], strict=True), 1):
        groups = [second[1], first[1]]
        rows.append([1, number, 0, f"Pain {number}", "CON", *[""] * 10, *groups])
        rows.append([1, number, 1, "A subgroup"])
        (_, mean, sd, n), (_, mean_2, sd_2, n_2) = _cells(second), _cells(first)
        rows.append([1, number, 1, first[0], "", 0, mean, sd, n, 0, mean_2, sd_2, n_2, mean - mean_2, 0.4])
    return pd.DataFrame([[*row, *[""] * (len(header) - len(row))] for row in rows], columns=header)


def revman5_text() -> str:
    """The same as a file: the headings of comparisons end before the last columns."""
    return revman5().to_csv(index=False).replace("Drugs against placebo,,", "Drugs against placebo,", 1)


def revman_web() -> pd.DataFrame:
    """The same as data rows of RevMan Web, which do not name the treatments, and name two analyses alike."""
    rows = [
        (number, 1, "Pain", first[0], *_cells(second)[1:], *_cells(first)[1:])
        for number, (first, second) in enumerate(zip(ARMS[::2], ARMS[1::2], strict=True), 1)
    ]
    groups = [f"{group} {name}" for group in ("Experimental", "Control") for name in ("mean", "SD", "N")]
    return pd.DataFrame(
        rows, columns=["Analysis group", "Analysis number", "Analysis name", "Study", *groups]
    )


def revman_map() -> dict[str, Any]:
    """The map of both exports of RevMan."""
    pain = MAP["rows"]
    outcomes = {
        name: {**pain, "week": first[2], "experimental": second[1], "control": first[1]}
        for number, (first, second) in enumerate(zip(ARMS[::2], ARMS[1::2], strict=True), 1)
        for name in (f"Pain {number}", f"{number}.1 Pain")
    }
    return with_map(outcome=outcomes)


def contrasts() -> pd.DataFrame:
    """One row for each contrast, as netmeta has it; that of beta the other way round."""
    rows = [
        ("alpha", "Pregabalin 300", "Placebo", -1.3, 0.4, 8, 52, 50),
        ("beta", "Placebo", "Gabapentin 1800", 0.9, 0.45, 12, 40, 41),
    ]
    return pd.DataFrame(rows, columns=["studlab", "treat1", "treat2", "TE", "seTE", "week", "n1", "n2"])


def long_contrasts() -> pd.DataFrame:
    """The same with an empty value in the reference arm, as multinma has it."""
    rows = [
        ("alpha", "Placebo", "", "", 8, 50),
        ("alpha", "Pregabalin 300", -1.3, 0.4, 8, 52),
        ("beta", "Gabapentin 1800", -0.9, 0.45, 12, 41),
        ("beta", "Placebo", "", "", 12, 40),
    ]
    return pd.DataFrame(rows, columns=["study", "trt", "y", "se", "week", "sample_size"])


def tables_of(table: pd.DataFrame, mapping: dict[str, Any] | None = None) -> dict[str, list[dict[str, str]]]:
    """The three tables, as rows of cells, without what depends on the place in the file."""
    made = aggregates_to_trials(table, mapping=MAP if mapping is None else mapping)
    observations = made.observations.drop(columns=list(_OF_THE_FILE))
    tables = {"studies": made.studies, "dosing": made.dosing, "observations": observations}
    return {name: each.to_dict("records") for name, each in tables.items()}


@cache
def tables_of_rows(table: Callable[[], pd.DataFrame]) -> dict[str, list[dict[str, str]]]:
    """The three tables of a layout with the common map, made once."""
    return tables_of(table())


def faults_of(table: pd.DataFrame, mapping: dict[str, Any] | None = None) -> tuple[Fault, ...]:
    """Faults of a table with a map; none if it can be read."""
    try:
        aggregates_to_trials(table, mapping=MAP if mapping is None else mapping)
    except DataFaults as found:
        return found.faults
    return ()


def _cells(arm: tuple[Any, ...]) -> tuple[Any, ...]:
    _, label, _, mean, sd, n, _ = arm
    return label, mean, sd, n

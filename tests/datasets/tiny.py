"""A tiny valid folder of trials, and ways to spoil it."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

from windup.datasets import DataFaults, Fault, load_trials

type Tables = dict[str, list[dict[str, str]]]
type Spoil = Callable[[Tables], None]


def tiny_tables() -> Tables:
    """Three tables without a fault: a placebo-controlled trial, a contrast, and a magnesium trial."""
    study = {
        "citation": "A 2000",
        "condition": "fibromyalgia",
        "design": "parallel_rct",
        "crossover": "no",
        "withdrawal": "no",
        "overlaps": "",
        "source_url": "https://example.org",
    }
    arm = {
        "n_randomised": "40",
        "dose_per_administration": "",
        "dose_unit": "",
        "administrations_per_day": "",
        "route": "oral",
        "start_week": "0",
        "end_week": "8",
    }
    row = {
        "time_weeks": "8",
        "outcome": "pain_intensity",
        "scale": "NRS_0_10",
        "value": "4",
        "sd": "2",
        "se": "",
        "low": "",
        "high": "",
        "interval": "",
        "n": "36",
        "reference_arm": "",
        "used": "yes",
        "reason": "",
        "flags": "",
        "source": "doi:10.0000/a",
        "location": "Table 1",
        "how": "reported",
    }
    pregabalin = {"dose_per_administration": "150", "dose_unit": "mg", "administrations_per_day": "2"}
    return {
        "studies.csv": [
            {"study_id": "alpha", **study},
            {"study_id": "beta", **study},
            {"study_id": "gamma", **study, "condition": "healthy"},
        ],
        "dosing.csv": [
            {"study_id": "alpha", "arm_id": "drug", "drug": "pregabalin", "substance": "pregabalin", **arm}
            | pregabalin,
            {"study_id": "alpha", "arm_id": "placebo", "drug": "placebo", "substance": "placebo", **arm},
            {"study_id": "beta", "arm_id": "drug", "drug": "gabapentin", "substance": "gabapentin", **arm},
            {"study_id": "beta", "arm_id": "placebo", "drug": "placebo", "substance": "placebo", **arm},
            {"study_id": "gamma", "arm_id": "salt", "drug": "magnesium", "substance": "citrate", **arm},
        ],
        "observations.csv": [
            {"row_id": "a1", "study_id": "alpha", "arm_id": "drug", **row},
            {"row_id": "a2", "study_id": "alpha", "arm_id": "placebo", **row},
            {"row_id": "b1", "study_id": "beta", "arm_id": "drug", **row}
            | {
                "outcome": "difference_vs_placebo",
                "value": "-1",
                "sd": "",
                "low": "-1.8",
                "high": "-0.2",
                "interval": "ci95_low_high",
                "n": "72",
                "reference_arm": "placebo",
            },
            {"row_id": "g1", "study_id": "gamma", "arm_id": "salt", **row}
            | {"outcome": "serum_mg", "scale": "mg_per_dL", "value": "2.1", "sd": "0.2"},
            {"row_id": "g2", "study_id": "gamma", "arm_id": "salt", **row}
            | {"outcome": "other", "used": "no", "reason": "outcome outside the model"},
        ],
    }


def write_tables(folder: Path, tables: Tables) -> Path:
    """Write the tables as CSV files and return their folder."""
    for name, rows in tables.items():
        with (folder / name).open("w", encoding="utf-8", newline="") as handle:
            writer = csv.DictWriter(handle, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
    return folder


def faults_of(folder: Path) -> tuple[Fault, ...]:
    """Faults that loading the folder reports; none if it loads."""
    try:
        load_trials(folder)
    except DataFaults as error:
        return error.faults
    return ()


def places(faults: tuple[Fault, ...]) -> set[tuple[str, int, str]]:
    """File, row and column of each fault."""
    return {(fault.file, fault.row, fault.column) for fault in faults}


def cell(name: str, line: int, column: str, text: str) -> Spoil:
    """Way to overwrite one cell; ``line`` counts as in an editor, the header being line 1."""

    def spoil(tables: Tables) -> None:
        tables[name][line - 2][column] = text

    return spoil

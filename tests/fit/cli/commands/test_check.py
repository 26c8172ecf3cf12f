"""Claims about `windup check`: assumptions and decisions are shown; its JSON has every error and row."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from windup.datasets import DEFAULT_BLOCKS, STANDARDISED
from windup.fit.cli.app import app
from windup.fit.cli.console.exits import USAGE

from ....datasets.files.formats import FORMATS
from ....datasets.tiny import Tables, tiny_tables, write_tables

OBSERVATIONS = "observations.csv"


def run(*arguments: object) -> Any:
    return CliRunner().invoke(app, ["check", *(str(argument) for argument in arguments)])


def open_tables() -> Tables:
    tables = tiny_tables()
    for row in tables[OBSERVATIONS]:
        del row["used"], row["reason"]
    tables[OBSERVATIONS].append(tables[OBSERVATIONS][0] | {"row_id": "again", "value": "6", "n": "30"})
    return tables


def test_rows_that_windup_left_out_are_shown_by_reason_and_line(tmp_path: Path) -> None:
    shown = " ".join(run(write_tables(tmp_path, open_tables())).stdout.split())
    assert "leaves open whether 6 observations are used. Of these, 4 are used and 2 are not." in shown
    assert "Row 7 of the observations is not used: row 2 has the mean of this arm and time" in shown


def test_decision_on_every_row_is_in_the_json(tmp_path: Path) -> None:
    record = json.loads(run(write_tables(tmp_path, open_tables()), "--json").stdout)
    decisions = {each["row"]: (each["used"], each["reason"]) for each in record["decisions"]}
    assert decisions == {
        2: (True, ""),
        3: (True, ""),
        4: (True, ""),
        5: (True, ""),
        6: (False, "outcome outside the model"),
        7: (False, "duplicates another row"),
    }


def test_json_of_the_packaged_trials_has_a_decision_of_the_table_or_of_blocks_for_every_row() -> None:
    record = json.loads(run("--block", "none", "--json").stdout)
    assert len(record["decisions"]) == record["observations"]
    assert {each["decided_by"] for each in record["decisions"]} == {"table", "settings"}


def test_blocks_that_are_named_are_on_and_the_others_off() -> None:
    all_on, none, one = (
        {name for name, rows in json.loads(run(*options, "--json").stdout)["by_block"].items() if rows}
        for options in ((), ("--block", "none"), ("--block", "instruments"))
    )
    # No packaged row needs the block of standardised differences.
    assert all_on == {"main", *DEFAULT_BLOCKS} - {STANDARDISED}
    assert none == {"main"}
    assert one == {"main", "instruments"}


def test_unknown_block_is_refused_with_those_that_there_are() -> None:
    result = run("--block", "instrument")
    assert result.exit_code == USAGE
    assert "instruments" in result.stderr


def test_dose_that_a_fit_assumes_is_shown_with_its_arm(tmp_path: Path) -> None:
    shown = " ".join(run(write_tables(tmp_path, tiny_tables())).stdout.split())
    assert "The dose of gabapentin is not stated. A fit estimates it, around" in shown
    assert "beta/drug (row 4)" in shown


def test_drug_that_no_trial_compares_with_a_control_is_shown(tmp_path: Path) -> None:
    tables = tiny_tables()
    tables["dosing.csv"][3] |= {"drug": "pregabalin", "substance": "pregabalin"}
    del tables[OBSERVATIONS][:2]
    shown = " ".join(run(write_tables(tmp_path, tables)).stdout.split())
    assert "No comparison within the used trials gives the effect of gabapentin or pregabalin" in shown


def test_how_files_were_read_is_shown(tmp_path: Path) -> None:
    FORMATS["semicolons and decimal commas"](tmp_path, tiny_tables())
    assert "observations.csv: Numbers have decimal commas." in run(tmp_path).stdout


def test_workbook_is_checked_like_a_folder(tmp_path: Path) -> None:
    FORMATS["one workbook"](tmp_path, tiny_tables())
    assert run(tmp_path / "trials.xlsx").exit_code == 0


def test_one_wrong_word_in_many_cells_is_one_line_of_the_screen_and_all_are_in_the_json(
    tmp_path: Path,
) -> None:
    tables = tiny_tables()
    for row in tables[OBSERVATIONS]:
        row |= {"se": "ns", "low": "ns"}
    write_tables(tmp_path, tables)
    shown = " ".join(run(tmp_path).stderr.split())
    assert "observations.csv, 10 places (rows 2, 3, 4 and 2 more; columns low, se): 'ns' is not" in shown
    faults = json.loads(run(tmp_path, "--json").stdout)["faults"]
    assert sum(fault["found"] == "'ns' is not a number." for fault in faults) == 10

"""Claims about the data dictionary of a run's tables."""

import re
from pathlib import Path

import pytest

from windup.fit.storage.columns import column_dictionary, known_columns

PAGE = Path(__file__).parents[3] / "docs" / "look-up" / "run-folder.md"


def test_column_of_a_table_of_its_own_is_not_that_of_another_table() -> None:
    found = column_dictionary({"checks": ["study", "covered_95"], "rows": ["covered_95"]}).set_index("table")
    assert found.loc["checks", "unit"].tolist() == ["", "share"]
    assert found.loc["rows", "unit"] == ""
    assert "study_id" in found.loc["checks", "meaning"].iloc[0]


def test_column_without_an_entry_has_an_empty_meaning() -> None:
    found = column_dictionary({"rows": ["no such column"]})
    assert found.to_dict("records") == [
        {"table": "rows", "column": "no such column", "unit": "", "meaning": ""}
    ]


def test_no_entry_stands_twice() -> None:
    entries = known_columns()
    pairs = [(table, row.column) for row in entries.itertuples() for table in row.tables.split()]
    assert len(pairs) == len(set(pairs))


@pytest.mark.parametrize("column", known_columns()["tables"].str.split().explode().unique())
def test_every_table_with_entries_is_on_the_page_of_the_run_folder(column: str) -> None:
    assert column == "all" or re.search(rf"`{column}\.csv`", PAGE.read_text(encoding="utf-8"))

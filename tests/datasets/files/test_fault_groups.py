"""Claims about many faults: one cause is one line, and no single fault is lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from windup.datasets import DataFaults, Fault, fault_groups, load_trials

from ..tiny import tiny_tables, write_tables

OBSERVATIONS = "observations.csv"


def fault(row: int, word: str, column: str = "n") -> Fault:
    return Fault(OBSERVATIONS, row, column, f"'{word}' is not a number.", "Write a number.")


def test_same_sentence_in_many_places_is_one_line_with_its_count_and_first_places() -> None:
    message = str(DataFaults([fault(row, "many", column) for column in ("n", "sd") for row in range(2, 102)]))
    assert message.splitlines() == [
        "200 errors in the data; nothing was loaded.",
        "observations.csv, 200 places (rows 2, 3, 4 and 97 more; columns n, sd): 'many' is not a number. "
        "Write a number.",
    ]


def test_few_different_words_keep_their_own_lines() -> None:
    assert [group.count for group in fault_groups([fault(2, "one"), fault(3, "two"), fault(4, "one")])] == [
        2,
        1,
    ]


def test_many_different_words_are_one_line() -> None:
    (group,) = fault_groups([fault(row, f"word {row}") for row in range(2, 12)])
    assert group.found == "'word 2' is not a number. 9 others are like it."


def test_no_fault_is_lost_or_doubled() -> None:
    faults = [fault(row, f"word {row % 7}", column) for row in range(2, 40) for column in ("n", "sd")]
    grouped = [each for group in fault_groups(faults) for each in group.faults]
    assert sorted(grouped) == sorted(faults)


def test_thousands_of_cells_with_one_wrong_word_are_one_line(tmp_path: Path) -> None:
    tables = tiny_tables()
    tables[OBSERVATIONS] = [
        {
            **tables[OBSERVATIONS][0],
            "row_id": f"r{n}",
            "time_weeks": f"{n}",
            "se": "ns",
            "low": "ns",
            "high": "ns",
        }
        for n in range(300)
    ]
    with pytest.raises(DataFaults) as raised:
        load_trials(write_tables(tmp_path, tables))
    words = [group for group in fault_groups(raised.value.faults) if group.found == "'ns' is not a number."]
    assert [(group.count, group.columns) for group in words] == [(900, "high, low, se")]
    assert len(str(raised.value).splitlines()) < 10

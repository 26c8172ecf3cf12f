"""Claims about counts of used rows by treatment."""

from pathlib import Path

from windup.datasets import (
    FEWEST_ROWS,
    check_counts,
    load_trials,
    packaged_trials,
    rows_by_treatment,
    scarce_treatments,
)

from ..tiny import tiny_tables, write_tables


def test_every_drug_of_the_catalogue_is_counted_also_without_a_row(tmp_path: Path) -> None:
    trials = load_trials(write_tables(tmp_path, tiny_tables()))
    rows = rows_by_treatment(trials)
    assert list(rows) == [drug.name for drug in trials.catalogue.drugs]
    assert {drug: count for drug, count in rows.items() if count} == {
        "pregabalin": 1,
        "gabapentin": 1,
        "magnesium": 1,
    }


def test_serum_magnesium_is_no_row_of_pain(tmp_path: Path) -> None:
    trials = load_trials(write_tables(tmp_path, tiny_tables()))
    rows = rows_by_treatment(trials, of_pain=True)
    assert (rows["magnesium"], rows["pregabalin"]) == (0, 1)
    assert scarce_treatments(trials) == dict(sorted(rows.items(), key=lambda item: item[1]))


def test_counts_of_the_packaged_rows_agree_with_those_by_arm() -> None:
    counts = check_counts(packaged_trials(blocks=()))
    by_arm, rows = counts["by_treatment"], counts["rows_by_treatment"]
    assert isinstance(by_arm, dict)
    assert isinstance(rows, dict)
    assert {drug: count for drug, count in rows.items() if count} == {
        drug: count for drug, count in by_arm.items() if drug not in ("placebo", "none", "other")
    }


def test_scarce_treatments_are_those_below_the_limit_fewest_first() -> None:
    scarce = scarce_treatments(packaged_trials())
    assert list(scarce.values()) == sorted(scarce.values())
    assert max(scarce.values()) < FEWEST_ROWS
    rows = rows_by_treatment(packaged_trials(), of_pain=True)
    assert min(count for drug, count in rows.items() if drug not in scarce) >= FEWEST_ROWS

"""Claims about a folder of trials that holds tables of the catalogue."""

from __future__ import annotations

from pathlib import Path

from windup.datasets import load_trials, packaged_catalogue, packaged_trials

from ..tiny import tiny_tables, write_tables
from .own import own_tables


def test_rows_of_a_folder_join_those_that_come_with_windup(tmp_path: Path) -> None:
    catalogue = load_trials(write_tables(tmp_path, tiny_tables() | own_tables())).catalogue
    assert catalogue.drugs[:-1] == packaged_catalogue().drugs
    assert catalogue.drug("lowdosin").synonyms == ("Lowdo", "LDN")
    assert catalogue.actions[-1].strength == "lowdosin_microglia"
    assert "burning_mouth" in catalogue.chronic_conditions
    assert not catalogue.instrument_by_name["COMFORT_1_7"].higher_is_worse
    assert catalogue.outside_class_by_name["leeches"].lasts_days == 28.0
    assert set(catalogue.treatments) - set(packaged_catalogue().treatments) == {"lowdosin", "leeches"}


def test_a_folder_without_such_tables_has_the_packaged_rows_alone(tmp_path: Path) -> None:
    trials = load_trials(write_tables(tmp_path, tiny_tables()))
    assert trials.catalogue == packaged_catalogue() == packaged_trials().catalogue


def test_the_hash_and_the_files_of_trials_cover_the_own_tables(tmp_path: Path) -> None:
    bare = load_trials(write_tables(tmp_path, tiny_tables()))
    write_tables(tmp_path, own_tables())
    own = load_trials(tmp_path)
    assert own.sha256 != bare.sha256
    assert set(own.files) - set(bare.files) == set(own_tables())
    assert own.files["drugs.csv"] == (tmp_path / "drugs.csv").read_bytes()
    (tmp_path / "drugs.csv").write_bytes(own.files["drugs.csv"].replace(b"4.5", b"4.6"))
    assert load_trials(tmp_path).sha256 not in (own.sha256, bare.sha256)


def test_files_of_trials_written_to_a_folder_give_the_same_trials(tmp_path: Path) -> None:
    first = load_trials(write_tables(tmp_path, tiny_tables() | own_tables()))
    copy = tmp_path / "copy"
    copy.mkdir()
    for name, content in first.files.items():
        (copy / name).write_bytes(content)
    second = load_trials(copy)
    assert (second.sha256, second.catalogue) == (first.sha256, first.catalogue)

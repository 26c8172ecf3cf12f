"""Claims about `windup init`: what it writes can be used, and nothing is overwritten."""

from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from windup.datasets import CATALOGUE_TABLES, TABLES, load_trials, packaged_catalogue, packaged_trials
from windup.fit import load_settings
from windup.fit.cli.app import app
from windup.fit.cli.start_files import init
from windup.fit.problem.build import model_named


def run(*arguments: object) -> Any:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def names(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_settings_are_written_into_a_new_folder(tmp_path: Path) -> None:
    result = run("init", tmp_path / "a" / "b")
    assert result.exit_code == 0
    assert names(tmp_path / "a" / "b") == {"settings.toml"}
    assert f"windup fit --settings {tmp_path / 'a' / 'b' / 'settings.toml'}" in result.stdout


def test_tables_are_empty_but_for_every_column_and_load(tmp_path: Path) -> None:
    init(tmp_path, trials=True)
    trials = load_trials(tmp_path / "trials")
    assert [len(table) for table in (trials.studies, trials.dosing, trials.observations)] == [0, 0, 0]
    for name, columns in (TABLES | CATALOGUE_TABLES).items():
        header = (tmp_path / "trials" / name).read_text(encoding="utf-8")
        assert header == ",".join(column.name for column in columns) + "\n"


def test_settings_with_tables_point_at_them(tmp_path: Path) -> None:
    init(tmp_path, trials=True)
    assert load_settings(tmp_path / "settings.toml").data == tmp_path / "trials"


def test_example_holds_packaged_rows_that_a_fit_uses(tmp_path: Path) -> None:
    init(tmp_path, trials=True)
    example, all_trials = load_trials(tmp_path / "example_trials"), packaged_trials()
    own = all_trials.observations[
        all_trials.observations["study_id"].isin(example.studies["study_id"])
    ].reset_index(drop=True)
    assert example.observations.drop(columns="line").equals(own.drop(columns="line"))
    used = example.observations[example.observations["used"]]
    assert set(used["study_id"]) == set(example.studies["study_id"])
    assert {"mean", "change", "contrast"} <= set(used["kind"])
    assert (example.studies["doi"] != "").all()


def test_example_has_a_drug_a_condition_and_an_instrument_that_every_model_takes(tmp_path: Path) -> None:
    init(tmp_path, trials=True)
    catalogue, packaged = load_trials(tmp_path / "example_trials").catalogue, packaged_catalogue()
    new = [set(names) - set(known) for names, known in (
        (catalogue.drug_by_name, packaged.drug_by_name),
        (catalogue.chronic_conditions, packaged.chronic_conditions),
        (catalogue.instrument_by_name, packaged.instrument_by_name),
    )]  # fmt: skip
    assert new == [{"duloxetine"}, {"bladder_pain"}, {"SF36_bodily_pain"}]
    text = (tmp_path / "README.md").read_text(encoding="utf-8")
    assert all(f"`{name}`" in text for name in ("duloxetine", "bladder_pain", "SF36_bodily_pain"))
    for model in ("cascade", "turnover", "single_loop", "time_course"):
        strengths = {parameter.name for parameter in model_named(model, catalogue).parameters()}
        assert any(name.startswith("duloxetine_") for name in strengths), model


def test_readme_says_that_the_example_is_no_data(tmp_path: Path) -> None:
    init(tmp_path, trials=True)
    text = (tmp_path / "README.md").read_text(encoding="utf-8")
    assert "**no part of your data**" in text
    assert all(
        f"`{column.name}`" in text for columns in (TABLES | CATALOGUE_TABLES).values() for column in columns
    )


@pytest.mark.parametrize("present", ["settings.toml", "trials/dosing.csv", "README.md"])
def test_nothing_is_written_where_a_file_exists(tmp_path: Path, present: str) -> None:
    (tmp_path / present).parent.mkdir(exist_ok=True)
    (tmp_path / present).write_text("mine", encoding="utf-8")
    result = run("init", tmp_path, "--trials")
    assert result.exit_code == 5
    assert str(tmp_path / present) in result.stderr
    assert names(tmp_path) == {present}
    assert (tmp_path / present).read_text(encoding="utf-8") == "mine"


def test_nothing_is_left_when_the_disk_refuses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[Path] = []

    def full(path: Path, content: str) -> None:
        if len(written) == 3:
            raise OSError(28, "No space left on device")
        path.write_text(content, encoding="utf-8")
        written.append(path)

    monkeypatch.setattr("windup.fit.cli.start_files.write_file", full)
    result = run("init", tmp_path / "new" / "study", "--trials")
    assert result.exit_code == 6
    assert len(written) == 3
    assert list(tmp_path.iterdir()) == []

"""Claims about `windup fit --settings`: the file decides, and options on the command line win over it."""

from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from windup.datasets import Trials
from windup.fit import Settings, SettingsError
from windup.fit.cli.app import app


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Settings]:
    """What fits were asked for; none is run."""
    found: list[Settings] = []

    def engine(trials: Trials, settings: Settings, **_: object) -> object:
        found.append(settings)
        raise SettingsError("Enough.")

    monkeypatch.setattr("windup.fit.cli.commands.fit._engine", lambda: engine)
    return found


def run(*arguments: object) -> Any:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_file_of_settings_decides_what_is_fitted(tmp_path: Path, asked: list[Settings]) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('model = "turnover"\npreset = "quick"\nseed = 7\nout = "a"\n', encoding="utf-8")
    run("fit", "--settings", path)
    wanted = Settings.from_preset("quick", model="turnover", seed=7, out=tmp_path / "a")
    assert asked == [wanted]


def test_options_win_over_the_file_even_where_they_name_the_default(
    tmp_path: Path, asked: list[Settings]
) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('model = "turnover"\nseed = 7\nchains = 6\n', encoding="utf-8")
    run("fit", "--settings", path, "--model", "cascade", "--seed", 0, "--out", tmp_path / "b")
    assert asked == [Settings.from_preset(chains=6, out=tmp_path / "b")]


def test_faults_of_the_file_end_with_2_and_each_names_its_row(tmp_path: Path, asked: list[Settings]) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('model = "x"\nchains = 1\n', encoding="utf-8")
    result = run("fit", "--settings", path)
    assert result.exit_code == 2
    assert "mine.toml, row 1, model: There is no model 'x'." in result.stderr
    assert "mine.toml, row 2, chains: 1 stands there. Write a number of at least 2." in result.stderr
    assert asked == []


def test_without_a_file_nothing_changes(
    tmp_path: Path, asked: list[Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    run("fit")
    assert asked == [Settings.from_preset()]


def test_number_of_draws_and_the_opposite_option_turn_until_converged_off(
    tmp_path: Path, asked: list[Settings]
) -> None:
    run("fit", "--out", tmp_path / "a", "--draws", 200)
    run("fit", "--out", tmp_path / "a", "--no-until-converged")
    run("fit", "--out", tmp_path / "a", "--max-draws", 900, "--max-minutes", 5)
    assert [each.until_converged for each in asked] == [False, False, True]
    assert (asked[2].max_draws, asked[2].max_minutes) == (900, 5.0)

"""Claims about `windup import aggregate`: what it writes, what it prints, and what it leaves alone."""

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from windup.datasets import load_trials
from windup.fit.cli.app import app

from ....datasets.aggregates.synthesis import contrasts, long
from ....test_words import findings

MAP = """
[studies]
condition = "fibromyalgia"
[rows]
outcome = "pain_intensity"
scale = "NRS_0_10"
[treatment."Pregabalin 300"]
drug = "pregabalin"
dose_per_administration = 300
dose_unit = "mg/day"
[treatment."Gabapentin 1800"]
drug = "gabapentin"
dose_per_administration = 1800
dose_unit = "mg/day"
"""


def run(*arguments: object) -> Any:
    # A wide terminal, so that no line of a table is broken.
    return CliRunner(env={"COLUMNS": "120"}).invoke(
        app, ["import", "aggregate", *(str(argument) for argument in arguments)]
    )


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "arms.csv"
    long().to_csv(path, index=False)
    return path


@pytest.fixture
def mapping(tmp_path: Path) -> Path:
    path = tmp_path / "arms.toml"
    path.write_text(MAP, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A folder of tables, and what the command printed."""
    place = tmp_path_factory.mktemp("made")
    long().to_csv(place / "arms.csv", index=False)
    (place / "arms.toml").write_text(MAP, encoding="utf-8")
    result = run(place / "arms.csv", "--map", place / "arms.toml", "--out", place / "trials")
    assert result.exit_code == 0
    return place / "trials", result.stdout


def test_tables_are_written_pass_the_check_and_are_counted(made: tuple[Path, str]) -> None:
    out, said = made
    assert {path.name for path in out.iterdir()} == {"studies.csv", "dosing.csv", "observations.csv"}
    assert "2 studies, 4 arms. Rows: 4 results of arms, 0 contrasts." in said
    assert "A fit uses 4 of 4 rows." in said
    assert len(load_trials(out).observations) == 4


def test_every_guess_is_printed(made: tuple[Path, str]) -> None:
    lines = made[1].splitlines()

    def line_of(word: str) -> str:
        return " ".join(next(line for line in lines if line.split()[:1] == [word]).split())

    assert line_of("studlab") == "studlab name of the study header of netmeta"
    assert line_of("rows") == "rows layout 'long' guessed: one treatment in a row"
    assert line_of("unit") == "unit of time weeks its header names weeks"
    assert any("The treatment 'Placebo' is read as 'placebo'" in line for line in lines)


def test_rows_that_a_fit_does_not_use_are_counted_with_the_reason(mapping: Path, tmp_path: Path) -> None:
    file = tmp_path / "pairs.csv"
    contrasts().drop(columns=["n1", "n2"]).to_csv(file, index=False)
    result = run(file, "--map", mapping, "--out", tmp_path / "trials")
    assert "A fit uses 0 of 2 rows." in result.stdout
    assert "Not used: 2, no n." in result.stdout


def test_faults_end_with_3_after_the_guesses_and_nothing_is_written(file: Path, tmp_path: Path) -> None:
    result = run(file, "--out", tmp_path / "trials")
    assert result.exit_code == 3
    assert "layout 'long'" in result.stdout
    said = " ".join(result.stderr.split())
    assert (
        "arms.csv, row 3, column 'treat': The map does not say what the treatment 'Pregabalin 300' is" in said
    )
    assert "map, column 'rows scale'" in said
    assert not (tmp_path / "trials").exists()


def test_map_that_is_written_needs_only_what_the_file_does_not_show(file: Path, tmp_path: Path) -> None:
    written = tmp_path / "new.toml"
    assert run(file, "--write-map", written).exit_code == 0
    text = written.read_text(encoding="utf-8")
    content = tomllib.loads(text)
    assert content["columns"]["study"] == "studlab"
    assert {label: cells["drug"] for label, cells in content["treatment"].items()} == {
        "Gabapentin 1800": "", "Placebo": "placebo", "Pregabalin 300": "",
    }  # fmt: skip
    assert "the label has 1800" in text
    text = text.replace('condition = ""', 'condition = "fibromyalgia"')
    text = text.replace('outcome = ""', 'outcome = "pain_intensity"').replace(
        'scale = ""', 'scale = "NRS_0_10"'
    )
    for drug in ("gabapentin", "pregabalin"):
        told = f'drug = "{drug}"\ndose_how = "not stated"'
        text = text.replace('drug = ""', told, 1)
    written.write_text(text, encoding="utf-8")
    assert run(file, "--map", written, "--out", tmp_path / "trials").exit_code == 0


def test_number_of_a_label_is_no_dose(file: Path, tmp_path: Path) -> None:
    written = tmp_path / "new.toml"
    run(file, "--write-map", written)
    content = tomllib.loads(written.read_text(encoding="utf-8"))
    assert content["treatment"]["Pregabalin 300"] == {"drug": ""}


def test_map_that_stands_there_is_replaced_on_request_alone(file: Path, mapping: Path) -> None:
    refused = run(file, "--write-map", mapping)
    assert refused.exit_code == 5
    assert mapping.read_text(encoding="utf-8") == MAP
    assert run(file, "--write-map", mapping, "--overwrite").exit_code == 0
    assert mapping.read_text(encoding="utf-8") != MAP


def test_json_has_guesses_counts_and_faults(file: Path, mapping: Path, tmp_path: Path) -> None:
    wrong = run(file, "--out", tmp_path / "trials", "--json")
    assert wrong.exit_code == 3
    assert {fault["column"] for fault in json.loads(wrong.stdout)["faults"]} >= {"treat", "rows scale"}
    made = json.loads(run(file, "--map", mapping, "--out", tmp_path / "trials", "--json").stdout)
    assert made["read"]["layout"] == "long"
    assert [made[name] for name in ("studies", "arms", "observations", "used")] == [2, 4, 4, 4]
    assert made["guessed_treatments"] == {"Placebo": "placebo"}
    assert made["faults"] == []


@pytest.mark.parametrize("options", [(), ("--out", "a", "--write-map", "b")])
def test_either_tables_or_a_map_is_asked_for(file: Path, options: tuple[str, ...]) -> None:
    result = run(file, *options)
    assert result.exit_code == 2
    assert "Give --out for the tables, or --write-map" in result.stderr


def test_help_of_the_command_uses_plain_words() -> None:
    said = run("--help").stdout
    assert "--write-map" in said
    assert findings(said) == []

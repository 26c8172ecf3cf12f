"""Claims about `windup import patients`: what it writes, what it prints, and what it leaves alone."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from typer.testing import CliRunner

from windup.datasets import VisitWindows, example_patient_files, load_trials, patients_to_trials
from windup.fit.cli.app import app
from windup.fit.cli.imports.folder import write_tables
from windup.fit.errors import DiskError

from ....datasets.individuals.simulated import ARMS, STUDY, simulated_patients
from ....test_words import findings

SAID = [word for name, cell in STUDY.items() for word in ("--study", f"{name}={cell}")]


def run(*arguments: object) -> Any:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def names(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "visits.csv"
    simulated_patients().to_csv(path, index=False)
    return path


def test_tables_of_the_example_are_written_and_pass_the_check(tmp_path: Path) -> None:
    for name, text in example_patient_files().items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    cells = ("study_id=dinat2015", "condition=neuropathic_mixed", "design=crossover_rct")
    study = [word for cell in cells for word in ("--study", cell)]
    out = tmp_path / "trials"
    result = run(
        "import", "patients", tmp_path / "patients.csv", "--arms", tmp_path / "arms.csv", "--out", out, *study
    )
    assert result.exit_code == 0
    assert names(out) == {"studies.csv", "dosing.csv", "observations.csv", "moments.csv"}
    assert "1 study, 2 arms of 122 and 122 patients. Rows: 6 means, 4 changes." in result.stdout
    assert "A fit uses 6 of 10 rows." in result.stdout
    assert f"windup check {out}" in result.stdout
    assert run("check", out).exit_code == 0


def test_what_the_patients_do_not_show_is_named_as_left_to_fill_in(tmp_path: Path, file: Path) -> None:
    result = run("import", "patients", file, "--out", tmp_path / "made", "--study", "study_id=mine")
    assert result.exit_code == 0
    left = result.stdout.partition("Left to fill in")[2]
    assert "studies.csv, row 2, column 'condition'" in left
    assert "column drug" in left
    assert run("check", tmp_path / "made").exit_code == 3


def test_options_are_those_of_the_function(tmp_path: Path) -> None:
    table = simulated_patients(missing=0.1).assign(time_weeks=lambda each: each["time_weeks"] + 0.2)
    file, arms = tmp_path / "visits.csv", tmp_path / "arms.csv"
    table.rename(columns={"pain": "NRS"}).to_csv(file, index=False)
    ARMS.to_csv(arms, index=False)
    weeks = [word for week in (0, 4, 12) for word in ("--visit-week", week)]
    options = ("--window-days", -7, 7, "--nearest", "--responders", 30, "--flag", "worst_pain", "--all-pairs")
    more = ("--source", "doi:10.0000/a", "--column", "pain=NRS", "--arms", arms, *SAID)
    result = run("import", "patients", file, "--out", tmp_path / "made", *weeks, *options, *more)
    # An entry after day 0 is none of a baseline.
    assert result.exit_code == 0
    assert "no visit in week 0 or before" in " ".join(result.stdout.split())
    made = patients_to_trials(
        file,
        arms=arms,
        study=STUDY,
        windows=VisitWindows((0.0, 4.0, 12.0), -7.0, 7.0, nearest=True),
        responders=(30,),
        flags=("worst_pain",),
        pairs="all",
        source="doi:10.0000/a",
        columns={"pain": "NRS"},
    )
    written = {name: (tmp_path / "made" / name).read_text(encoding="utf-8") for name in made.files}
    assert written == made.files


def test_faults_end_with_3_and_nothing_is_written(tmp_path: Path, file: Path) -> None:
    table = pd.read_csv(file)
    table.loc[3, "pain"] = 40
    table.to_csv(file, index=False)
    result = run("import", "patients", file, "--out", tmp_path / "made", *SAID, "--flag", "x")
    assert result.exit_code == 3
    assert "visits.csv, row 5, column 'pain'" in result.stderr
    assert "'x' is not a flag" in result.stderr
    assert not (tmp_path / "made").exists()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--study", "fibromyalgia"), "--study is 'fibromyalgia'. Write NAME=VALUE."),
        (("--window-days", -6, 0), "Name each visit with --visit-week."),
        (("--responders", "half"), "--responders"),
    ],
)
def test_wrong_option_ends_with_2(tmp_path: Path, file: Path, options: tuple[object, ...], said: str) -> None:
    result = run("import", "patients", file, "--out", tmp_path / "made", *options)
    assert result.exit_code == 2
    assert said in result.stderr
    assert not (tmp_path / "made").exists()


def test_tables_that_stand_there_are_replaced_on_request_alone(tmp_path: Path, file: Path) -> None:
    out = tmp_path / "made"
    assert run("import", "patients", file, "--out", out, *SAID).exit_code == 0
    (out / "observations.csv").write_text("mine", encoding="utf-8")
    (out / "drugs.csv").write_text("my drugs", encoding="utf-8")
    refused = run("import", "patients", file, "--out", out, *SAID)
    assert refused.exit_code == 5
    assert "Give --overwrite" in refused.stderr
    assert (out / "observations.csv").read_text(encoding="utf-8") == "mine"
    run("import", "patients", file, "--out", out, *SAID, "--overwrite")
    assert (out / "observations.csv").read_text(encoding="utf-8") != "mine"
    assert (out / "drugs.csv").read_text(encoding="utf-8") == "my drugs"


def test_folder_with_anything_else_is_never_replaced(tmp_path: Path, file: Path) -> None:
    result = run("import", "patients", file, "--out", tmp_path, *SAID, "--overwrite")
    assert result.exit_code == 5
    assert "visits.csv" in result.stderr
    assert names(tmp_path) == {"visits.csv"}


@pytest.mark.parametrize("there", [False, True], ids=["new", "replaced"])
def test_nothing_is_left_when_the_disk_refuses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, there: bool
) -> None:
    out = tmp_path / "deep" / "made"
    if there:
        write_tables(out, {"studies.csv": "old"}, overwrite=False)

    def full(path: Path, _: str) -> None:
        path.write_text("half", encoding="utf-8")
        if path.name == "dosing.csv":
            raise OSError(28, "No space left on device")

    monkeypatch.setattr("windup.fit.cli.imports.folder.write_file", full)
    with pytest.raises(DiskError):
        write_tables(out, {"studies.csv": "new", "dosing.csv": "new"}, overwrite=True)
    assert names(tmp_path) == ({"deep/made/studies.csv"} if there else set())
    if there:
        assert (out / "studies.csv").read_text(encoding="utf-8") == "old"


def test_tables_written_are_those_that_load(tmp_path: Path, file: Path) -> None:
    arms = tmp_path / "arms.csv"
    ARMS.to_csv(arms, index=False)
    run("import", "patients", file, "--out", tmp_path / "made", "--arms", arms, *SAID)
    assert len(load_trials(tmp_path / "made").observations) == 10


def test_help_of_the_command_uses_plain_words() -> None:
    said = run("import", "patients", "--help").stdout
    assert "--visit-week" in said
    assert findings(said) == []

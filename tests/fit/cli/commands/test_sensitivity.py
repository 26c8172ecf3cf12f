"""Claims about `windup sensitivity` and `windup identify`: what they write, refuse, and how they end."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import xarray as xr
from typer.testing import CliRunner

from windup.fit.cli.app import app
from windup.fit.cli.console.exits import FOLDER_REFUSED, OK, USAGE


def windup(*arguments: object) -> Any:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("sensitivity") / "sobol"
    ended = windup("sensitivity", "time_course", "--samples", 16, "--out", out, "--json")
    assert ended.exit_code == OK, ended.output
    assert json.loads(ended.stdout)["command"] == "sensitivity"
    return out


def test_folder_holds_tables_figures_points_and_a_page(place: Path) -> None:
    files = {str(path.relative_to(place)) for path in place.rglob("*") if path.is_file()}
    assert files == {
        "settings.json",
        "sensitivity.nc",
        "indices.csv",
        "convergence.csv",
        "figures/indices.png",
        "figures/convergence.png",
        "summary.json",
        "summary.md",
    }


def test_each_effect_of_a_model_without_mechanism_is_led_by_a_parameter_of_its_drug(place: Path) -> None:
    table = pd.read_csv(place / "indices.csv")
    for drug in ("pregabalin", "gabapentin", "memantine", "nsaid"):
        part = table[table["response"].str.lower().str.contains(f"difference from placebo: {drug}")]
        assert part.nlargest(1, "total")["parameter"].item().startswith(drug)


def test_draws_and_tables_agree(place: Path) -> None:
    with xr.open_datatree(place / "sensitivity.nc", engine="h5netcdf") as tree:
        responses = {str(name) for name in tree.to_dataset()["response"].values}
        points = tree.sizes["point"]
    assert set(pd.read_csv(place / "indices.csv")["response"]) == responses
    assert json.loads((place / "summary.json").read_text())["solves"] == points


def test_page_says_that_it_is_no_advice_and_summary_shows_it_again(place: Path) -> None:
    shown = windup("summary", place)
    assert shown.exit_code == OK
    assert "not medical advice" in (place / "summary.md").read_text()
    assert "What moves each result most" in shown.stdout


def test_an_earlier_result_is_not_replaced_unasked(place: Path) -> None:
    before = (place / "summary.json").read_text()
    ended = windup("sensitivity", "time_course", "--samples", 8, "--out", place)
    assert ended.exit_code == FOLDER_REFUSED
    assert "--overwrite" in ended.output
    assert (place / "summary.json").read_text() == before


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("cascade", "--method", "sobal"), USAGE, "sobol"),
        (("cascade", "--samples", 100), USAGE, "128"),
        (("cascade", "--method", "power-scaling"), USAGE, "run folder"),
        (("cascade", "--method", "prior-refit", "--samples", 8), USAGE, "--samples"),
        (("no_such_run",), FOLDER_REFUSED, "neither a run folder nor a model"),
    ],
)
def test_wrong_request_is_refused_in_one_sentence_and_nothing_is_written(
    tmp_path: Path, arguments: tuple[object, ...], code: int, said: str
) -> None:
    ended = windup("sensitivity", *arguments, "--out", tmp_path / "out")
    assert ended.exit_code == code
    assert said in ended.output
    assert list(tmp_path.iterdir()) == []


def test_identify_refuses_a_folder_without_a_run(tmp_path: Path) -> None:
    ended = windup("identify", tmp_path, "--out", tmp_path / "out")
    assert ended.exit_code == FOLDER_REFUSED
    assert list(tmp_path.iterdir()) == []

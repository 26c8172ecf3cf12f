"""Claims about `windup fit --add-draws`: the run that it leaves is that of one fit with all draws."""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr
from typer.testing import CliRunner

from windup.fit.cli.app import app

from ...datasets.tiny import tiny_tables, write_tables

FIT = ("fit", "--model", "time_course", "--preset", "quick", "--chains", 2, "--warmup", 30)

DRAWN = "posterior", "unconstrained_posterior", "sample_stats", "posterior_predictive", "log_likelihood"


def run(*arguments: object) -> Any:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture(scope="module")
def patched() -> Any:
    """Fits without figures and with few draws of the prior."""
    patch = pytest.MonkeyPatch()
    patch.setattr("windup.fit.runs.write.figures", lambda *_: iter(()))
    patch.setattr("windup.fit.posterior.fit_posterior.PRIOR_DRAWS", 50)
    yield
    patch.undo()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, patched: Any) -> Path:
    """Trials, and runs of 33 and of 57 draws."""
    place = tmp_path_factory.mktemp("more")
    (place / "trials").mkdir()
    write_tables(place / "trials", tiny_tables())
    for draws in (33, 57):
        result = run(*FIT, "--data", place / "trials", "--draws", draws, "--out", place / f"of_{draws}")
        assert result.exit_code == 4, result.output
    return place


@pytest.fixture
def short(folder: Path, tmp_path: Path) -> Path:
    """A copy of the run of 33 draws."""
    return Path(shutil.copytree(folder / "of_33", tmp_path / "run"))


def test_added_draws_leave_the_run_of_one_fit(folder: Path, short: Path) -> None:
    result = run("fit", "--out", short, "--add-draws", 24)
    assert result.exit_code == 4, result.output
    added, whole = (xr.open_datatree(place / "posterior.nc") for place in (short, folder / "of_57"))
    for name in (
        "posterior",
        "unconstrained_posterior",
        "sample_stats",
        "posterior_predictive",
        "log_likelihood",
    ):
        xr.testing.assert_identical(added[name].to_dataset(), whole[name].to_dataset())
    settings = [json.loads((place / "settings.json").read_text()) for place in (short, folder / "of_57")]
    assert {key for key in settings[0] if settings[0][key] != settings[1][key]} == {"out"}
    # Draws can be added again.
    assert (short / "sampler_state.npz").is_file()


def test_draws_on_disk_are_those_of_the_run_and_draws_can_be_added(folder: Path, tmp_path: Path) -> None:
    out, place = tmp_path / "run", tmp_path / "draws"
    options = ("--data", folder / "trials", "--draws", 33, "--out", out, "--draws-to", place)
    result = run(*FIT, *options)
    assert result.exit_code == 4, result.output
    result = run("fit", "--out", out, "--add-draws", 24, "--draws-to", place)
    assert result.exit_code == 4, result.output
    whole = xr.open_datatree(folder / "of_57" / "posterior.nc")
    with xr.open_datatree(place, engine="zarr", consolidated=False) as store:
        for name in ("unconstrained_posterior", "sample_stats"):
            for variable, values in store[name].to_dataset().data_vars.items():
                np.testing.assert_array_equal(values.values, whole[name][variable].values)
        enrolment = store["posterior"]["enrolment_by_study"]
        named = whole["posterior"]["enrolment_by_study"]["painful_study"].values.tolist()
        assert enrolment["painful_study"].values.tolist() == named


def test_state_of_a_run_is_small(folder: Path) -> None:
    sizes = {draws: (folder / f"of_{draws}" / "sampler_state.npz").stat().st_size for draws in (33, 57)}
    # Of the last block, not of all draws.
    assert sizes[57] <= 1.5 * sizes[33]


def test_run_without_a_state_is_refused_in_words_and_stays(short: Path) -> None:
    (short / "sampler_state.npz").unlink()
    before = (short / "posterior.nc").read_bytes()
    result = run("fit", "--out", short, "--add-draws", 10)
    assert result.exit_code == 5
    assert "holds no sampler_state.npz" in result.stderr
    assert (short / "posterior.nc").read_bytes() == before


def test_changed_setting_and_changed_data_are_refused_by_name(folder: Path, short: Path) -> None:
    result = run("fit", "--out", short, "--add-draws", 10, "--seed", 3)
    assert result.exit_code == 5
    assert "seed was 0 and is 3 now" in result.stderr
    tables = tiny_tables()
    tables["observations.csv"][0]["value"] = "6.9"
    (short.parent / "trials").mkdir()
    other = write_tables(short.parent / "trials", tables)
    result = run("fit", "--out", short, "--add-draws", 10, "--data", other)
    assert result.exit_code == 5
    assert "the data's SHA-256 was" in result.stderr


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--add-draws", 0), "--add-draws is 0"),
        (("--add-draws", 10, "--draws", 60), "give one of them"),
    ],
)
def test_numbers_that_cannot_be_meant_are_refused(
    short: Path, options: tuple[object, ...], said: str
) -> None:
    result = run("fit", "--out", short, *options)
    assert result.exit_code == 2
    assert said in result.stderr


def test_nothing_can_be_added_to_no_run(tmp_path: Path) -> None:
    result = run("fit", "--out", tmp_path / "none", "--add-draws", 10)
    assert result.exit_code == 5
    assert "no finished run" in result.stderr


def test_a_fit_starts_from_a_run_of_other_studies_by_their_names(folder: Path, tmp_path: Path) -> None:
    tables = tiny_tables()
    # The first study is gone: numbers of the others shift.
    for name, rows in tables.items():
        tables[name] = [row for row in rows if row["study_id"] != "alpha"]
    (tmp_path / "trials").mkdir()
    fewer = write_tables(tmp_path / "trials", tables)
    out = tmp_path / "fewer"
    result = run(*FIT, "--data", fewer, "--draws", 20, "--out", out, "--start", folder / "of_57")
    assert result.exit_code == 4, result.output
    begun = json.loads((out / "summary.json").read_text())["start"]
    assert begun["at_prior"] == []
    assert (
        begun["matched"]
        < xr.open_datatree(folder / "of_57" / "posterior.nc")["unconstrained_posterior"].sizes["coordinate"]
    )
    assert "from an earlier run" in (out / "summary.md").read_text()

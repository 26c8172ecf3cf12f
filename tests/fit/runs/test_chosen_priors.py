"""Claims about a run whose settings changed priors and fixed parameters: every output says so."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from windup.datasets import packaged_trials
from windup.fit import FittedRun, Prior, Settings, build_report, read_run
from windup.fit.analyses.comparison.folds import Fold
from windup.fit.cli.app import app
from windup.fit.posterior.fit_posterior import identity_of
from windup.fit.problem.priors import observation_priors

from .small import small_trials

FIXED, CHANGED = "FIXED in the settings: ", "PRIORS CHANGED in the settings: "
SETTINGS = """\
model = "time_course"
preset = "quick"
sampler = "nuts"
warmup = 10
draws = 30
max_tree_depth = 3
data = "trials"
out = "run"

[priors.relief_time]
scale = 0.1

[priors."placebo_response[fibromyalgia]"]
location = 1.0

[fixed]
placebo_time = 9
pregabalin_relief = 1.5
ala_relief = 3.0
"log_patient_sd[change]" = 0.8
"""


def windup(*arguments: object) -> Any:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> FittedRun:
    place = tmp_path_factory.mktemp("chosen")
    small_trials(place / "trials")
    (place / "settings.toml").write_text(SETTINGS, encoding="utf-8")
    ended = windup("fit", "--settings", place / "settings.toml")
    assert ended.exit_code == 4, ended.output
    return read_run(place / "run")


def notices_in(folder: Path) -> list[str]:
    notices: list[str] = json.loads((folder / "summary.json").read_text(encoding="utf-8"))["notices"]
    return notices


def assert_is_marked(folder: Path) -> None:
    """Page, summary, settings and every table of a folder say what was fixed and changed."""
    page = (folder / "summary.md").read_text(encoding="utf-8")
    for head in (FIXED, CHANGED):
        assert head in page
        assert any(head in notice for notice in notices_in(folder))
        for table in folder.glob("*.csv"):
            assert pd.read_csv(table)["notices"].str.contains(head, regex=False).all(), table


@pytest.mark.slow
def test_run_is_marked_and_read_back_with_its_choices(run: FittedRun) -> None:
    assert_is_marked(run.folder)
    assert run.settings.fixed["placebo_time"] == 9.0
    assert run.settings.priors["relief_time"] == Prior(scale=0.1)
    assert {change.parameter for change in run.problem.chosen.changes} == {
        *run.settings.fixed,
        *run.settings.priors,
    }
    record = json.loads((run.folder / "summary.json").read_text(encoding="utf-8"))
    told = {row["parameter"]: row["chosen"] for row in record["changed_priors"]}
    assert told["pregabalin_relief"] == "fixed at 1.5"
    assert told["placebo_response[fibromyalgia]"] == "1 ± 1"
    page = (run.folder / "summary.md").read_text(encoding="utf-8")
    assert "fixed at 1.5" in page
    assert "The settings fixed strengths of drugs (pregabalin_relief, ala_relief)." in page


@pytest.mark.slow
def test_what_is_fixed_is_not_sampled_and_what_is_changed_is_named_in_the_table(run: FittedRun) -> None:
    table = pd.read_csv(run.folder / "contraction.csv").set_index("parameter")
    assert not {"placebo_time", "pregabalin_relief", "log_patient_sd[change]"} & set(table.index)
    assert "log_patient_sd[mean]" in table.index
    changed = table.index[table["prior"] == "changed in the settings"]
    assert set(changed) == {"relief_time", "placebo_response[fibromyalgia]"}
    # A prior SD of 0.1 of the logarithm.
    low, high = np.log(table.loc["relief_time", ["prior_low_95", "prior_high_95"]].to_numpy(float))
    assert (high - low) / 3.92 == pytest.approx(0.1, rel=0.1)


@pytest.mark.slow
def test_draws_of_the_run_hold_what_is_fixed(run: FittedRun) -> None:
    draws = run.draws(20)
    assert set(np.asarray(draws["placebo_time"]).tolist()) == {9.0}
    assert set(np.asarray(draws["pregabalin_relief"]).tolist()) == {1.5}
    classes = ["mean", "change", "percent", "magnesium"]
    assert draws["log_patient_sd"].shape == (20, len(classes))
    assert set(np.asarray(draws["log_patient_sd"])[:, classes.index("change")].tolist()) == {0.8}
    assert "placebo_time" not in observation_priors(run.problem)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("command", "options"),
    [
        ("claims", ("--draws", 100)),
        ("predict", ("--draws", 20)),
        ("score", ("--draws", 50)),
        ("sensitivity", ("--method", "power-scaling")),
    ],
)
def test_every_analysis_of_the_run_is_marked(
    run: FittedRun, command: str, options: tuple[object, ...], tmp_path: Path
) -> None:
    place = tmp_path / "out"
    trials = ("--data", run.folder.parent / "trials") if command == "score" else ()
    ended = windup(command, run.folder, *trials, "--out", place, *options)
    assert ended.exit_code == 0, ended.output
    assert_is_marked(place)
    if command == "claims":
        claims = pd.read_csv(place / "claims.csv").set_index("claim")
        held = claims.loc["alpha-lipoic acid in fibromyalgia: 1 point"]
        # Three points in every draw.
        assert (held["posterior_probability"], held["verdict"], held["fixed"]) == (1.0, "fixed", "ala_relief")
    if command == "sensitivity":
        table = pd.read_csv(place / "power_scaling.csv").set_index("quantity")
        assert table.loc["pregabalin_relief", "diagnosis"] == "fixed in the settings"


@pytest.mark.slow
def test_report_names_what_was_fixed_where_it_says_what_may_not_be_concluded(run: FittedRun) -> None:
    text = build_report(run).html
    assert FIXED in text
    assert "4 parameters are fixed in the settings" in text
    assert "2 priors are changed in the settings" in text


def test_fault_that_the_model_shows_is_told_with_its_line_and_leaves_no_folder(tmp_path: Path) -> None:
    small_trials(tmp_path / "trials")
    text = SETTINGS.replace("pregabalin_relief", "pregabalin_releif")
    (tmp_path / "settings.toml").write_text(text, encoding="utf-8")
    ended = windup("fit", "--settings", tmp_path / "settings.toml")
    assert ended.exit_code == 2
    assert "settings.toml, row 18, fixed.pregabalin_releif" in ended.stderr
    assert "'pregabalin_relief'" in ended.stderr
    assert {path.name for path in tmp_path.iterdir()} == {"trials", "settings.toml"}


def test_choices_are_part_of_what_a_stopped_fit_and_a_kept_fold_are_known_by() -> None:
    trials = packaged_trials()
    plain = Settings.from_preset()
    chosen = Settings.from_preset(fixed={"misfit": 0.1})
    other = Settings.from_preset(priors={"misfit": Prior(scale=0.1)})
    identities = [identity_of(each, trials, 1, "program") for each in (plain, chosen, other)]
    assert [each["fixed"] for each in identities] == ["{}", "{'misfit': 0.1}", "{}"]
    assert identities[2]["priors"] == "{'misfit': {'scale': 0.1}}"
    assert len({Fold((), each, 10).digest(trials) for each in (plain, chosen, other)}) == 3

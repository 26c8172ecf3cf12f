"""Claims about predictions of regimens: exact sums, flags, doses, responders, and the command."""

import json
from functools import partial
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd
import pytest
import xarray as xr
from typer.testing import CliRunner

from windup.datasets import Regimen, load_regimens, packaged_catalogue, packaged_trials
from windup.fit.cli.app import app
from windup.fit.design.arrays import Design
from windup.fit.design.build import build_design
from windup.fit.design.hypothetical_arms import NO_DRUG, Arms, doses_of, patient_of
from windup.fit.design.support import beyond
from windup.fit.posterior.regimens import effects_at_12_weeks, reported_regimens
from windup.fit.storage.formats import tree_bytes
from windup.models import Cascade, PainModel, TimeCourse, Turnover

from ...prior_run import prior_run

CATALOGUE = packaged_catalogue()

MINE = """
[[regimen]]
name = "both"
condition = "fibromyalgia"
weeks = 16
weeks_reported = [12]
[[regimen.phase]]
drug = "pregabalin"
dose = 300
unit = "mg/day"
start_week = 0
end_week = 12
[[regimen.phase]]
drug = "ala"
dose = 600
unit = "mg/day"
start_week = 2
end_week = 10
"""
TABLES = ("effects", "courses", "responders", "ranks", "doses", "washout", "combinations")


def regimen(drug: str = "pregabalin", dose: float = 300.0, *, weeks: float = 12.0) -> Regimen:
    phase = {"drug": drug, "dose": dose, "unit": "mg/day", "start_week": 0.0, "end_week": weeks}
    kind = "painful_diabetic_neuropathy"
    return Regimen.model_validate({"name": "one", "condition": kind, "weeks": weeks, "phase": [phase]})


def values_of(model: PainModel[Any, Any], strength: float) -> dict[str, Any]:
    return {p.name: jnp.asarray(strength if p.is_strength else p.location) for p in model.parameters()}


def differences(
    model: PainModel[Any, Any], regimens: list[Regimen], strength: float, week: float
) -> np.ndarray:
    """Difference of each regimen from no drug at one week."""
    arms = Arms(CATALOGUE.dose_columns)
    places = [
        arms.visits(patient_of(each, CATALOGUE), doses_of(each, CATALOGUE), (week,))[0] for each in regimens
    ]
    none = [arms.visits(patient_of(each, CATALOGUE), NO_DRUG, (week,))[0] for each in regimens]
    schedule = arms.schedule()
    course = jax.jit(partial(arms.solve, model, schedule))(values_of(model, strength))
    pain = np.asarray(course.pain)
    return np.asarray(pain[places] - pain[none])


@pytest.fixture(scope="module")
def design() -> Design:
    # Without blocks no row is one of N-acetylcysteine.
    return build_design(packaged_trials(blocks=()))


def test_combination_of_a_linear_model_is_exactly_the_sum_of_its_drugs() -> None:
    named = {each.name: each for each in load_regimens()}
    both = named["alpha-lipoic acid + pregabalin"]
    found = differences(TimeCourse(), [both, both.alone("ala"), both.alone("pregabalin")], 0.4, 12.0)
    assert found[0] == pytest.approx(found[1] + found[2], abs=1e-9)
    assert found[0] < -0.5


def test_packaged_doses_give_the_effects_that_every_fit_reports() -> None:
    named = {each.name: each for each in load_regimens()}
    model = Turnover()
    expected = jax.jit(partial(effects_at_12_weeks, model))(values_of(model, 0.3))
    found = differences(model, [named[each.label] for each in reported_regimens(CATALOGUE.drugs)], 0.3, 12.0)
    np.testing.assert_allclose(found, expected, atol=2e-3)


def test_more_of_a_drug_does_more_at_the_medians_of_the_cascade() -> None:
    doses = (75.0, 150.0, 300.0, 450.0, 600.0)
    found = differences(Cascade(), [regimen(dose=dose) for dose in doses], 0.3, 12.0)
    assert (np.diff(found) < 0.0).all()
    assert found[0] < 0.0


def test_what_goes_beyond_the_trials_is_named(design: Design) -> None:
    def reasons(each: Regimen, condition: str = "painful_diabetic_neuropathy") -> str:
        return "; ".join(beyond(design, doses_of(each, CATALOGUE), condition, 7.0 * each.weeks))

    assert reasons(regimen()) == ""
    assert reasons(regimen(dose=2000.0)) == "dose of pregabalin above the largest used"
    assert reasons(regimen(weeks=300.0)).startswith("longer on pregabalin")
    assert reasons(regimen(), "crps").endswith("unseen in this condition")
    assert reasons(regimen("nac", 1200.0)) == "no used trial of nac"


def windup(*arguments: object) -> Any:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_command_writes_a_whole_folder_whose_rows_say_what_they_rest_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("windup.fit.runs.fitted_run.read_run", lambda folder: prior_run(folder))
    (tmp_path / "mine.toml").write_text(MINE)
    given = ("predict", tmp_path, "--regimens", tmp_path / "mine.toml", "--out", tmp_path / "out")
    result = windup(*given, "--json")
    assert result.exit_code == 0, result.stderr
    record = json.loads(result.stdout)
    for name in TABLES:
        table = pd.read_csv(tmp_path / "out" / f"{name}.csv", keep_default_na=False)
        if len(table):
            assert set(table["basis"]) == {"prior-driven"}
            assert table["notices"].str.contains("NOT a fit").all()
    combined = record["combinations"][0]
    assert combined["versus_additive_median"] == pytest.approx(0.0, abs=1e-6)
    assert record["notices"] == ["Made from a prior; NOT a fit."]
    assert windup(*given).exit_code == 5


def test_faults_of_regimens_leave_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("windup.fit.runs.fitted_run.read_run", lambda folder: prior_run(folder))
    (tmp_path / "mine.toml").write_text(MINE.replace("pregabalin", "pregabaline").replace("600", "-600"))
    result = windup("predict", tmp_path, "--regimens", tmp_path / "mine.toml", "--out", tmp_path / "out")
    assert result.exit_code == 3
    assert "2 faults" in result.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["mine.toml"]


def test_folder_without_a_run_is_refused(tmp_path: Path) -> None:
    result = windup("predict", tmp_path)
    assert result.exit_code == 5
    assert "no finished run" in result.stderr


def test_half_of_a_run_and_one_of_another_version_are_refused(tmp_path: Path) -> None:
    (tmp_path / "summary.json").write_text('{"failed_checks": []}')
    (tmp_path / "settings.json").write_text("{}")
    assert "half of a run" in windup("predict", tmp_path).stderr
    empty = xr.Dataset({"x": (("chain", "draw"), np.zeros((1, 2)))})
    groups = ("posterior", "prior", "unconstrained_posterior", "constant_data")
    tree = xr.DataTree.from_dict(dict.fromkeys(groups, empty))
    tree.attrs = {"versions": json.dumps({"windup": "0.0.1"})}
    (tmp_path / "posterior.nc").write_bytes(tree_bytes(tree, ()))
    result = windup("claims", tmp_path)
    assert result.exit_code == 5
    assert "windup 0.0.1" in result.stderr
    assert not (tmp_path / "claims").exists()

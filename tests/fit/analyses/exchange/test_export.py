"""Claims about exports: the standards find no fault, no row is lost unseen, and a row means what it meant."""

import re
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from windup.fit.analyses.exchange.check import faults_in
from windup.fit.analyses.exchange.export import export
from windup.fit.analyses.exchange.folder import write_export
from windup.fit.analyses.exchange.nominal import Nominal, prior_medians
from windup.fit.analyses.exchange.sbml import sbml_faults
from windup.fit.errors import RunFolderRefused, SettingsError
from windup.fit.problem.build import problem_of
from windup.fit.settings.fit import MODELS, Settings
from windup.fit.settings.priors import Prior

from .some import STUDIES, settings_of, some_export, some_problem, some_trials

pytest.importorskip("libsbml", reason="SBML is written by python-libsbml")
pytest.importorskip("petab.v2", reason="tables are checked by petab")


def rows_of(text: str) -> list[dict[str, str]]:
    header, *lines = (line.split("\t") for line in text.splitlines())
    return [dict(zip(header, line, strict=True)) for line in lines]


@pytest.mark.parametrize("model", MODELS)
def test_libsbml_and_the_linter_of_petab_find_nothing_in_any_model(model: str, tmp_path: Path) -> None:
    folder = write_export(some_export(model), tmp_path / model, overwrite=False)
    assert faults_in(folder) == ()
    assert {path.name for path in folder.iterdir()} == set(some_export(model).files)


def test_a_fault_of_the_sbml_would_be_found() -> None:
    text = some_export("turnover").files["model.xml"]
    assert sbml_faults(text.replace('variable="burden"', 'variable="nothing"'))


def test_with_a_fault_nothing_is_written(tmp_path: Path) -> None:
    exported = some_export("turnover")
    files = {**exported.files, "conditions.tsv": exported.files["conditions.tsv"].replace("drive_", "drove_")}
    with pytest.raises(SettingsError, match="nothing was written"):
        write_export(exported._replace(files=files), tmp_path / "out", overwrite=False)
    assert list(tmp_path.iterdir()) == []


def test_every_used_row_is_a_measurement_or_counted_with_its_reason() -> None:
    exported, trials = some_export("turnover"), some_trials()
    used = trials.observations[trials.observations["used"]]
    measured = [row["row_id"] for row in rows_of(exported.files["measurements.tsv"])]
    assert len(measured) == len(set(measured)) == exported.counts["measurements"]
    assert set(measured) < set(used["row_id"])
    others = Counter(used.loc[~used["row_id"].isin(measured), "kind"])
    by_kind: Counter[str] = Counter()
    for (kind, reason), count in exported.left_out.items():
        assert reason
        by_kind[kind] += count
    assert by_kind == others
    assert others


def test_counts_of_the_page_are_those_of_the_tables() -> None:
    exported = some_export("cascade")
    page = exported.files["README.md"]
    rows = {name: len(rows_of(exported.files[f"{name}.tsv"])) for name in exported.counts}
    assert rows == exported.counts
    assert f"{rows['measurements']} are measurements here" in page
    assert f"| `conditions.tsv` | {rows['conditions']} values" in page
    assert f"| `parameters.tsv` | {rows['parameters']} parameters" in page
    left = [int(number) for number in re.findall(r"^\| (\d+) \| ", page, re.MULTILINE)]
    assert sum(left) == sum(exported.left_out.values())
    assert f"windup uses {rows['measurements'] + sum(left)} rows of these studies" in page
    assert f"{exported.files['model.xml'].count('<assignmentRule ')} rules" in page
    assert f"{exported.files['model.xml'].count('<rateRule ')} states" in page


@pytest.mark.parametrize(
    "part",
    ["Studies differ", "Heavy tails", "correlated", "contrast", "percent change", "responders", "People"],
)
def test_page_names_what_the_standards_cannot_carry(part: str) -> None:
    assert part in some_export("cascade").files["README.md"]


def test_priors_and_units_are_those_of_the_model() -> None:
    problem, _ = some_problem("cascade")
    rows = {row["parameterId"]: row for row in rows_of(some_export("cascade").files["parameters.tsv"])}
    for parameter in problem.model.parameters():
        row = rows[parameter.name]
        assert row["unit"] == parameter.unit
        assert float(row["nominalValue"]) == pytest.approx(parameter.location)
        if parameter.family == "fixed":
            assert (row["estimate"], row["priorDistribution"]) == ("false", "")
            continue
        middle, spread = map(float, row["priorParameters"].split(";"))
        lognormal = parameter.family == "lognormal"
        assert row["priorDistribution"] == ("log-normal" if lognormal else "normal")
        assert middle == pytest.approx(np.log(parameter.location) if lognormal else parameter.location)
        assert spread == pytest.approx(parameter.prior_scale)


def test_priors_and_fixed_values_that_settings_choose_are_exported() -> None:
    settings = Settings.from_preset(
        "full",
        model="turnover",
        priors={"placebo_time": Prior(location=20.0, scale=0.3)},
        fixed={"natural_course": 0.25, "burden_time": 9.0, "placebo_response[diabetic_neuropathy]": 1.75},
    )
    problem = problem_of(some_trials(), settings)
    changed = export(problem, prior_medians(problem), trials=some_trials(), settings=settings)
    rows = {row["parameterId"]: row for row in rows_of(changed.files["parameters.tsv"])}
    placebo = rows["placebo_time"]
    assert placebo["priorDistribution"] == "log-normal"
    assert [*map(float, placebo["priorParameters"].split(";"))] == pytest.approx([np.log(20.0), 0.3])
    for name, value in (
        ("natural_course", 0.25),
        ("burden_time", 9.0),
        ("placebo_response_diabetic_neuropathy", 1.75),
    ):
        assert (rows[name]["estimate"], float(rows[name]["nominalValue"])) == ("false", value)


def test_visit_at_a_change_of_dose_is_measured_before_the_change() -> None:
    files = some_export("turnover").files
    begins = [(row["experimentId"], float(row["time"])) for row in rows_of(files["experiments.tsv"])]
    visits = {(row["experimentId"], float(row["time"])) for row in rows_of(files["measurements.tsv"])}
    later = [(arm, day) for arm, day in begins if day > 0.0]
    assert not visits & set(later)
    # There are such visits among these trials.
    assert any((arm, round(day, 3)) in visits for arm, day in later)


def test_observables_expect_of_every_row_what_windup_expects() -> None:
    pytest.importorskip("roadrunner", reason="the independent simulator is libRoadRunner")
    from .expected import assert_rows_agree

    # Nominal values at which every term of the observables is felt.
    assert_rows_agree("turnover", seed=2, tolerance=1e-5)


@pytest.mark.slow
def test_observables_expect_of_every_row_of_the_cascade_what_windup_expects() -> None:
    pytest.importorskip("roadrunner", reason="the independent simulator is libRoadRunner")
    from .expected import assert_rows_agree

    assert_rows_agree("cascade", seed=3, tolerance=1e-5)


def test_studies_that_are_named_are_all_that_is_written() -> None:
    problem, nominal = some_problem("turnover")
    settings = settings_of("turnover")
    one = export(problem, nominal, trials=some_trials(), settings=settings, studies=["backonja1998"])
    whole = rows_of(some_export("turnover").files["measurements.tsv"])
    mine = [row for row in whole if row["row_id"].startswith("backonja1998/")]
    assert rows_of(one.files["measurements.tsv"]) == mine


def test_unknown_study_is_named_with_the_nearest(tmp_path: Path) -> None:
    problem, nominal = some_problem("turnover")
    with pytest.raises(SettingsError, match=r"'backonja' is no study.*backonja1998"):
        export(problem, nominal, trials=some_trials(), settings=settings_of("turnover"), studies=["backonja"])


def test_nominal_values_of_the_model_are_those_of_the_table() -> None:
    problem, nominal = some_problem("turnover")
    draw = {**nominal.draw, "burden_time": np.asarray(12.5)}
    changed = export(problem, Nominal(draw, "mine"), trials=some_trials(), settings=settings_of("turnover"))
    rows = {row["parameterId"]: row for row in rows_of(changed.files["parameters.tsv"])}
    assert float(rows["burden_time"]["nominalValue"]) == 12.5
    assert re.search(r'id="burden_time" value="12.5"', changed.files["model.xml"])
    assert "Nominal values are mine." in changed.files["README.md"]


def test_a_folder_that_holds_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(RunFolderRefused, match=r"notes.txt"):
        write_export(some_export("turnover"), tmp_path, overwrite=True)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_every_study_of_these_tests_has_a_measurement() -> None:
    rows = rows_of(some_export("turnover").files["measurements.tsv"])
    assert {row["row_id"].split("/")[0] for row in rows} == set(STUDIES)
    assert {row["observableId"] for row in rows} == {"observed_pain", "observed_change", "observed_serum"}

"""Claims about planned trials: patients, tests and information agree with what is known in closed form."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

from windup.datasets import PlannedTrial, RegimenFaults, load_trial_plans
from windup.fit.analyses.virtual_trials.analysis import analysed
from windup.fit.analyses.virtual_trials.information_gain import expected_information
from windup.fit.analyses.virtual_trials.patients import Patients, StudyPart, baseline_grid, virtual_patients

DRUG = {"drug": "pregabalin", "dose": 300.0, "unit": "mg/day", "start_week": 0.0, "end_week": 12.0}
ALIKE = StudyPart(np.zeros((2, 2)), spread=2.0, correlation=0.5)


def plan(patients: int = 100, **changes: Any) -> PlannedTrial:
    arms = [
        {"name": "placebo", "patients": patients},
        {"name": "drug", "patients": patients, "phase": [DRUG]},
    ]
    return PlannedTrial.model_validate(
        {
            "name": "a",
            "condition": "painful_diabetic_neuropathy",
            "weeks": [4.0, 12.0],
            "arm": arms,
            **changes,
        }
    )


def trials(plan: PlannedTrial, effect: float, count: int, study: StudyPart = ALIKE) -> list[Patients]:
    """Patients keep their pain but for an effect of the second arm at all visits."""
    grid = baseline_grid(plan)
    courses = np.stack([np.repeat((grid + off)[:, None], 2, axis=1) for off in (0.0, effect)])
    generator = np.random.default_rng(0)
    return [virtual_patients(generator, plan, courses, study) for _ in range(count)]


def test_power_is_that_of_the_normal_distribution() -> None:
    asked = plan(50, pain=5.0, pain_sd=0.5)
    found = [analysed(asked, each).successes(asked)[0] for each in trials(asked, -1.0, 600)]
    expected = stats.norm.cdf(1.0 / (2.0 * np.sqrt(2.0 / 50)) - stats.norm.ppf(0.975))
    assert np.mean(found) == pytest.approx(expected, abs=4.0 * np.sqrt(expected * (1.0 - expected) / 600))


def test_level_of_the_test_is_kept_without_an_effect() -> None:
    asked = plan(50, pain=5.0, pain_sd=0.5)
    below = [analysed(asked, each).p[0] < 0.05 for each in trials(asked, 0.0, 1000)]
    assert np.mean(below) == pytest.approx(0.05, abs=4.0 * np.sqrt(0.05 * 0.95 / 1000))


def test_share_of_responders_is_that_of_the_observation_model() -> None:
    asked = plan(100_000, pain=6.0, pain_sd=0.01, endpoint="responder_30", missing="completers")
    (patients,) = trials(asked, -1.0, 1)
    share = stats.norm.cdf((0.7 * 6.0 - np.array([6.0, 5.0])) / 2.0)
    assert analysed(asked, patients).estimate[0] == pytest.approx(share[1] - share[0], abs=0.01)


def test_visits_of_a_patient_correlate_as_asked() -> None:
    asked = plan(50_000, pain=5.0, pain_sd=0.01)
    (patients,) = trials(asked, 0.0, 1, StudyPart(np.zeros((2, 2)), spread=1.0, correlation=0.6))
    assert np.corrcoef(patients.pain.T)[0, 1] == pytest.approx(0.6, abs=0.02)
    assert patients.pain.std(axis=0) == pytest.approx(1.0, abs=0.02)


def test_share_that_stays_falls_by_the_same_factor_every_week() -> None:
    (patients,) = trials(plan(50_000, dropout_per_week=0.05), 0.0, 1)
    stayed = np.isfinite(patients.pain).mean(axis=0)
    np.testing.assert_allclose(stayed, 0.95 ** np.array([4.0, 12.0]), atol=0.01)


@pytest.mark.parametrize(("missing", "expected"), [("baseline", 0.0), ("last", -1.0), ("completers", np.nan)])
def test_missing_endpoint_is_filled_as_asked(missing: str, expected: float) -> None:
    patients = Patients(np.array([0, 1]), np.array([6.0, 6.0]), np.array([[5.0, 4.0], [5.0, np.nan]]))
    change = patients.endpoint(missing) - patients.baseline
    np.testing.assert_allclose(change, [-2.0, expected])


def test_information_of_a_normal_effect_is_the_closed_form() -> None:
    generator = np.random.default_rng(0)
    effect = generator.normal(0.0, 1.0, 4000)
    gain, error = expected_information(generator, effect, np.full(4000, 0.3), np.full(4000, 0.4))
    assert gain == pytest.approx(0.5 * np.log(1.0 + 1.0 / 0.25), abs=4.0 * error + 0.01)
    assert error < 0.03


def test_more_patients_teach_little_where_studies_differ() -> None:
    generator = np.random.default_rng(0)
    effect, spread = generator.normal(0.0, 0.3, 2000), np.full(2000, 1.0)
    few, many = (expected_information(generator, effect, spread, np.full(2000, s))[0] for s in (0.3, 0.03))
    assert abs(many - few) < 0.05


FAULTY = """
[[trial]]
name = "one"
condition = "painful_diabetic_neuropath"
weeks = [4, 12]
endpoint = "cure"
[[trial.arm]]
name = "placebo"
patients = 0
[[trial.arm]]
name = "drug"
patients = 10

[[trial]]
name = "two"
condition = "fibromyalgia"
weeks = [4, 8]
[[trial.arm]]
name = "placebo"
patients = 10
[[trial.arm]]
name = "placebo"
patients = 10
[[trial.arm.phase]]
drug = "pregabaline"
dose = 300
unit = "mg/day"
start_week = 0
end_week = 12
"""


def test_all_faults_of_a_file_are_told_at_once(tmp_path: Path) -> None:
    path = tmp_path / "plans.toml"
    path.write_text(FAULTY, encoding="utf-8")
    with pytest.raises(RegimenFaults) as found:
        load_trial_plans(path)
    said = str(found.value)
    for part in (
        "[[trial]] 1 'one', endpoint",
        "Did you mean 'painful_diabetic_neuropathy'",
        "[[trial]] 1 'one', arm 1, patients",
        "[[trial]] 2 'two', arm 2, name",
        "Did you mean 'pregabalin'",
        "a phase ends in week 12",
    ):
        assert part in said
    assert len(found.value.faults) == 6


def test_trial_without_a_treated_arm_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "plans.toml"
    head = '[[trial]]\nname = "one"\ncondition = "fibromyalgia"\nweeks = [4]\n'
    arm = '[[trial.arm]]\nname = "{}"\npatients = 10\n'
    path.write_text(head + arm.format("a") + arm.format("b"), encoding="utf-8")
    with pytest.raises(RegimenFaults, match="nothing to compare"):
        load_trial_plans(path)

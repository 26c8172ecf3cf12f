"""Numbers of patients behind each reported effect."""

import dataclasses

import numpy as np

from windup.datasets import packaged_trials
from windup.fit.design.subset import only
from windup.fit.posterior.evidence import evidence
from windup.fit.problem.build import build_problem
from windup.models import TimeCourse


def test_patients_are_counted_for_every_drug_that_arms_got_also_by_contrasts_alone() -> None:
    trials = packaged_trials()
    table = evidence(build_problem(trials, TimeCourse(trials.catalogue)), trials)
    assert np.isfinite(table["patients"]).all()
    assert ((table["patients"] > 0.0) == (table["arms"] > 0)).all()


def test_a_contrast_puts_half_of_its_patients_in_each_arm() -> None:
    trials = packaged_trials()
    few = only(trials, {"zhang2021_fm"})
    used = few.observations[few.observations["used"]]
    assert set(used["reference_arm"]) == {"placebo"}
    randomised = few.dosing.assign(n_randomised=np.nan)
    few = dataclasses.replace(few, dosing=randomised)
    table = evidence(build_problem(few, TimeCourse(trials.catalogue)), few).set_index("treatment")
    assert table.loc["pregabalin", "patients"] == used["n"].max() / 2.0

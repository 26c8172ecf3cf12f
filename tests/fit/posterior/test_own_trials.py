"""Claims about what draws expect of the trials of each treatment, against arms solved by themselves."""

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import xarray as xr

from windup.datasets import Trials, packaged_trials
from windup.fit.design.doses import arm_doses
from windup.fit.design.hypothetical_arms import NO_DRUG, Arms, patient_in
from windup.fit.design.subset import only
from windup.fit.diagnostics.own_trials import EXPECTED, OWN_TRIALS, own_contrasts
from windup.fit.execution.process import prepare_process
from windup.fit.posterior.own_trials import with_own_trials
from windup.fit.problem.build import build_problem
from windup.fit.problem.problem import Draw, Problem, values_of
from windup.fit.problem.target import prior_draw
from windup.models import PlaceboOnly, TimeCourse

DRAWS = 20
# Arms of three doses against placebo, contrasts of two doses, an untreated control, and a crossover.

STUDIES = {"lesser2004", "sabatowski2004", "gohir2021", "watson2003"}


@pytest.fixture(scope="module")
def trials() -> Trials:
    prepare_process()
    return only(packaged_trials(), STUDIES)


@pytest.fixture(scope="module")
def problem(trials: Trials) -> Problem:
    return build_problem(trials, TimeCourse(trials.catalogue))


def prior_tree(problem: Problem) -> xr.DataTree:
    draws = jax.vmap(partial(prior_draw, problem))(jax.random.split(jax.random.key(0), DRAWS))
    # Nothing is exaggerated, so that a difference is that of the drugs alone.
    draws = draws | {name: jnp.zeros(DRAWS) for name in ("bias_open_label", "bias_small_trial")}
    # No pain reaches an end of the scale, so that a difference does not depend on the pain at enrolment.
    draws = draws | {name: 0.3 * x for name, x in draws.items() if name.endswith("_relief")}
    posterior = {
        name: (("chain", "draw", *(f"{name}_{n}" for n in range(x.ndim - 1))), np.asarray(x)[None])
        for name, x in draws.items()
    }
    return xr.DataTree.from_dict({"posterior": xr.Dataset(posterior)})


@pytest.fixture(scope="module")
def tree(trials: Trials, problem: Problem) -> xr.DataTree:
    return with_own_trials(prior_tree(problem), problem, trials)


def test_every_study_with_a_control_arm_is_there(tree: xr.DataTree) -> None:
    found = own_contrasts(tree)
    assert set(found["study"]) == STUDIES
    assert (found["study"] == "lesser2004").sum() == 3


def test_expectation_is_the_difference_of_arms_with_the_doses_of_the_trial(
    tree: xr.DataTree, trials: Trials, problem: Problem
) -> None:
    found, posterior = tree[OWN_TRIALS].to_dataset(), tree["posterior"].to_dataset()
    conditions = trials.studies.set_index("study_id")["condition"]
    arms = Arms(trials.catalogue.dose_columns)
    visits = []
    design = problem.design
    known = {s for s, pain in zip(design.studies, design.baseline_pain, strict=True) if np.isfinite(pain)}
    # Without a printed baseline the pain at enrolment is a parameter of the study.
    placebo = np.flatnonzero(
        found["placebo_controlled"].values & np.isin(found["study"].values.astype(str), sorted(known))
    )
    for place in placebo:
        study, arm, week = (found[name].values[place] for name in ("study", "arm", "week"))
        pain = float(design.baseline_pain[design.studies.index(study)])
        patient = patient_in(str(conditions[study]), pain, 1.0, trials.catalogue)
        doses = arm_doses(trials.dosing, str(study), str(arm), 0.0, trials.catalogue)
        visits.append([arms.visits(patient, each, (float(week),))[0] for each in (doses, NO_DRUG)])
    treated, control = np.array(visits).T
    schedule = arms.schedule()

    @jax.jit
    def differences(draw: Draw) -> Any:
        pain = arms.solve(problem.model, schedule, values_of(problem, draw)).pain
        return pain[treated] - pain[control]

    assert len(placebo) == 3
    for number in range(DRAWS):
        draw = {str(n): jnp.asarray(x.values[0, number]) for n, x in posterior.data_vars.items()}
        np.testing.assert_allclose(
            found[EXPECTED].values[number, placebo], differences(draw), atol=1e-3, rtol=1e-3
        )


def test_without_an_effect_of_drugs_only_an_untreated_control_leaves_a_difference(trials: Trials) -> None:
    problem = build_problem(trials, PlaceboOnly(trials.catalogue))
    found = with_own_trials(prior_tree(problem), problem, trials)[OWN_TRIALS].to_dataset()
    untreated = ~found["placebo_controlled"].values
    expected = found[EXPECTED].values
    assert untreated.any()
    assert np.abs(expected[:, ~untreated]).max() < 1e-9
    # The placebo response of people who know that they are untreated is smaller.
    assert np.abs(expected[:, untreated]).min() > 1e-3

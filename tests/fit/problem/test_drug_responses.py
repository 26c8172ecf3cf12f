"""Claims about drugs that are sampled by their response: the prior on strengths stays what it was."""

import jax
import numpy as np
import pytest
from numpyro import handlers
from scipy import stats

from windup.datasets import load_trials
from windup.fit.problem.build import build_problem
from windup.fit.problem.model import evaluate_sites, posterior_model
from windup.fit.problem.problem import Problem
from windup.fit.problem.target import prior_draw
from windup.models import Cascade, Turnover

DRAWS = 600


@pytest.fixture(scope="module")
def problem() -> Problem:
    return build_problem(load_trials(), Cascade())


@pytest.fixture(scope="module", params=["as the density has it", "as it is reported"])
def prior(problem: Problem, request: pytest.FixtureRequest) -> dict[str, np.ndarray]:
    def through_responses(key: jax.Array) -> dict[str, jax.Array]:
        trace = handlers.trace(handlers.seed(posterior_model, key)).get_trace(problem)
        sites = {name: site["value"] for name, site in trace.items() if site["type"] == "sample"}
        draw: dict[str, jax.Array] = evaluate_sites(problem, sites)[0]
        return draw

    def as_reported(key: jax.Array) -> dict[str, jax.Array]:
        draw: dict[str, jax.Array] = prior_draw(problem, key)
        return draw

    draw = through_responses if request.param == "as the density has it" else as_reported
    draws = jax.jit(jax.vmap(draw))(jax.random.split(jax.random.key(1), DRAWS))
    return {name: np.asarray(values) for name, values in draws.items()}


def test_drugs_with_enough_arms_are_sampled_by_response(problem: Problem) -> None:
    chosen = {drug.main.name for drug in problem.responding}
    assert {"pregabalin_insertion", "gabapentin_insertion", "nsaid_input", "opioid_inhibition"} <= chosen
    # One arm in the packaged trials.
    assert "nac_glutathione" not in chosen


def test_model_without_loops_samples_strengths() -> None:
    assert build_problem(load_trials(), Turnover()).responding == ()


def test_parameters_are_named_by_strength(problem: Problem, prior: dict[str, np.ndarray]) -> None:
    assert {drug.main.name for drug in problem.responding} <= set(prior)
    assert not any(name.endswith("_response") for name in prior if name != "placebo_response")


def test_prior_of_every_main_strength_is_the_one_in_the_table(
    problem: Problem, prior: dict[str, np.ndarray]
) -> None:
    for drug in problem.responding:
        expected = stats.norm(drug.main.location, drug.main.prior_scale)
        found = stats.kstest(prior[drug.main.name], expected.cdf)
        assert found.pvalue > 1e-4, drug.main.name


def test_strength_does_not_depend_on_the_mechanism_a_priori(
    problem: Problem, prior: dict[str, np.ndarray]
) -> None:
    for drug in problem.responding:
        for other in (*drug.others, "central_activity", "pain_from_calcium"):
            assert abs(stats.spearmanr(prior[drug.main.name], prior[other]).statistic) < 4.0 / np.sqrt(DRAWS)

"""Claims about local sensitivity: derivatives are those of the model, in the units that tables say."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from windup.fit.analyses.sensitivity.local_derivatives import (
    Derivatives,
    derivatives,
    local_table,
    scaled_derivatives,
)
from windup.fit.analyses.sensitivity.responses import Responses, responses_of
from windup.fit.execution.batches import Batches, compile_batches
from windup.fit.posterior.regimens import effects_at_12_weeks
from windup.fit.problem.margins import Margins, posterior_margins, prior_margins
from windup.models import Parameter, Turnover, free
from windup.models.core.parameters import Family


@pytest.fixture(scope="module")
def responses() -> Responses:
    return responses_of(Turnover())


@pytest.fixture(scope="module")
def margins() -> Margins:
    return prior_margins(Turnover())


@pytest.fixture(scope="module")
def solve(responses: Responses, margins: Margins) -> Batches:
    found: Batches = compile_batches(lambda row: responses.of(margins.values(row)), len(margins.names))
    return found


def test_derivatives_of_the_responses_are_central_differences(
    responses: Responses, margins: Margins, solve: Batches
) -> None:
    score = np.random.default_rng(1).normal(0.0, 0.5, len(margins.names))
    at = derivatives(responses, margins, margins.of_scores(score[None]))
    steps = 1e-4 * np.eye(len(score))
    ahead, behind = (solve(margins.of_scores(score + sign * steps)) for sign in (1.0, -1.0))
    np.testing.assert_allclose(at.per_prior_sd[0], ((ahead - behind) / 2e-4).T, atol=1e-6)


def test_the_responses_begin_with_the_effects_that_every_fit_reports(
    responses: Responses, margins: Margins, solve: Batches
) -> None:
    found = solve(margins.medians[None])[0]
    values = margins.values(jnp.asarray(margins.medians))
    reported = np.asarray(jax.jit(partial(effects_at_12_weeks, Turnover()))(values))
    np.testing.assert_allclose(found[: len(reported)], reported, atol=1e-9)
    # A patient without a drug stays at the pain of enrolment, 6.5.
    np.testing.assert_allclose(found[len(reported) : 2 * len(reported)] - reported, 6.5, atol=1e-3)


def parameter(name: str, family: Family, location: float, scale: float) -> Parameter:
    return Parameter(name, "", "", "1", family, location, scale, 1.0, "none", "expert: a test")


def test_slopes_are_scaled_to_prior_sds_and_elasticities() -> None:
    # y = p^3 exp(q) at p = 2, q = 0.
    table = parameter("p", "lognormal", 1.0, 0.5), parameter("q", "normal", 0.0, 0.2)
    value, slope = np.array([[8.0]]), np.array([[[12.0, 8.0]]])
    at = scaled_derivatives(table, np.array([[2.0, 0.0]]), value, slope)
    np.testing.assert_allclose(at.per_prior_sd[0, 0], [3.0 * 8.0 * 0.5, 8.0 * 0.2])
    np.testing.assert_allclose(at.elasticity[0, 0], [3.0, np.nan])


def test_a_response_without_logarithm_has_no_elasticity_and_the_table_says_so() -> None:
    table = (parameter("p", "lognormal", 1.0, 0.5),)
    margins = Margins(table, {}, None)
    responses = Responses(("y",), ("pain",), ("1",), lambda values: values["p"][None])
    at: Derivatives = scaled_derivatives(table, np.ones((3, 1)), -np.ones((3, 1)), np.ones((3, 1, 1)))
    found = local_table(responses, margins, at)
    assert found["per_prior_sd"].item() == pytest.approx(0.5)
    assert np.isnan(found["elasticity"].item())


def test_prior_margins_have_the_quantiles_of_their_families() -> None:
    table = parameter("p", "lognormal", 2.0, 0.5), parameter("q", "normal", -1.0, 0.2)
    margins = Margins(table, {}, None)
    np.testing.assert_allclose(margins.medians, [2.0, -1.0])
    upper = margins.at(np.full((1, 2), 0.975))[0]
    np.testing.assert_allclose(upper, [2.0 * np.exp(1.959964 * 0.5), -1.0 + 1.959964 * 0.2], rtol=1e-6)
    np.testing.assert_allclose(margins.at(np.ones((1, 2)), central=0.95)[0], upper)


def test_posterior_margins_have_the_quantiles_of_their_draws() -> None:
    model, rng = Turnover(), np.random.default_rng(2)
    draws = {each.name: jnp.asarray(rng.gamma(3.0, size=999)) for each in free(model.parameters())}
    margins = posterior_margins(model, draws)
    first = np.asarray(draws[margins.names[0]])
    place = np.full((1, len(margins.names)), 0.3)
    assert margins.at(place)[0, 0] == pytest.approx(np.quantile(first, 0.3))
    assert margins.draws(10, seed=0).shape == (10, len(margins.names))


@pytest.mark.parametrize("rows", [1, 7, 32, 65])
def test_batches_give_what_the_function_gives_row_by_row(rows: int) -> None:
    def function(row: jax.Array) -> jax.Array:
        return jnp.stack([jnp.sum(row), jnp.prod(row)])

    points = np.random.default_rng(3).normal(size=(rows, 4))
    found = compile_batches(function, 4, threads=2)(points)
    np.testing.assert_allclose(found, np.stack([points.sum(1), points.prod(1)], axis=1), rtol=1e-12)

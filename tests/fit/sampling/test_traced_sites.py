"""Claims about what a numpyro model computes beside its parameters."""

from typing import Any

import arviz
import jax
import jax.numpy as jnp
import numpy as np
import numpyro
import numpyro.distributions as dist
import pytest
import xarray as xr
from scipy import stats

from windup.fit import Nuts
from windup.fit.diagnostics.convergence import check_convergence
from windup.fit.sampling.sample_model import sample_model

SEEN = np.array([0.3, -0.2, 1.1, 0.4, 0.9])
WEEKS = np.arange(3.0)


def course(seen: Any) -> None:
    """A mean with a known course, a number that no draw moves, a factor, and five observations."""
    mean = numpyro.sample("mean", dist.Normal(0.0, 2.0))
    numpyro.deterministic("course", mean * jnp.exp(-WEEKS))
    numpyro.deterministic("constant", jnp.asarray(2.0))
    numpyro.factor("assumption", -0.1 * mean**2)
    with numpyro.plate("row", len(seen)):
        numpyro.sample("seen", dist.Normal(mean, 0.5), obs=seen)


@pytest.fixture(scope="module")
def tree() -> xr.DataTree:
    few = Nuts(chains=4, warmup=200, draws=300)
    found: xr.DataTree = sample_model(jax.random.key(0), course, SEEN, sampler=few, log_likelihood=True)
    return found


def drawn(tree: xr.DataTree) -> np.ndarray:
    return np.asarray(tree["posterior"]["mean"])


def test_deterministic_sites_are_those_of_each_draw(tree: xr.DataTree) -> None:
    expected = drawn(tree)[..., None] * np.exp(-WEEKS)
    np.testing.assert_allclose(tree["posterior"]["course"], expected, rtol=1e-14)


def test_log_likelihood_is_that_of_every_observation_and_has_no_factor(tree: xr.DataTree) -> None:
    expected = stats.norm.logpdf(SEEN, drawn(tree)[..., None], 0.5)
    assert list(tree["log_likelihood"].data_vars) == ["seen"]
    np.testing.assert_allclose(tree["log_likelihood"]["seen"], expected, rtol=1e-12)


def test_arviz_leaves_observations_out_by_it(tree: xr.DataTree) -> None:
    found = arviz.loo(tree)
    assert found.elpd < float(tree["log_likelihood"]["seen"].mean(("chain", "draw")).sum())


def test_number_that_no_draw_moves_spoils_no_check(tree: xr.DataTree) -> None:
    assert check_convergence(tree).failures == ()


def test_model_without_such_sites_has_only_its_own() -> None:
    def plain(seen: Any) -> None:
        numpyro.sample("seen", dist.Normal(numpyro.sample("mean", dist.Normal(0.0, 2.0)), 0.5), obs=seen)

    found = sample_model(jax.random.key(0), plain, SEEN, sampler=Nuts(chains=2, warmup=20, draws=20))
    assert list(found["posterior"].data_vars) == ["mean"]
    assert "log_likelihood" not in found.children

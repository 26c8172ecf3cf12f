"""Claims about the check of a user's own model, on normals in place of equations."""

import jax
import numpy as np
import numpyro
import pytest
import xarray as xr
from numpyro import distributions as dist

from windup.fit import SettingsError
from windup.fit.sampling.check_solver import check_solver
from windup.fit.sampling.target.target import target_of


def model(error: float) -> None:
    """Two parameters; the error of the integrator moves the first."""
    numpyro.sample("drift", dist.Normal(error, 1.0))
    numpyro.sample("scale", dist.LogNormal(0.0, 0.5).expand([2]).to_event(1))


def other_model() -> None:
    numpyro.sample("drift", dist.Normal(0.0, 1.0))


@pytest.fixture(scope="module")
def run() -> xr.DataTree:
    """Draws of the model without an error, in the layout of `sample_model`."""
    target = target_of(model, 0.0)
    normal = np.random.default_rng(3).normal(size=(2, 500, 3))
    position = normal * np.array([1.0, 0.5, 0.5])
    sites = jax.vmap(jax.vmap(target.constrain))(position)
    lp = -jax.vmap(jax.vmap(lambda x: target.potential(x, target.data)))(position)
    sample = ("chain", "draw")
    return xr.DataTree.from_dict(
        {
            "posterior": xr.Dataset(
                {"drift": (sample, sites["drift"]), "scale": ((*sample, "pool"), sites["scale"])}
            ),
            "unconstrained_posterior": xr.Dataset(
                {"position": ((*sample, "coordinate"), position)},
                coords={"coordinate": list(target.coordinates)},
            ),
            "sample_stats": xr.Dataset({"lp": (sample, lp)}),
        }
    )


def test_same_model_moves_nothing(run: xr.DataTree) -> None:
    found = check_solver(run, model, 0.0)
    assert found.draws == 100
    assert found.largest_nats < 1e-9
    assert set(found.shifts) == {"drift", "scale[0]", "scale[1]"}


def test_error_that_moves_a_parameter_is_found_there_alone(run: xr.DataTree) -> None:
    found = check_solver(run, model, 0.3, draws=500)
    assert found.shifts["drift"].standard_deviations == pytest.approx(0.3, abs=0.05)
    assert abs(found.shifts["scale[0]"].standard_deviations) < 0.1
    assert "the mean of drift by 0.3" in found.failures[0]


def test_model_with_other_parameters_is_refused_by_their_names(run: xr.DataTree) -> None:
    with pytest.raises(SettingsError, match=r"sampled \(scale\[0\], scale\[1\]\)"):
        check_solver(run, other_model)

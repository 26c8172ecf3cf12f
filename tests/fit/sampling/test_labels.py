"""Claims about names, dimensions and labels: all that does not fit is named before sampling."""

from pathlib import Path
from typing import Any

import arviz
import jax
import numpy as np
import numpyro
import numpyro.distributions as dist
import pytest
import xarray as xr

from windup.fit import ModelFaults, Nuts
from windup.fit.sampling.labels import Labels, labels_of
from windup.fit.sampling.sample_model import sample_model
from windup.fit.sampling.target.inspected import inspect_model

SEEN = np.array([[1.0, 2.0, 0.5], [1.2, 1.7, 0.4]])
FEW = Nuts(chains=2, warmup=20, draws=20)


def arms(seen: Any) -> None:
    """Effects of three arms, their sum, and what two studies observed of them."""
    effect = numpyro.sample("effect", dist.Normal(0.0, 1.0).expand([3]).to_event(1))
    numpyro.deterministic("total", effect.sum())
    numpyro.sample("seen", dist.Normal(effect, 0.3), obs=seen)


def labels(dims: Any, coords: Any = None) -> Labels:
    return labels_of(inspect_model(arms, (SEEN,), {}), dims, coords)


@pytest.mark.parametrize(
    ("dims", "coords", "named"),
    [
        ({"effect": ["arm"]}, {"arm": ["a", "b"]}, "coords gives 'arm' 2 labels, and it has 3 entries"),
        (
            {"efect": ["arm"]},
            None,
            "dims names 'efect', which is no site of the model. Did you mean 'effect'?",
        ),
        ({"effect": ["arm", "week"]}, None, "dims gives 'effect' 2 names (arm, week), and its shape is (3,)"),
        ({"effect": ["total"]}, None, "dims of 'effect' has a dimension 'total', and a site has that name"),
        ({"effect": ["draw"]}, None, "dims of 'effect' has a dimension 'draw', which all draws have"),
        ({"effect": ["a/b"]}, None, "dims of 'effect' holds 'a/b'"),
        ({"seen": ["arm", "arm"]}, None, "dims gives 'seen' the same name twice"),
        (
            {"effect": ["arm"]},
            {"arms": ["a", "b", "c"]},
            "coords labels 'arms', which is no dimension of a site",
        ),
        ({"effect": ["arm"]}, {"arm": "abc"}, "coords gives 'arm' 1 label, and it has 3 entries"),
        ({"effect": ["study"], "seen": ["study", "arm"]}, None, "'study' has 3 entries in 'effect' and 2 in"),
    ],
)
def test_what_does_not_fit_is_named(dims: Any, coords: Any, named: str) -> None:
    with pytest.raises(ModelFaults) as refused:
        labels(dims, coords)
    assert named in str(refused.value)


def test_all_faults_are_named_at_once() -> None:
    with pytest.raises(ModelFaults) as refused:
        labels({"efect": ["arm"], "effect": ["draw"]}, {"row": [1]})
    assert len(refused.value.faults) == 3


@pytest.mark.parametrize("values", [("a", "b", "c"), ["a", "b", "c"], np.array(["a", "b", "c"])])
def test_labels_may_be_any_sequence(values: Any) -> None:
    assert list(labels({"effect": ("arm",)}, {"arm": values}).coords["arm"]) == ["a", "b", "c"]


def test_every_site_has_dimensions() -> None:
    found = labels({"seen": ["study", "arm"]})
    assert dict(found.dims) == {"effect": ["effect_dim_0"], "total": [], "seen": ["study", "arm"]}


def hostile() -> None:
    """Names that a tree, a file or windup's own groups use."""
    names = "position", "coordinate", "lp", "µ pain", "sigma.obs", "CL/F"
    values = [numpyro.sample(name, dist.Normal(0.0, 1.0).expand([2]).to_event(1)) for name in names]
    numpyro.deterministic("V/F", 2.0)
    numpyro.sample("y", dist.Normal(values[0][0], 1.0), obs=np.arange(3.0))


@pytest.fixture(scope="module")
def tree() -> xr.DataTree:
    found: xr.DataTree = sample_model(
        jax.random.key(0),
        hostile,
        sampler=Nuts(chains=2, warmup=50, draws=250),
        log_likelihood=True,
        dims={"CL/F": ["arm"]},
        coords={"arm": (1, 2)},
    )
    return found


def test_any_name_of_a_site_is_stored_with_its_own_dimensions(tree: xr.DataTree) -> None:
    dims = {name: variable.dims[2:] for name, variable in tree["posterior"].data_vars.items()}
    assert dims == {
        "position": ("position_dim_0",),
        "coordinate": ("coordinate_dim_0",),
        "lp": ("lp_dim_0",),
        "µ pain": ("µ pain_dim_0",),
        "sigma.obs": ("sigma.obs_dim_0",),
        "CL.F": ("arm",),
        "V.F": (),
    }
    assert tree["unconstrained_posterior"]["position"].dims == ("chain", "draw", "coordinate")
    assert tree.attrs["renamed_sites"] == '{"CL.F": "CL/F", "V.F": "V/F"}'


def test_tree_with_any_names_survives_a_file_and_arviz(tree: xr.DataTree, tmp_path: Path) -> None:
    tree.to_netcdf(tmp_path / "tree.nc", engine="h5netcdf")
    with xr.open_datatree(tmp_path / "tree.nc", engine="h5netcdf") as read:
        xr.testing.assert_identical(read.load(), tree)
    assert list(arviz.summary(tree, var_names=["CL.F"]).index) == ["CL.F[1]", "CL.F[2]"]
    assert np.isfinite(arviz.loo(tree, var_name="y").elpd)


def test_names_that_collide_are_refused() -> None:
    def model() -> None:
        numpyro.sample("CL/F", dist.Normal(0.0, 1.0))
        numpyro.sample("CL.F", dist.Normal(0.0, 1.0))

    with pytest.raises(ModelFaults, match=r"'CL/F' would be stored as 'CL\.F'"):
        sample_model(jax.random.key(0), model, sampler=FEW)


@pytest.mark.parametrize("name", ["chain", "draw"])
def test_site_with_the_name_of_the_dimensions_of_draws_is_refused(name: str) -> None:
    with pytest.raises(ModelFaults, match=f"A site is called '{name}'"):
        sample_model(jax.random.key(0), lambda: numpyro.sample(name, dist.Normal(0.0, 1.0)), sampler=FEW)

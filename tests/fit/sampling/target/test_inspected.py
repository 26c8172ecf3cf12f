"""Claims about models that cannot be sampled: each reason is named before sampling, with what to do."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import numpyro
import numpyro.distributions as dist
import pytest
from numpyro.distributions import constraints
from numpyro.infer.reparam import ProjectedNormalReparam

from windup.fit import ModelFaults, SettingsError
from windup.fit.sampling.sample_model import sample_model
from windup.fit.sampling.target.inspected import inspect_model

SINGLE = jnp.asarray(np.arange(3.0), "float32")
STEP = 0.5


def normal(name: str = "x") -> Any:
    return numpyro.sample(name, dist.Normal(0.0, 1.0))


def nothing() -> None:
    numpyro.sample("y", dist.Normal(0.0, 1.0), obs=1.0)


def subsampled() -> None:
    x = normal()
    with numpyro.plate("rows", 10, subsample_size=4):
        numpyro.sample("y", dist.Normal(x, 1.0), obs=jnp.zeros(4))


def twice() -> None:
    normal()
    normal()


def delta() -> None:
    normal("other")
    numpyro.sample("x", dist.Delta(1.0))


def spike() -> None:
    mixed = [dist.Delta(0.0), dist.Normal(0.0, 1.0)]
    mixture = dist.MixtureGeneral(dist.Categorical(jnp.ones(2) / 2.0), mixed, support=constraints.real)
    numpyro.sample("x", mixture)


def branching() -> None:
    if normal() > 0.0:
        normal("other")


def negative() -> None:
    numpyro.sample("y", dist.Normal(normal(), -1.0), obs=1.0)


def broken() -> None:
    numpyro.sample("y", dist.Normal(normal(), 1.0), obs={}["dose"])


@pytest.mark.parametrize(
    ("model", "named"),
    [
        (nothing, "It has no site to sample"),
        (subsampled, "The plate 'rows' takes 4 of 10 rows at random"),
        (twice, "all sites must have unique names"),
        (delta, "The site 'x' has a Delta distribution"),
        (spike, "The site 'x' (MixtureGeneral) takes some value with a probability of its own"),
        (branching, "use jnp.where, jax.lax.cond"),
        (
            negative,
            "The distribution of the site 'y' (Normal) has arguments that are not allowed: its scale is -1",
        ),
        (broken, "KeyError while it was traced: 'dose'"),
    ],
)
def test_what_cannot_be_sampled_is_named(model: Callable[[], None], named: str) -> None:
    with pytest.raises(ModelFaults) as refused:
        sample_model(jax.random.key(0), model)
    assert named in str(refused.value)


def test_all_reasons_are_named_at_once() -> None:
    def model() -> None:
        numpyro.sample("count", dist.Poisson(3.0))
        numpyro.sample("x", dist.Delta(1.0))
        subsampled_rows()

    def subsampled_rows() -> None:
        with numpyro.plate("rows", 10, subsample_size=4):
            normal("y")

    with pytest.raises(ModelFaults) as refused:
        inspect_model(model, (), {})
    assert len(refused.value.faults) == 3


def test_directions_can_be_sampled_by_the_remedy_that_is_named() -> None:
    def model() -> None:
        numpyro.sample("direction", dist.ProjectedNormal(jnp.ones(3)))

    with pytest.raises(ModelFaults, match="ProjectedNormalReparam"):
        inspect_model(model, (), {})
    remedied = numpyro.handlers.reparam(model, config={"direction": ProjectedNormalReparam()})
    assert inspect_model(remedied, (), {}).sampled == {"direction_normal": (3,)}


def test_arrays_of_single_precision_that_a_model_reaches_are_named() -> None:
    def model() -> None:
        rate = normal()
        end, _ = jax.lax.scan(lambda level, _: (level * jnp.exp(rate * STEP), None), SINGLE, None, length=2)
        numpyro.sample("y", dist.Normal(end, 1.0), obs=jnp.zeros(3))

    with pytest.raises(ModelFaults, match=r"arrays of single precision \(SINGLE\)"):
        sample_model(jax.random.key(0), model)


def test_arguments_of_single_precision_are_computed_with_in_double_precision() -> None:
    def model(y: Any, *, sd: Any) -> None:
        numpyro.sample("y", dist.Normal(normal(), sd), obs=y)

    inspected = inspect_model(model, (SINGLE,), {"sd": np.float32(1.0)})
    assert {leaf.dtype for leaf in jax.tree.leaves(inspected.arguments)} == {np.dtype("float64")}


def test_what_numpyro_lets_vary_is_recorded_as_fixed() -> None:
    def model() -> None:
        noise = jax.random.normal(numpyro.prng_key())
        numpyro.sample("y", dist.Normal(normal() + noise + numpyro.param("shift", 2.0), 1.0), obs=1.0)

    assert set(inspect_model(model, (), {}).fixed) == {"shift", "numpyro.prng_key"}


def test_unknown_way_to_differentiate_is_refused() -> None:
    with pytest.raises(SettingsError, match="gradient is 'backward'"):
        sample_model(jax.random.key(0), nothing, gradient="backward")

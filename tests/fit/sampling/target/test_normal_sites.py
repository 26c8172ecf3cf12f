"""Claims about sites whose unconstrained values are normal: computed together, and the same density."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import numpyro
import pytest
from jaxtyping import Array
from numpyro import distributions as dist
from numpyro.infer.util import potential_energy

from windup.fit.sampling.target.sites import sites_of
from windup.fit.sampling.target.target import target_of

SEEN = np.array([0.4, 1.9, -0.3])
KNOWN = {"centre", "scale", "several", "others"}


def model(seen: Any, level: Any) -> None:
    """Normal and log-normal sites, scalar and not, beside ones that only look like them."""
    centre = numpyro.sample("centre", dist.Normal(1.0, 3.0))
    scale = numpyro.sample("scale", dist.LogNormal(np.log(2.0), 0.5))
    several = numpyro.sample("several", dist.LogNormal(np.array([0.1, 0.2]), 0.7).to_event(1))
    numpyro.sample("others", dist.Normal(0.0, 1.0).expand((2, 3)).to_event(2))
    below = numpyro.sample("below", dist.Normal(centre, 1.0))
    share = numpyro.sample("share", dist.Beta(2.0, 3.0))
    with numpyro.handlers.scale(scale=2.0):
        numpyro.sample("twice", dist.Normal(0.0, 1.0))
    numpyro.sample("of_data", dist.Normal(level, 1.0))
    numpyro.sample("seen", dist.Normal(below + share, scale * jnp.sum(several)), obs=seen)


def test_only_sites_whose_mean_and_sd_are_known_numbers_count() -> None:
    sites = sites_of(model, data=(SEEN, jnp.asarray(0.7)))
    assert {name for name, site in sites.items() if site.normal is not None} == KNOWN


@pytest.mark.parametrize("number", range(3))
def test_density_and_gradient_are_those_of_numpyro(number: int) -> None:
    data = jnp.asarray(SEEN), jnp.asarray(0.7)
    target = target_of(model, data=data)
    x = jnp.asarray(np.random.default_rng(number).normal(size=target.initial.shape))

    def of_numpyro(x: Array) -> Array:
        found: Array = potential_energy(model, data, {}, unravelled(x))
        return found

    def unravelled(x: Array) -> dict[str, Array]:
        free: dict[str, Array] = {}
        names = sorted(sites_of(model, data=data))
        shapes = {"several": (2,), "others": (2, 3)}
        for name in names:
            size = int(np.prod(shapes.get(name, ())))
            free[name] = x[:size].reshape(shapes.get(name, ()))
            x = x[size:]
        return free

    found, exact = (jax.value_and_grad(f)(x) for f in (lambda x: target.potential(x, data), of_numpyro))
    np.testing.assert_allclose(found[0], exact[0], rtol=1e-13)
    np.testing.assert_allclose(found[1], exact[1], rtol=1e-12, atol=1e-13)


def test_data_that_replace_others_move_a_prior_that_depends_on_them() -> None:
    target = target_of(model, data=(jnp.asarray(SEEN), jnp.asarray(0.0)))
    at = target.initial
    there, elsewhere = (target.potential(at, (jnp.asarray(SEEN), jnp.asarray(level))) for level in (0.0, 3.0))
    assert float(elsewhere - there) == pytest.approx(4.5)


def test_prior_counts_them_once() -> None:
    data = jnp.asarray(SEEN), jnp.asarray(0.7)
    target = target_of(model, data=data)
    x = target.initial + 0.3
    values = target.constrain(x)
    seen = dist.Normal(values["below"] + values["share"], values["scale"] * jnp.sum(values["several"]))
    likelihood = jnp.sum(seen.log_prob(data[0]))
    assert float(target.log_prior(x) + likelihood) == pytest.approx(-float(target.potential(x, data)))

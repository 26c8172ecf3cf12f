"""Claims about supports that depend on other sites, and about changes of variable."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import numpyro
import numpyro.distributions as dist
import pytest
from numpyro import handlers
from numpyro.contrib.control_flow import scan
from numpyro.infer.util import constrain_fn, potential_energy

from windup.fit.sampling.target.sites import sites_of
from windup.fit.sampling.target.target import target_of

POINTS = np.random.default_rng(2).normal(size=(5, 3))


def nested() -> None:
    """Three numbers, each of them below the one before."""
    top = numpyro.sample("a_top", dist.Uniform(0.0, 10.0))
    middle = numpyro.sample("b_middle", dist.Uniform(0.0, top))
    numpyro.sample("c_low", dist.Uniform(0.0, middle))


def falling() -> None:
    """A numpyro scan of numbers, each of them below the one before."""

    def step(above: Any, _: None) -> Any:
        below = numpyro.sample("x", dist.Uniform(0.0, above))
        return below, below

    scan(step, jnp.asarray(10.0, float), None, length=3)


def half_normal() -> None:
    numpyro.sample("x", dist.HalfNormal(1.0))


def scaled() -> None:
    with handlers.scale(scale=2.0):
        half_normal()


def masked() -> None:
    with handlers.mask(mask=False):
        half_normal()


def masked_rows() -> None:
    with (
        handlers.scale(scale=2.0),
        numpyro.plate("row", 3),
        handlers.mask(mask=jnp.array([True, False, True])),
    ):
        half_normal()


def test_only_a_support_that_depends_on_another_site_is_unknown() -> None:
    assert [name for name, site in sites_of(nested).items() if site.support is None] == ["b_middle", "c_low"]


@pytest.mark.parametrize("x", POINTS)
def test_values_and_density_of_nested_supports_are_those_of_numpyro(x: np.ndarray) -> None:
    target = target_of(nested)
    free = dict(zip(("a_top", "b_middle", "c_low"), jnp.asarray(x), strict=True))
    values = target.constrain(jnp.asarray(x))
    expected = constrain_fn(nested, (), {}, free)
    assert {name: float(value) for name, value in values.items()} == pytest.approx(
        {name: float(value) for name, value in expected.items()}
    )
    assert values["a_top"] > values["b_middle"] > values["c_low"] > 0.0
    assert float(target.potential(jnp.asarray(x), ())) == pytest.approx(
        float(potential_energy(nested, (), {}, free))
    )


def test_values_and_density_of_a_scan_of_nested_supports_are_those_of_numpyro() -> None:
    target, x = target_of(falling), jnp.asarray(POINTS[0])
    expected = constrain_fn(falling, (), {}, {"x": x})["x"]
    np.testing.assert_allclose(target.constrain(x)["x"], expected)
    exact = potential_energy(falling, (), {}, {"x": x})
    assert float(target.potential(x, ())) == pytest.approx(float(exact))
    assert float(target.log_prior(x)) == pytest.approx(-float(exact))


def test_log_prior_of_nested_supports_is_the_whole_density() -> None:
    target = target_of(nested)
    x = jnp.asarray(POINTS[0])
    assert float(target.log_prior(x)) == pytest.approx(-float(target.potential(x, ())))


def test_start_of_a_nested_support_is_the_middle_of_all() -> None:
    target = target_of(nested)
    values = {name: float(value) for name, value in target.constrain(target.initial).items()}
    assert values == pytest.approx({"a_top": 5.0, "b_middle": 2.5, "c_low": 1.25})


# log density of a half normal of 1 at exp(0.7), to a power, and 0.7 for each change of variable.
DENSITY = 0.5 * np.log(2.0 / np.pi) - 0.5 * np.exp(1.4)


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        (half_normal, DENSITY + 0.7),
        (scaled, 2.0 * DENSITY + 0.7),
        (masked, 0.7),
        (masked_rows, 4.0 * DENSITY + 2.1),
    ],
)
def test_scale_and_mask_leave_the_change_of_variable_whole(
    model: Callable[[], None], expected: float
) -> None:
    target = target_of(model)
    x = jnp.full_like(target.initial, 0.7)
    assert float(-target.potential(x, ())) == pytest.approx(expected)
    assert float(target.log_prior(x)) == pytest.approx(expected)


def test_draws_of_the_prior_respect_supports_that_depend_on_them() -> None:
    target = target_of(nested)
    x, missing = jax.vmap(target.draw_prior)(jax.random.split(jax.random.key(0), 1000))
    values = jax.vmap(target.constrain)(x)
    assert not missing.any()
    # Each uniform halves the mean of the one above.
    assert float(values["c_low"].mean()) == pytest.approx(1.25, abs=5.0 * 1.6 / np.sqrt(1000))

"""Claims about starting points of one's own: where chains begin, and what is refused."""

import json
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import numpyro
import numpyro.distributions as dist
import pytest

from windup.fit import Nuts, SettingsError
from windup.fit.sampling.own_starts import points_of
from windup.fit.sampling.sample_model import sample_model
from windup.fit.sampling.target.target import target_of

FEW = Nuts(chains=4, warmup=50, draws=50)


def model() -> None:
    numpyro.sample("rate", dist.LogNormal(0.0, 1.0))
    numpyro.sample("share", dist.Beta(2.0, 2.0))
    numpyro.sample("slopes", dist.Normal(1.0, 1.0).expand((2,)).to_event(1))


def far_mode() -> None:
    """A narrow second mode far from the prior's bulk, with as much mass as the first."""
    x = numpyro.sample("x", dist.Uniform(-100.0, 100.0).expand((3,)).to_event(1))
    first, second = (-0.5 * jnp.sum((x - centre) ** 2) / 0.01 for centre in (0.0, 90.0))
    numpyro.factor("modes", jnp.logaddexp(first, second))


def test_values_are_unconstrained_and_a_site_left_out_begins_at_its_median() -> None:
    points = points_of([{"rate": 2.0, "slopes": [0.0, 3.0]}, {"share": 0.2}], model, (), target_of(model))
    expected = [[np.log(2.0), 0.0, 0.0, 3.0], [0.0, np.log(0.25), 1.0, 1.0]]
    np.testing.assert_allclose(points, expected, atol=1e-12)


def test_every_fault_is_named_at_once() -> None:
    starts: list[dict[str, Any]] = [{"rat": 1.0, "slopes": [1.0]}, {"rate": float("nan"), "share": "half"}]
    with pytest.raises(SettingsError) as raised:
        points_of(starts, model, (), target_of(model))
    said = str(raised.value)
    assert "start 1: there is no site 'rat'" in said
    assert "Did you mean 'rate'?" in said
    assert "start 1: slopes has the shape (1,) in place of (2,)" in said
    assert "start 2: rate is nan, which is not finite" in said
    assert "start 2: share is 'half', which is no number" in said


def test_value_that_the_prior_excludes_is_refused() -> None:
    with pytest.raises(SettingsError, match=r"start 1: share is 1\.5, which its prior excludes"):
        points_of({"share": 1.5}, model, (), target_of(model))


def test_empty_list_is_refused() -> None:
    with pytest.raises(SettingsError, match="the list is empty"):
        points_of([], model, (), target_of(model))


def test_a_mode_that_only_an_own_start_leads_to_is_found() -> None:
    starts = [{"x": np.full(3, 0.3)}, {"x": np.full(3, 89.0)}]
    tree = sample_model(jax.random.key(0), far_mode, sampler=FEW, starts=starts, descents=2)
    modes = json.loads(tree.attrs["modes"])
    assert sorted(round(mode["at"]["x"][0]) for mode in modes) == [0, 90]


def test_more_descents_search_from_more_starts() -> None:
    seen: dict[int, int] = {}
    for descents in (1, 12):
        calls: list[str] = []
        sample_model(
            jax.random.key(0),
            model,
            sampler=Nuts(chains=2, warmup=10, draws=4),
            descents=descents,
            progress=lambda phase, done, total, note="", calls=calls: calls.append(phase),
        )
        seen[descents] = calls.count("start")
    assert seen[12] > 4 * seen[1]

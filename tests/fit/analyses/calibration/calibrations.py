"""Calibrations of a Gaussian whose posterior is known: means from N(0, 1), observed with an error of 1."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr

from windup.fit.analyses.calibration.replicates import Replicate, run_replicates
from windup.fit.analyses.calibration.simulator import Pair, Simulator
from windup.fit.execution.progress import silent
from windup.fit.sampling.chains.sample import Chains

SIZE, REPLICATES, RETAINED = 3, 200, 31


def pair(key: Any) -> Pair:
    """Means from N(0, 1), and one observation of each with an error of 1."""
    truth_key, noise_key = jax.random.split(key)
    truth = np.asarray(jax.random.normal(truth_key, (SIZE,)))
    return Pair(truth, (jnp.asarray(truth + np.asarray(jax.random.normal(noise_key, (SIZE,)))),))


def log_density(x: Any, data: Any) -> Any:
    (y,) = data
    return -0.5 * (x**2).sum(axis=-1) - 0.5 * ((np.asarray(y) - x) ** 2).sum(axis=-1)


def exact(*, shift: float = 0.0, width: float = 1.0, knows: float = 1.0) -> Simulator:
    """Independent draws from the posterior N(y / 2, 1 / 2), or from one that is off in a known way."""

    def draw(key: Any, data: Any) -> Chains:
        noise = np.asarray(jax.random.normal(key, (2, 100, SIZE)))
        sd = np.sqrt(1.0 - 0.5 * knows)
        x = 0.5 * knows * np.asarray(data[0]) + sd * (shift + width * noise)
        return Chains(x, {"lp": log_density(x, data), "diverging": np.zeros((2, 100))}, finished=True)

    return Simulator(pair, draw, log_density, lambda x: {"mean": x}, {"program": "exact"})


def run(experiment: Simulator, replicates: int = REPLICATES, **options: Any) -> Replicate:
    given = {
        "identity": {"seed": "0"},
        "checkpoint": None,
        "resume_from": None,
        "progress": silent,
        **options,
    }
    found: Replicate = run_replicates(
        jax.random.key(0), experiment, replicates=replicates, retained=RETAINED, **given
    )
    return found


def tree_of(found: Replicate) -> xr.DataTree:
    def labelled(field: str) -> xr.Dataset:
        variables = {}
        for name, ranked in found.ranked.items():
            values = getattr(ranked, field)[None]
            variables[name] = xr.DataArray(values, dims=("chain", "draw", "which")[: values.ndim])
        return xr.Dataset(variables)

    fits = {name: ("replicate", getattr(found, name)) for name in Replicate._fields[1:]}
    groups = {"prior_sbc": labelled("pit"), "truth": labelled("truth"), "fits": xr.Dataset(fits)}
    tree = xr.DataTree.from_dict({**groups, "posterior_median": labelled("median")})
    tree.attrs = {
        "settings": '{"model": "gaussian", "retained": 31}',
        "studies": '["one"]',
        "rows_by_kind": '{"mean": 3}',
        "versions": "{}",
    }
    return tree

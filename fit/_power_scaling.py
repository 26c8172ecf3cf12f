"""How far the posterior of a run would move if its prior or its data counted a little more or less."""

from __future__ import annotations

import warnings
from collections.abc import Mapping

import jax.numpy as jnp
import numpy as np
import pandas as pd
import xarray as xr
from arviz import psense
from numpyro.distributions import Distribution, biject_to

from windup.models import Parameter, free

from ._groups import group
from ._labels import all_elements
from ._priors import observation_priors, study_priors
from ._problem import Problem

# Kallioinen et al. 2024: from here on a sensitivity is worth a look.
SENSITIVE = 0.05
# Global ones; effects of single studies given these are part of the model, not of its prior.
_RESULTS = {
    "drug_effect_12_weeks": "difference from placebo",
    "loop_gain": "loop gain",
    "total_loop_gain": "loop gain",
}
_GLOBAL = ("placebo_response", "log_patient_sd", "patient_sd_spread")


def power_scaling_tree(problem: Problem, tree: xr.DataTree) -> xr.DataTree:
    """A run with the groups that power-scaling needs.

    ``log_prior`` holds the log densities of the priors of the mechanism and of the observation model, each
    taken on the scale on which the prior is normal (logarithms of positive parameters), so that scaling
    changes widths and leaves medians. ``log_likelihood`` holds the rows of the trials and the assumption that
    patients' states last. Effects of single studies belong to neither.
    """
    posterior = group(tree, "posterior")
    rows = group(tree, "log_likelihood")["per_study"].sum("study")
    wanted = ["drug_effect_12_weeks"]
    if "loop" in posterior.dims and posterior.sizes["loop"]:
        wanted += ["loop_gain", "total_loop_gain"]
    wanted += [parameter.name for parameter in free(problem.model.parameters())]
    observation = observation_priors() | {
        name: prior
        for name, prior in study_priors(problem.design, len(problem.drugs)).items()
        if name in _GLOBAL
    }
    return xr.DataTree.from_dict(
        {
            "posterior": posterior[wanted],
            "log_prior": xr.Dataset(
                {
                    "mechanism": mechanism_log_prior(problem.model.parameters(), posterior),
                    "observation_model": _log_prior(observation, posterior),
                }
            ),
            "log_likelihood": xr.Dataset({"rows": rows, "states_last": posterior["log_lasting"]}),
        }
    )


def mechanism_log_prior(parameters: tuple[Parameter, ...], draws: xr.Dataset) -> xr.DataArray:
    """Log prior density of the mechanism's parameters, up to a constant, on the scale of a normal prior."""
    total = _zeros(draws)
    for parameter in free(parameters):
        value, location = draws[parameter.name], parameter.location
        distance = np.log(value / location) if parameter.family == "lognormal" else value - location
        total = total - 0.5 * (distance / parameter.prior_scale) ** 2
    return total


def power_scaling_table(tree: xr.DataTree) -> pd.DataFrame:
    r"""Sensitivity of every quantity to each part of the prior and of the data.

    The gradient of the cumulative Jensen-Shannon distance of the posterior to itself with one part raised to
    a power, by Pareto-smoothed importance weights; above 0.05 the part matters. Noise of the draws adds to a
    distance. With several chains each is also computed from single ones: their largest and smallest
    (``_low``, ``_high``), and ``_corrected``, the noise taken out. It is that of distribution functions, adds
    in squares and falls with the number of draws, so that of :math:`c` chains

    .. math:: s^2 = s_{all}^2 - (\overline{s_{one}^2} - s_{all}^2) / (c - 1).

    References
    ----------
    Kallioinen, Paananen, Bürkner, Vehtari 2024, Statistics and Computing 34:57, doi
    10.1007/s11222-023-10366-5.
    """
    columns: dict[str, dict[str, float]] = {}
    best: dict[str, dict[str, float]] = {}
    parts = [(of, str(name)) for of in ("log_prior", "log_likelihood") for name in tree[of].data_vars]
    chains = tree["posterior"].sizes["chain"]
    for of, name in parts:
        columns[name] = _sensitivity(tree, of, name)
        best[name] = columns[name]
        if chains > 1:
            single = [_sensitivity(tree.isel(chain=[chain]), of, name) for chain in range(chains)]
            for suffix, pick in (("low", min), ("high", max)):
                columns[f"{name}_{suffix}"] = {key: pick(each[key] for each in single) for key in single[0]}
            best[name] = {
                key: _without_noise(whole, [each[key] for each in single])
                for key, whole in columns[name].items()
            }
            columns[f"{name}_corrected"] = best[name]
    table = pd.DataFrame(columns).rename_axis("quantity").reset_index()
    known = pd.DataFrame(best)
    prior = known[[name for of, name in parts if of == "log_prior"]].max(axis=1)
    data = known[[name for of, name in parts if of == "log_likelihood"]].max(axis=1)
    return table.assign(diagnosis=[_diagnosis(*pair) for pair in zip(prior, data, strict=True)])


def _without_noise(whole: float, single: list[float]) -> float:
    square = float(np.mean(np.square(single)))
    return float(np.sqrt(max(0.0, whole**2 - (square - whole**2) / (len(single) - 1))))


def _sensitivity(tree: xr.DataTree, of: str, name: str) -> dict[str, float]:
    which = of.removeprefix("log_")
    if np.ptp(group(tree, of)[name].values) == 0.0:
        # A part without parameters, as the mechanism of a model that has none.
        return {_spelled(label): 0.0 for label, _ in all_elements(group(tree, "posterior"))}
    with warnings.catch_warnings():
        # Pareto k of weights at powers of 0.99 and 1.01; the spread over chains shows what it does.
        warnings.simplefilter("ignore", UserWarning)
        found = psense(tree, group=which, group_var_names=[name], sample_dims=["chain", "draw"])
    return {_spelled(label): float(value) for label, value in all_elements(found)}


def _spelled(label: str) -> str:
    """Names of results as other tables have them."""
    name, bracket, inside = label.removesuffix("]").partition("[")
    return f"{_RESULTS[name]}: {inside or 'total'}" if name in _RESULTS else name + bracket + inside


def _diagnosis(prior: float, data: float) -> str:
    if not (np.isfinite(prior) and np.isfinite(data)):
        return "not computable"
    if prior < SENSITIVE:
        return "neither matters much" if data < SENSITIVE else "the data decide"
    return "the prior decides" if data < SENSITIVE else "prior and data both matter"


def _log_prior(priors: Mapping[str, Distribution], draws: xr.Dataset) -> xr.DataArray:
    """Log prior density on the unconstrained scale."""
    total = _zeros(draws)
    for name, prior in priors.items():
        to_support, value = biject_to(prior.support), jnp.asarray(draws[name].values)
        free_value = to_support.inv(value)
        total = total + np.asarray(prior.log_prob(value) + to_support.log_abs_det_jacobian(free_value, value))
    return total


def _zeros(draws: xr.Dataset) -> xr.DataArray:
    dims = ("chain", "draw")
    return xr.DataArray(np.zeros([draws.sizes[dim] for dim in dims]), dims=dims)

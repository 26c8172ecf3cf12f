"""How far the posterior of a run would move if its prior or its data counted a little more or less."""

from __future__ import annotations

import enum
import warnings
from collections.abc import Mapping

import jax.numpy as jnp
import numpy as np
import pandas as pd
import xarray as xr
from arviz import psense
from numpyro.distributions import Distribution, biject_to

from windup.fit.problem.priors import observation_priors
from windup.fit.problem.problem import Problem
from windup.fit.storage.tree import all_elements, group
from windup.models import Parameter, free

# Kallioinen et al. 2024: from here on a sensitivity is worth a look.
SENSITIVE = 0.05
# Global ones; effects of single studies given these are part of the model, not of its prior.
_RESULTS = {
    "drug_effect_12_weeks": "difference from placebo",
    "loop_gain": "loop gain",
    "total_loop_gain": "loop gain",
}


class _Matters(enum.IntEnum):
    """Whether a part matters; of several parts the largest holds. ``UNKNOWN``: not computable."""

    NO = 0
    HIDDEN = 1
    YES = 2
    UNKNOWN = 3


_DIAGNOSES = {
    (_Matters.YES, _Matters.YES): "prior and data both matter",
    (_Matters.YES, _Matters.HIDDEN): "the prior matters, noise hides the data",
    (_Matters.YES, _Matters.NO): "the prior decides",
    (_Matters.HIDDEN, _Matters.YES): "the data matter, noise hides the prior",
    (_Matters.HIDDEN, _Matters.HIDDEN): "noise hides prior and data",
    (_Matters.HIDDEN, _Matters.NO): "noise hides the prior",
    (_Matters.NO, _Matters.YES): "the data decide",
    (_Matters.NO, _Matters.HIDDEN): "noise hides the data",
    (_Matters.NO, _Matters.NO): "neither matters much",
}


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
    return xr.DataTree.from_dict(
        {
            "posterior": posterior[wanted],
            "log_prior": xr.Dataset(
                {
                    "mechanism": mechanism_log_prior(problem.model.parameters(), posterior),
                    "observation_model": _log_prior(observation_priors(problem), posterior),
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

    A part matters where :math:`s` is above the limit and above the noise :math:`\sqrt{s_{all}^2 - s^2}`, and
    does not where :math:`s_{all}` is below the limit. In between ``diagnosis`` says that noise hides it: more
    draws would tell.

    References
    ----------
    Kallioinen, Paananen, Bürkner, Vehtari 2024, Statistics and Computing 34:57, doi
    10.1007/s11222-023-10366-5.
    """
    columns: dict[str, dict[str, float]] = {}
    matters: dict[tuple[str, str], dict[str, _Matters]] = {}
    parts = [(of, str(name)) for of in ("log_prior", "log_likelihood") for name in tree[of].data_vars]
    chains = tree["posterior"].sizes["chain"]
    for of, name in parts:
        whole = best = columns[name] = _sensitivity(tree, of, name)
        if chains > 1:
            single = [_sensitivity(tree.isel(chain=[chain]), of, name) for chain in range(chains)]
            for suffix, pick in (("low", min), ("high", max)):
                columns[f"{name}_{suffix}"] = {key: pick(each[key] for each in single) for key in single[0]}
            best = columns[f"{name}_corrected"] = {
                key: _without_noise(whole[key], [each[key] for each in single]) for key in whole
            }
        matters[of, name] = {key: _matters(whole[key], best[key]) for key in whole}
    table = pd.DataFrame(columns).rename_axis("quantity").reset_index()
    sides = {
        side: [max(matters[of, name][key] for of, name in parts if of == side) for key in table["quantity"]]
        for side in ("log_prior", "log_likelihood")
    }
    pairs = zip(sides["log_prior"], sides["log_likelihood"], strict=True)
    return table.assign(diagnosis=[_DIAGNOSES.get(pair, "not computable") for pair in pairs])


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
        sensitivities = psense(tree, group=which, group_var_names=[name], sample_dims=["chain", "draw"])
    return {_spelled(label): float(value) for label, value in all_elements(sensitivities)}


def _spelled(label: str) -> str:
    """Names of results as other tables have them."""
    name, bracket, inside = label.removesuffix("]").partition("[")
    return f"{_RESULTS[name]}: {inside or 'total'}" if name in _RESULTS else name + bracket + inside


def _matters(whole: float, corrected: float) -> _Matters:
    """Whether a distance shows that its part matters, as computed and without its noise."""
    if not (np.isfinite(whole) and np.isfinite(corrected)):
        return _Matters.UNKNOWN
    if whole < SENSITIVE:
        return _Matters.NO
    noise = np.sqrt(max(0.0, whole**2 - corrected**2))
    return _Matters.YES if corrected >= max(SENSITIVE, noise) else _Matters.HIDDEN


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

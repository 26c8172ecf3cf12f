"""Contraction: how far each parameter moved and narrowed from its prior."""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

from windup.fit.diagnostics.convergence import DERIVED
from windup.fit.storage.tree import attribute, elements, group

PRIOR_DRIVEN_CONTRACTION = 0.1
PRIOR_DRIVEN_SHIFT = 0.25

_COLUMNS = [
    "parameter",
    "kind",
    "unit",
    "description",
    "scale",
    "prior_median",
    "prior_low_95",
    "prior_high_95",
    "posterior_median",
    "posterior_low_95",
    "posterior_high_95",
    "contraction",
    "shift",
    "prior_driven",
    "prior",
]
_PACKAGED, _CHANGED = "packaged", "changed in the settings"


def contraction(tree: xr.DataTree) -> pd.DataFrame:
    r"""Compare prior and posterior of every sampled parameter that is no effect of a single study.

    ``contraction`` is :math:`1 - \mathrm{var}_\mathrm{posterior} / \mathrm{var}_\mathrm{prior}`: 1 when the
    data fixed the parameter, 0 when they left its width alone, negative when they widened it.
    ``shift`` is the distance of the two means in prior standard deviations. Both are taken on the
    logarithm (``scale`` says so) when no draw is zero or below, as a few large draws would else make the
    prior variance of a rate.

    A parameter is ``prior_driven`` when its contraction is below 0.1 **and** its shift below 0.25: a
    posterior that moved was informed although it stayed as wide. The two limits are conventions of this
    project. ``prior`` says whether it is the packaged one. Parameters that are fixed have no row.

    Parameters
    ----------
    tree
        Run with the groups ``posterior`` and ``prior``.

    Returns
    -------
    pandas.DataFrame
        One row per parameter, least contracted last; intervals are central and on the natural scale.

    References
    ----------
    Schad, Betancourt, Vasishth 2021, Psychological Methods 26:103, doi 10.1037/met0000275.
    """
    posterior, prior = group(tree, "posterior"), group(tree, "prior")
    changed = {change["parameter"] for change in attribute(tree, "changed_priors") or ()}
    rows = []
    for name, variable in posterior.data_vars.items():
        of_single_studies = variable.attrs.get("kind") == "study" and set(variable.dims) > {"chain", "draw"}
        if name in DERIVED or of_single_studies or name not in prior:
            continue
        before = dict(elements(str(name), prior[name]))
        for label, after in elements(str(name), variable):
            of_settings = {label, str(name)} & changed
            origin = _CHANGED if of_settings else _PACKAGED
            rows.append([*_compare(label, before[label].values, after.values, variable.attrs), origin])
    table = pd.DataFrame(rows, columns=_COLUMNS)
    return table.sort_values("contraction", ascending=False, kind="stable", ignore_index=True)


def contraction_of(prior: np.ndarray, posterior: np.ndarray) -> tuple[float, float, str]:
    """Contraction, shift and the scale they were taken on; draws that are not finite are left out.

    Examples
    --------
    >>> import numpy as np
    >>> value, shift, scale = contraction_of(np.array([-2.0, 2.0]), np.array([-1.0, 1.0]))
    >>> value, shift, scale
    (0.75, 0.0, 'linear')
    """
    before, after = prior[np.isfinite(prior)], posterior[np.isfinite(posterior)]
    if before.size < 2 or after.size < 2:
        return float("nan"), float("nan"), "linear"
    scale = "linear"
    if before.min() > 0 and after.min() > 0:
        before, after, scale = np.log(before), np.log(after), "log"
    variance = float(before.var())
    if variance == 0.0:
        return float("nan"), float("nan"), scale
    shift = abs(float(after.mean() - before.mean())) / variance**0.5
    return 1.0 - float(after.var()) / variance, shift, scale


def is_prior_driven(value: float, shift: float) -> bool:
    """Whether a contraction and a shift are both below their limits.

    Examples
    --------
    >>> is_prior_driven(0.05, 0.1), is_prior_driven(0.05, 0.5), is_prior_driven(0.5, 0.1)
    (True, False, False)
    """
    return value < PRIOR_DRIVEN_CONTRACTION and shift < PRIOR_DRIVEN_SHIFT


def _compare(
    label: str, prior: np.ndarray, posterior: np.ndarray, attributes: dict[str, str]
) -> list[object]:
    value, shift, scale = contraction_of(prior, posterior)
    about = [str(attributes.get(name, "")) for name in ("kind", "unit", "description")]
    intervals = [float(q) for draws in (prior, posterior) for q in np.nanquantile(draws, (0.5, 0.025, 0.975))]
    return [label, *about, scale, *intervals, value, shift, is_prior_driven(value, shift)]

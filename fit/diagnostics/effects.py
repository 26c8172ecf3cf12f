"""Effects of drugs and gains of feedback loops, posterior and prior."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from scipy.special import ndtr

from windup.fit.design.basis import NOT_RECORDED, resting_on
from windup.fit.design.measured.trial_effects import COLUMNS
from windup.fit.diagnostics.contraction import contraction_of, is_prior_driven
from windup.fit.storage.tree import group

# Salaffi et al. 2004, doi 10.1016/j.ejpain.2003.09.004: one point for a patient with chronic
# musculoskeletal pain. Between groups it is a strict bar, as a mean hides who gained much.
MINIMAL_IMPORTANT_POINTS = 1.0

EFFECT = "drug_effect_12_weeks"
# Groups of a run: what the trials hold of each regimen, and what each controlled trial measured.
EVIDENCE, TRIAL_EFFECTS = "evidence", "trial_effects"
# A weighted share of fewer effective draws is not reported (expert: its standard error is then above 0.07).
FEWEST_EFFECTIVE_DRAWS = 50.0
_QUANTILES = {"median": 0.5, "low_50": 0.25, "high_50": 0.75, "low_95": 0.025, "high_95": 0.975}


def drug_effects(tree: xr.DataTree) -> pd.DataFrame:
    """Difference from placebo at week 12 of each regimen, in NRS points; negative is less pain.

    Parameters
    ----------
    tree
        Run with ``drug_effect_12_weeks`` (drug) in ``posterior`` and ``prior``, and the group ``evidence``
        (runs of earlier versions lack it).

    Returns
    -------
    pandas.DataFrame
        One row per regimen, largest benefit first: ``basis`` and ``reasons`` (`windup.fit.design.basis`;
        ``not recorded`` without the group), ``treatment`` (drug of the tables), ``trials``, ``arms``,
        ``rows`` and ``patients`` of that drug in any condition; medians and central 50 and 95 % intervals of
        posterior and prior, ``probability_below_zero`` and ``probability_below_minus_one`` (and of the
        prior), ``contraction``, ``prior_driven``, and ``finite_share``, the share of posterior draws
        that could be solved; the others are left out.
    """
    after, before = group(tree, "posterior")[EFFECT], group(tree, "prior")[EFFECT]
    known = group(tree, EVIDENCE).to_dataframe() if EVIDENCE in tree.children else pd.DataFrame()
    rows = []
    for drug in map(str, after["drug"].values):
        effect = effect_of(after.sel(drug=drug).values.ravel(), before.sel(drug=drug).values.ravel())
        rows.append(
            {"drug": drug, **_behind(known, drug, prior_driven=bool(effect["prior_driven"])), **effect}
        )
    table = pd.DataFrame(rows)
    return table.sort_values("median", kind="stable", ignore_index=True)


def _behind(known: pd.DataFrame, drug: str, *, prior_driven: bool) -> dict[str, object]:
    """The trials behind an effect, and what it therefore rests on."""
    if drug not in known.index:
        return {"basis": NOT_RECORDED, "reasons": ""}
    row: Any = known.loc[drug]
    beyond = tuple(reason for reason in str(row["beyond"]).split("; ") if reason)
    counts = {name: int(row[name]) for name in ("trials", "arms", "rows", "patients")}
    return {
        **resting_on(beyond, prior_driven=prior_driven)._asdict(),
        "treatment": str(row["treatment"]),
        **counts,
    }


def trials_in(tree: xr.DataTree) -> pd.DataFrame:
    """What each controlled trial measured (a table of `trial_effects`); empty if not recorded."""
    if TRIAL_EFFECTS not in tree.children:
        return pd.DataFrame(columns=list(COLUMNS))
    return group(tree, TRIAL_EFFECTS).to_dataframe().reset_index(drop=True)


def loop_gains(tree: xr.DataTree) -> pd.DataFrame:
    """Gain of each feedback loop and of all together; above 1 a loop sustains itself.

    Parameters
    ----------
    tree
        Run with ``loop_gain`` (loop) and ``total_loop_gain`` in ``posterior`` and ``prior``.

    Returns
    -------
    pandas.DataFrame
        ``loop``, medians and central intervals of posterior and prior, ``probability_above_one`` and
        ``prior_probability_above_one``, ``contraction`` and ``prior_driven``;
        ``lasting_probability_above_one`` is that of the prior and the one assumption that patients of every
        pain from 3 to 9 can be in a state that lasts, before any row is read (NaN where too few prior draws
        allow it). Empty when the model has no loop.
    """
    before_trials = group(tree, "prior")
    priors = _gains(before_trials)
    # A prior draw whose enrolment cannot be computed enrols nobody.
    log_weight = np.nan_to_num(before_trials["log_lasting"].values.ravel(), nan=-np.inf)
    weight = np.exp(log_weight - np.max(log_weight)) if np.isfinite(log_weight).any() else 0.0 * log_weight
    rows = []
    for loop, after in _gains(group(tree, "posterior")).items():
        after, known = after[np.isfinite(after)], np.isfinite(priors[loop])
        before = priors[loop][known]
        rows.append(
            {
                "loop": loop,
                **interval_of(after),
                "probability_above_one": share_of(after > 1.0),
                **{f"prior_{name}": value for name, value in interval_of(before).items()},
                "prior_probability_above_one": share_of(before > 1.0),
                "lasting_probability_above_one": _weighted_share(before > 1.0, weight[known]),
                **learned_from(before, after),
            }
        )
    return pd.DataFrame(rows)


def people_above_one(tree: xr.DataTree) -> dict[str, dict[str, float]]:
    r"""Share of people in whom each loop, or all together, sustains itself; empty where all are alike.

    With the gain :math:`g` of the median person and the SD :math:`\sigma_g` of log gains between people it is
    :math:`\Phi(\log g / \sigma_g)`: of people with the illness, before any trial admits some of them.

    Returns
    -------
    dict
        By loop: ``median`` and intervals of the posterior, ``prior_median`` and intervals of the prior.
    """
    after, before = (group(tree, name) for name in ("posterior", "prior"))
    if "gain_spread" not in after:
        return {}
    shares = [_shares_above_one(dataset) for dataset in (after, before)]
    return {
        loop: {
            **interval_of(shares[0][loop]),
            **{f"prior_{name}": limit for name, limit in interval_of(shares[1][loop]).items()},
        }
        for loop in shares[0]
    }


def _shares_above_one(dataset: xr.Dataset) -> dict[str, np.ndarray]:
    spread = dataset["gain_spread"].values.ravel()
    found = {}
    for loop, gain in _gains(dataset).items():
        with np.errstate(divide="ignore"):
            share = ndtr(np.log(gain) / spread)
        found[loop] = share[np.isfinite(share)]
    return found


def lasting_shares(tree: xr.DataTree) -> pd.DataFrame:
    """Share of patients of a usual trial who would keep half of their pain without its cause.

    Parameters
    ----------
    tree
        Run; earlier ones do not have ``lasting_share``.

    Returns
    -------
    pandas.DataFrame
        ``condition``, ``cause_removed`` (``peripheral`` or ``all``), ``mean`` and intervals of the posterior,
        ``prior_mean`` and intervals of the prior. Where an arm is one patient a draw says 0 or 1, so that the
        mean is a probability.
    """
    after, before = (group(tree, name) for name in ("posterior", "prior"))
    if "lasting_share" not in after:
        return pd.DataFrame()
    rows = []
    for condition in after["condition"].values:
        for cause in after["cause_removed"].values:
            kept, prior = (
                dataset["lasting_share"].sel(condition=condition, cause_removed=cause).values.ravel()
                for dataset in (after, before)
            )
            kept, prior = kept[np.isfinite(kept)], prior[np.isfinite(prior)]
            rows.append(
                {
                    "condition": str(condition),
                    "cause_removed": str(cause),
                    "mean": float(kept.mean()) if kept.size else float("nan"),
                    **interval_of(kept),
                    "prior_mean": float(prior.mean()) if prior.size else float("nan"),
                    **{f"prior_{name}": limit for name, limit in interval_of(prior).items()},
                }
            )
    return pd.DataFrame(rows)


def _gains(dataset: xr.Dataset) -> dict[str, np.ndarray]:
    gains: dict[str, np.ndarray] = {}
    if "loop_gain" in dataset:
        variable = dataset["loop_gain"]
        gains |= {str(loop): variable.sel(loop=loop).values.ravel() for loop in variable["loop"].values}
    if "total_loop_gain" in dataset:
        gains["total"] = dataset["total_loop_gain"].values.ravel()
    return gains


def effect_of(posterior: np.ndarray, prior: np.ndarray) -> dict[str, float | bool]:
    """Intervals and probabilities of a difference in points, with its prior and what was learned of it."""
    after, before = posterior[np.isfinite(posterior)], prior[np.isfinite(prior)]
    return {
        **interval_of(after),
        "probability_below_zero": share_of(after < 0.0),
        "probability_below_minus_one": share_of(after < -MINIMAL_IMPORTANT_POINTS),
        **{f"prior_{name}": limit for name, limit in interval_of(before).items()},
        "prior_probability_below_zero": share_of(before < 0.0),
        "prior_probability_below_minus_one": share_of(before < -MINIMAL_IMPORTANT_POINTS),
        **learned_from(before, after),
        "finite_share": after.size / posterior.size,
    }


def learned_from(prior: np.ndarray, posterior: np.ndarray) -> dict[str, float | bool]:
    """Contraction, shift and whether they are too small to speak of data."""
    value, shift, _ = contraction_of(prior, posterior)
    return {"contraction": value, "shift": shift, "prior_driven": is_prior_driven(value, shift)}


def interval_of(draws: np.ndarray) -> dict[str, float]:
    """Median and central 50 and 95 % intervals; NaN without draws."""
    if draws.size == 0:
        return dict.fromkeys(_QUANTILES, float("nan"))
    limits = np.quantile(draws, list(_QUANTILES.values()))
    return {name: float(limit) for name, limit in zip(_QUANTILES, limits, strict=True)}


def share_of(event: np.ndarray) -> float:
    """Share of draws in which an event holds; NaN without draws."""
    return float(event.mean()) if event.size else float("nan")


def effective_draws(weight: np.ndarray) -> float:
    r"""Kish's effective number of weighted draws, :math:`(\sum w)^2 / \sum w^2`; 0 where no weight is."""
    return float(weight.sum() ** 2 / np.sum(weight**2)) if weight.any() else 0.0


def _weighted_share(event: np.ndarray, weight: np.ndarray) -> float:
    """Share of ``event`` under weights; NaN where these rest on too few effective draws."""
    enough = effective_draws(weight) >= FEWEST_EFFECTIVE_DRAWS
    return float(np.average(event, weights=weight)) if enough else float("nan")

"""Tables of predictions: differences, courses, responders, ranks and doses, each with its prior."""

from __future__ import annotations

import numpy as np
import pandas as pd

from windup.datasets import Catalogue
from windup.fit.analyses.prediction.basis import PredictionDraws
from windup.fit.analyses.prediction.courses import MULTIPLES, RegimenCourse
from windup.fit.analyses.prediction.new_study import responder_share
from windup.fit.design.arrays import LARGEST_KEPT_SHARE
from windup.fit.diagnostics.effects import effect_of, interval_of, share_of
from windup.fit.runs.fitted_run import finite

# An effect below this has no half-time worth a name, points (expert).
LEAST_EFFECT = 0.1


def washout_table(rows: PredictionDraws) -> pd.DataFrame:
    """What is left after the last dose, of regimens that end before their horizon.

    ``remaining`` is the difference from no drug at the horizon. ``half_gone_weeks`` counts from the largest
    benefit at or after the last dose until half of it is gone, among draws in which it is at least 0.1 point;
    ``half_gone_share`` is how many of these lose half within the horizon (the others count as infinite).
    ``overshoot`` is the most by which pain after the last dose exceeds that without any drug.
    """
    table = []
    for _, regimen, head, after, before in rows.each():
        # A slope of a covariate is one of treated arms, also after their last dose: it is no lasting benefit.
        if regimen.last_week >= regimen.weeks or regimen.covariates:
            continue
        late = after.weeks > regimen.last_week
        half = half_gone_weeks(after, regimen.last_week)
        reached = half[np.isfinite(half) | np.isinf(half)]
        over, over_prior = (np.max(x.difference[:, late], axis=1) for x in (after, before))
        remaining = effect_of(after.difference[:, -1], before.difference[:, -1])
        table.append(
            {
                **head,
                "stops_at_week": regimen.last_week,
                "horizon_week": regimen.weeks,
                **{f"remaining_{name}": value for name, value in remaining.items()},
                "half_gone_weeks_median": float(np.median(reached)) if reached.size else float("nan"),
                "half_gone_share": share_of(np.isfinite(reached)),
                "draws_with_effect": share_of(~np.isnan(half)),
                **{f"overshoot_{name}": value for name, value in beside(over, over_prior).items()},
                "probability_overshoot": share_of(over[np.isfinite(over)] > LEAST_EFFECT),
                "prior_probability_overshoot": share_of(over_prior[np.isfinite(over_prior)] > LEAST_EFFECT),
            }
        )
    return pd.DataFrame(table)


def half_gone_weeks(predicted: RegimenCourse, stop_week: float) -> np.ndarray:
    """Weeks from the largest benefit at or after ``stop_week`` until half of it is gone, per draw.

    Infinite where it is not within the horizon, NaN where there is no benefit to lose; linear between weeks.
    """
    late = predicted.weeks >= stop_week
    weeks, benefits = predicted.weeks[late], -predicted.difference[:, late]
    half_times = np.full(len(benefits), np.nan)
    for draw, benefit in enumerate(benefits):
        if not np.isfinite(benefit).all() or benefit.max() < LEAST_EFFECT:
            continue
        peak = int(np.argmax(benefit))
        target = 0.5 * benefit[peak]
        below = np.flatnonzero(benefit[peak:] <= target)
        if not below.size:
            half_times[draw] = np.inf
            continue
        after = peak + int(below[0])
        part = (benefit[after - 1] - target) / (benefit[after - 1] - benefit[after])
        half_times[draw] = weeks[after - 1] + part * (weeks[after] - weeks[after - 1]) - weeks[peak]
    return half_times


def combinations_table(rows: PredictionDraws) -> pd.DataFrame:
    """Combinations compared with the sum of their drugs and with the best drug, per draw.

    ``versus_additive`` below 0 is more relief than the drugs' differences add up to; ``versus_best`` below 0
    is more than the drug that is best in that draw gives alone.
    """
    table = []
    for _, regimen, head, after, before in rows.each():
        if not after.alone:
            continue
        for place, week in enumerate(regimen.reported):
            singles, prior_singles = (
                np.stack([alone[:, place] for alone in x.alone.values()]) for x in (after, before)
            )
            both, prior_both = (x.at((week,))[:, 0] for x in (after, before))
            numbers: dict[str, float | bool] = {}
            for name, reduce in (("versus_additive", np.sum), ("versus_best", np.min)):
                contrast = both - reduce(singles, axis=0)
                numbers |= {
                    f"{name}_{key}": value
                    for key, value in effect_of(contrast, prior_both - reduce(prior_singles, axis=0)).items()
                }
            solved = np.isfinite(singles).all(axis=0)
            medians = np.median(singles[:, solved], axis=1)
            table.append(
                {
                    **head,
                    "week": week,
                    **beside(both, prior_both),
                    "additive_median": float(np.median(singles[:, solved].sum(axis=0))),
                    "best_single": list(after.alone)[int(np.argmin(medians))],
                    "best_single_median": float(medians.min()),
                    **numbers,
                }
            )
    return pd.DataFrame(table)


STUDIES = ("mean", "new")


def effects_table(rows: PredictionDraws) -> pd.DataFrame:
    """Difference from no drug at the reported weeks, for the mean study and for a new one."""
    table = []
    for number, regimen, head, after, before in rows.each():
        both = [(after, rows.posterior.studies[number]), (before, rows.prior.studies[number])]
        for place, week in enumerate(regimen.reported):
            for study in STUDIES:
                posterior, prior = (
                    x.at(regimen.reported)[:, place] + studies[study].deviation[:, place]
                    for x, studies in both
                )
                what = {"drugs": len(regimen.drugs), "week": week, "study": study}
                table.append({**head, **what, **effect_of(posterior, prior)})
    return pd.DataFrame(table)


def courses_table(rows: PredictionDraws) -> pd.DataFrame:
    """Pain (without the placebo course), its difference from no drug, and magnesium on a weekly grid."""
    table = []
    for _, regimen, head, after, before in rows.each():
        quantities = ["pain", "no_drug", "difference"]
        if "magnesium" in regimen.drugs or regimen.magnesium_intake != 1.0:
            quantities += ["serum_magnesium", "csf_magnesium"]
        for quantity in quantities:
            posterior, prior = getattr(after, quantity), getattr(before, quantity)
            for place, week in enumerate(after.weeks):
                table.append(
                    {
                        **head,
                        "quantity": quantity,
                        "unit": "mmol/L" if quantity.endswith("magnesium") else "NRS points",
                        "week": week,
                        **beside(posterior[:, place], prior[:, place]),
                    }
                )
    return pd.DataFrame(table)


def responders_table(rows: PredictionDraws) -> pd.DataFrame:
    """Shares with at least 30 and 50 % less pain, placebo course included, on drug and on placebo."""
    table = []
    for number, regimen, head, _, _ in rows.each():
        for outcome, kept in LARGEST_KEPT_SHARE.items():
            for study in STUDIES:
                shares = [
                    [
                        responder_share(
                            source.predicted[number],
                            regimen,
                            source.draws,
                            source.studies[number][study],
                            kept,
                            treated=treated,
                        )
                        for source in (rows.posterior, rows.prior)
                    ]
                    for treated in (True, False)
                ]
                shares.append([on - off for on, off in zip(*shares, strict=True)])
                for arm, (after, before) in zip(("drug", "placebo", "difference"), shares, strict=True):
                    for place, week in enumerate(regimen.reported):
                        numbers = beside(after[:, place], before[:, place])
                        where = {"outcome": outcome, "arm": arm, "week": week, "study": study}
                        table.append({**head, **where, **numbers})
    return pd.DataFrame(table)


def ranks_table(rows: PredictionDraws) -> pd.DataFrame:
    """Rank of each regimen among those of its condition, 1 for the least pain, in the mean study.

    All of a condition are compared at the earliest of their last reported weeks.
    """
    heads = [head for _, _, head, _, _ in rows.each()]
    table = []
    for condition in dict.fromkeys(regimen.condition for regimen in rows.regimens):
        mine = [n for n, regimen in enumerate(rows.regimens) if regimen.condition == condition]
        week = min(rows.regimens[n].reported[-1] for n in mine)
        ranks = []
        for source in (rows.posterior, rows.prior):
            differences = np.stack([_at_or_before(source.predicted[n], week) for n in mine], axis=1)
            ranks.append(1.0 + np.argsort(np.argsort(finite(differences), axis=1), axis=1))
        after, before = ranks
        for place, n in enumerate(mine):
            table.append(
                {
                    **heads[n],
                    "week": week,
                    "among": len(mine),
                    "probability_best": share_of(after[:, place] == 1.0),
                    "mean_rank": float(after[:, place].mean()),
                    "low_95": float(np.quantile(after[:, place], 0.025)),
                    "high_95": float(np.quantile(after[:, place], 0.975)),
                    "prior_probability_best": share_of(before[:, place] == 1.0),
                    "prior_mean_rank": float(before[:, place].mean()),
                }
            )
    return pd.DataFrame(table)


def doses_table(rows: PredictionDraws, catalogue: Catalogue) -> pd.DataFrame:
    """Difference from no drug at the last reported week for multiples of the dose.

    Parameters
    ----------
    rows
        Draws of the regimens.
    catalogue
        Their drugs.
    """
    table = []
    for _, regimen, head, after, before in rows.each():
        for place, multiple in enumerate(MULTIPLES if after.by_dose.size else ()):
            dose = multiple * max(phase.daily_dose(catalogue) for phase in regimen.phase)
            where = {
                "drug": regimen.drugs[0],
                "week": regimen.reported[-1],
                "multiple": multiple,
                "dose": dose,
                "unit": catalogue.drug(regimen.drugs[0]).unit,
            }
            table.append({**head, **where, **effect_of(after.by_dose[:, place], before.by_dose[:, place])})
    return pd.DataFrame(table)


def beside(posterior: np.ndarray, prior: np.ndarray) -> dict[str, float]:
    """Intervals of posterior and prior, of the draws that could be solved."""
    before = interval_of(prior[np.isfinite(prior)])
    after = interval_of(posterior[np.isfinite(posterior)])
    return {**after, **{f"prior_{name}": value for name, value in before.items()}}


def _at_or_before(predicted: RegimenCourse, week: float) -> np.ndarray:
    """Difference at the last looked-at week that is not after ``week``."""
    place = int(np.searchsorted(predicted.weeks, week, side="right")) - 1
    difference: np.ndarray = predicted.difference[:, place]
    return difference

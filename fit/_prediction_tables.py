"""Tables of predictions: differences, courses, responders, ranks and doses, each with the prior beside it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from windup.datasets import Regimen

from ._contraction import contraction_of, is_prior_driven
from ._effects import effect_of, interval_of, share_of
from ._fitted_run import finite
from ._new_study import KEPT, StudyCourse, mean_study, new_study, responder_share
from ._predicted import MULTIPLES, Predicted
from ._problem import Draw

STUDIES = ("mean", "new")


class Source(NamedTuple):
    """Draws of posterior or prior: all regimens, parameters, and a mean and a new study of each regimen."""

    predicted: tuple[Predicted, ...]
    draws: Draw
    studies: tuple[dict[str, StudyCourse], ...]


class Basis(NamedTuple):
    """What a prediction rests on: ``interpolation``, ``extrapolation`` or ``prior-driven``, and why."""

    basis: str
    reasons: str


def source_of(
    generator: np.random.Generator,
    regimens: tuple[Regimen, ...],
    predicted: tuple[Predicted, ...],
    draws: Draw,
    drugs: tuple[str, ...],
) -> Source:
    """Predictions with the two studies for which they are quoted."""
    studies = tuple(
        {"mean": mean_study(regimen, draws), "new": new_study(generator, regimen, draws, drugs)}
        for regimen in regimens
    )
    return Source(predicted, draws, studies)


def basis_of(regimen: Regimen, posterior: Predicted, prior: Predicted, reasons: tuple[str, ...]) -> Basis:
    """What a regimen's difference at its last reported week rests on.

    Parameters
    ----------
    regimen
        The regimen.
    posterior, prior
        Its draws.
    reasons
        In what it goes beyond the trials (`windup.fit._support.beyond`).
    """
    last = regimen.reported[-1:]
    value, shift, _ = contraction_of(prior.at(last)[:, 0], posterior.at(last)[:, 0])
    missing = [reason for reason in reasons if reason.startswith("no used trial")]
    unmoved = is_prior_driven(value, shift)
    if unmoved or missing:
        why = (*(["the data hardly moved it"] if unmoved else []), *reasons)
        return Basis("prior-driven", "; ".join(why))
    return Basis("extrapolation" if reasons else "interpolation", "; ".join(reasons))


class Rows(NamedTuple):
    """What all tables are made from."""

    regimens: tuple[Regimen, ...]
    basis: tuple[Basis, ...]
    posterior: Source
    prior: Source

    def each(self) -> Iterator[tuple[int, Regimen, dict[str, Any], Predicted, Predicted]]:
        """Number, regimen, first columns of its rows, and its draws of posterior and prior."""
        for number, (regimen, basis) in enumerate(zip(self.regimens, self.basis, strict=True)):
            head = {"regimen": regimen.name, "condition": regimen.condition, **basis._asdict()}
            yield number, regimen, head, self.posterior.predicted[number], self.prior.predicted[number]


def effects_table(rows: Rows) -> pd.DataFrame:
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
                table.append({**head, "week": week, "study": study, **effect_of(posterior, prior)})
    return pd.DataFrame(table)


def courses_table(rows: Rows) -> pd.DataFrame:
    """Pain (without the placebo course) and magnesium on a weekly grid."""
    table = []
    for _, regimen, head, after, before in rows.each():
        quantities = ["pain", "no_drug"]
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


def responders_table(rows: Rows) -> pd.DataFrame:
    """Shares with at least 30 and 50 % less pain, placebo course included, on drug and on placebo."""
    table = []
    for number, regimen, head, _, _ in rows.each():
        for outcome, kept in KEPT.items():
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


def ranks_table(rows: Rows) -> pd.DataFrame:
    """Rank of each regimen among those of its condition, 1 for the least pain, in the mean study.

    All of a condition are compared at the earliest of their last reported weeks.
    """
    heads = [head for _, _, head, _, _ in rows.each()]
    table = []
    for condition in dict.fromkeys(regimen.condition for regimen in rows.regimens):
        mine = [n for n, regimen in enumerate(rows.regimens) if regimen.condition == condition]
        week = min(rows.regimens[n].reported[-1] for n in mine)
        found = []
        for source in (rows.posterior, rows.prior):
            differences = np.stack([_at_or_before(source.predicted[n], week) for n in mine], axis=1)
            found.append(1.0 + np.argsort(np.argsort(finite(differences), axis=1), axis=1))
        after, before = found
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


def doses_table(rows: Rows) -> pd.DataFrame:
    """Difference from no drug at the last reported week for multiples of the dose."""
    table = []
    for _, regimen, head, after, before in rows.each():
        for place, multiple in enumerate(MULTIPLES if after.by_dose.size else ()):
            dose = multiple * max(phase.daily_dose for phase in regimen.phase)
            where = {"drug": regimen.drugs[0], "week": regimen.reported[-1], "multiple": multiple, "dose": dose}
            table.append({**head, **where, **effect_of(after.by_dose[:, place], before.by_dose[:, place])})
    return pd.DataFrame(table)


def beside(posterior: np.ndarray, prior: np.ndarray) -> dict[str, float]:
    """Intervals of posterior and prior, of the draws that could be solved."""
    before = interval_of(prior[np.isfinite(prior)])
    after = interval_of(posterior[np.isfinite(posterior)])
    return {**after, **{f"prior_{name}": value for name, value in before.items()}}


def _at_or_before(predicted: Predicted, week: float) -> np.ndarray:
    """Difference at the last looked-at week that is not after ``week``."""
    place = int(np.searchsorted(predicted.weeks, week, side="right")) - 1
    difference: np.ndarray = predicted.difference[:, place]
    return difference

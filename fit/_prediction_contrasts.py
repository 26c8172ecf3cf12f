"""What a regimen leaves behind when it stops, and what a combination adds to its drugs."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ._effects import effect_of, share_of
from ._predicted import Predicted
from ._prediction_rows import Rows
from ._prediction_tables import beside

# An effect below this has no half-time worth a name, points (expert).
LEAST_EFFECT = 0.1


def washout_table(rows: Rows) -> pd.DataFrame:
    """What is left after the last dose, of regimens that end before their horizon.

    ``remaining`` is the difference from no drug at the horizon. ``half_gone_weeks`` counts from the largest
    benefit at or after the last dose until half of it is gone, among draws in which it is at least 0.1 point;
    ``half_gone_share`` is how many of these lose half within the horizon (the others count as infinite).
    ``overshoot`` is the most by which pain after the last dose exceeds that without any drug.
    """
    table = []
    for _, regimen, head, after, before in rows.each():
        if regimen.last_week >= regimen.weeks:
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


def half_gone_weeks(predicted: Predicted, stop_week: float) -> np.ndarray:
    """Weeks from the largest benefit at or after ``stop_week`` until half of it is gone, per draw.

    Infinite where it is not within the horizon, NaN where there is no benefit to lose; linear between weeks.
    """
    late = predicted.weeks >= stop_week
    weeks, benefits = predicted.weeks[late], -predicted.difference[:, late]
    found = np.full(len(benefits), np.nan)
    for draw, benefit in enumerate(benefits):
        if not np.isfinite(benefit).all() or benefit.max() < LEAST_EFFECT:
            continue
        peak = int(np.argmax(benefit))
        target = 0.5 * benefit[peak]
        below = np.flatnonzero(benefit[peak:] <= target)
        if not below.size:
            found[draw] = np.inf
            continue
        after = peak + int(below[0])
        part = (benefit[after - 1] - target) / (benefit[after - 1] - benefit[after])
        found[draw] = weeks[after - 1] + part * (weeks[after] - weeks[after - 1]) - weeks[peak]
    return found


def combinations_table(rows: Rows) -> pd.DataFrame:
    """Combinations beside the sum of their drugs' differences, and beside the best of them, per draw.

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

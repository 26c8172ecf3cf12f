"""People who are simulated one by one: the truth for a population in cells."""

import jax.numpy as jnp
import numpy as np
from scipy import stats
from scipy.optimize import brentq

from windup.fit.problem.people.standing import CELLS
from windup.models import SingleLoop, Values

PEOPLE = 200_000
LOG_ODDS = np.linspace(np.log(0.01 / 0.99), np.log(0.99 / 0.01), CELLS + 1)
FINE_ENDS = 10.0 / (1.0 + np.exp(-LOG_ODDS))
FINE_MIDDLES = 10.0 / (1.0 + np.exp(-(LOG_ODDS[1:] + LOG_ODDS[:-1]) / 2.0))


def loop_values(gain: float, **others: float) -> Values:
    """Medians of the single loop, and a gain."""
    values = {each.name: jnp.asarray(each.location) for each in SingleLoop().parameters()}
    known = {"feedback_gain": gain, "pain_from_burden": 1.2, **others}
    return values | {name: jnp.asarray(value) for name, value in known.items()}


def steady_pains(gain: float, drives: np.ndarray, values: Values) -> np.ndarray:
    """Pain of every stable steady state of everybody: on either branch where there are two.

    A burden x is held by the drive x - g 2 x^2 / (1 + x^2), and is stable where that rises.
    """
    burden = np.linspace(0.0, 60.0, 600_001)
    drive = burden - gain * 2.0 * burden**2 / (1.0 + burden**2)
    rising = np.diff(drive) > 0.0
    turns = np.flatnonzero(np.diff(rising.astype(int))) + 1
    found = []
    for piece in np.split(np.arange(len(burden)), turns):
        if len(piece) > 1 and drive[piece[-1]] > drive[piece[0]]:
            inside = (drives >= max(drive[piece[0]], 0.0)) & (drives <= drive[piece[-1]])
            found.append(np.interp(drives[inside], drive[piece], burden[piece]))
            # Without drive enough for the lower end of a branch above 0 people stand where it begins.
    felt = float(values["pain_from_burden"]) * np.concatenate(found)
    pains: np.ndarray = 10.0 * felt / (1.0 + felt)
    return pains


def drives_at(
    pain: float, drive_spread: float, gain: float, gain_spread: float, values: Values, count: int
) -> np.ndarray:
    """Drives of so many people, whose pain before admission has this mean."""
    groups, several = (25, 400) if gain_spread else (1, 10_000)

    def spread_evenly(number: int) -> np.ndarray:
        whitened: np.ndarray = stats.norm.ppf((np.arange(number) + 0.5) / number)
        return whitened

    gains = gain * np.exp(gain_spread * spread_evenly(groups))
    few = drive_spread * spread_evenly(several)

    def off(location: float) -> float:
        everybody = [steady_pains(float(each), np.exp(location + few), values) for each in gains]
        return float(np.concatenate(everybody).mean()) - pain

    location = brentq(off, -6.0, 5.0, xtol=1e-4)
    drives: np.ndarray = np.exp(location + drive_spread * spread_evenly(count))
    return drives


def reports_of(
    rng: np.random.Generator, pain: np.ndarray, lasting: float, passing: float, cut: float
) -> tuple[np.ndarray, np.ndarray]:
    """First and later reports of those whose first one reaches the cut."""
    offset = rng.normal(0.0, lasting, len(pain))
    first = pain + offset + rng.normal(0.0, passing, len(pain))
    later = pain + offset + rng.normal(0.0, passing, len(pain))
    return first[first >= cut], later[first >= cut]

"""Claims about who stands where among people who differ in drive and gain."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest
from scipy.stats import norm

from windup.fit.problem.people.standing import (
    ENDS,
    SMOOTH,
    STEPPED,
    Balance,
    Counting,
    Standing,
    of_many_gains,
)

# A loop that gives back a part of the pain to the drive: u(p, f) = -5 log(1 - p/10) - f g p^2 / (p + 3).
FACTORS = np.exp(0.2 * np.array([-1.0, 0.0, 1.0]))


def needed(gain: float, pain: np.ndarray) -> np.ndarray:
    """Drive that holds pains."""
    drive: np.ndarray = -5.0 * np.log(1.0 - pain / 10.0) - gain * pain * pain / (pain + 3.0)
    return drive


def balance(gain: float) -> Balance:
    """Of one study."""
    drive = np.stack([needed(gain * factor, ENDS) for factor in FACTORS])
    return Balance(jnp.asarray(drive)[:, None], jnp.asarray(FACTORS))


def standing(gain: float, spread: float, counting: Counting) -> Standing:
    """People of a median drive of 1.5, whose log drives have an SD of 0.5."""
    location = jnp.log(jnp.array([1.5]))
    return of_many_gains(balance(gain), location, jnp.array(0.5), jnp.array(spread), counting=counting)


def shares(people: Standing, wider: int) -> tuple[np.ndarray, np.ndarray]:
    """Of all drives, and their sums of gains, by cells of the same width."""
    share = np.exp(people.log_share[:, 0])
    both = np.stack([share.sum(axis=0), (share * people.gain[:, 0]).sum(axis=0)])
    summed = both.reshape(2, -1, SMOOTH.wider // wider).sum(axis=2)
    return summed[0], summed[1]


def one_by_one(gain: float, spread: float) -> tuple[np.ndarray, np.ndarray]:
    """The same of 400 x 401 people, each at the end of the first cells with more drive than theirs.

    Only where more pain always needs more drive.
    """
    at = norm.ppf((np.arange(400) + 0.5) / 400)
    drive, grid = 1.5 * np.exp(0.5 * at), np.linspace(-4.0, 4.0, 401)
    of_gain = norm.pdf(grid) / norm.pdf(grid).sum()
    ends = np.asarray(ENDS[:: SMOOTH.wider])
    found, sums = np.zeros(len(ends) - 1), np.zeros(len(ends) - 1)
    for z, weight in zip(grid, of_gain, strict=True):
        held = needed(gain * np.exp(spread * z), ends)
        assert np.all(np.diff(held) > 0.0)
        cell = np.clip(np.searchsorted(held, drive) - 1, 0, len(found) - 1)
        counts = np.bincount(cell, minlength=len(found)) / len(drive)
        found += weight * counts
        sums += weight * z * counts
    return found, sums


@pytest.mark.parametrize("spread", [0.1, 0.2])
@pytest.mark.parametrize("gain", [0.2, 0.4])
def test_people_below_a_pain_are_those_counted_one_by_one(gain: float, spread: float) -> None:
    exact, gains = one_by_one(gain, spread)
    share, of_gain = shares(standing(gain, spread, SMOOTH), SMOOTH.wider)
    np.testing.assert_allclose(np.cumsum(share), np.cumsum(exact), atol=0.012)
    np.testing.assert_allclose(np.cumsum(of_gain), np.cumsum(gains), atol=0.02)


@pytest.mark.parametrize("gain", [0.9, 1.3, 1.8])
def test_where_branches_part_many_drives_without_blur_say_the_same(gain: float) -> None:
    many = Counting(60, 0.0, SMOOTH.wider)
    share, _ = shares(standing(gain, 0.3, SMOOTH), SMOOTH.wider)
    exact, _ = shares(standing(gain, 0.3, many), many.wider)
    np.testing.assert_allclose(np.cumsum(share), np.cumsum(exact), atol=0.02)
    stepped, _ = shares(standing(gain, 0.3, STEPPED), STEPPED.wider)
    np.testing.assert_allclose(np.cumsum(stepped), np.cumsum(exact), atol=0.03)


def test_at_low_gains_people_stand_in_no_spikes() -> None:
    share, _ = shares(standing(0.3, 0.1, SMOOTH), SMOOTH.wider)
    turns = np.diff(np.sign(np.diff(share[share > 1e-3])))
    assert np.count_nonzero(turns) == 1


def test_gains_of_all_people_have_the_mean_that_they_were_given() -> None:
    for gain in (0.3, 0.8):
        _, of_gain = shares(standing(gain, 0.2, SMOOTH), SMOOTH.wider)
        np.testing.assert_allclose(of_gain.sum(), 0.0, atol=1e-3)

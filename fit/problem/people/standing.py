r"""Who stands where on the curve of steady states, among people of one gain or of many.

Where all people have the same gains they are counted over drive (`windup.fit.problem.people.crowd`).
Where the gains of all loops have a factor :math:`f` that differs between people,
:math:`\log f \sim N(0, \sigma_g^2)`, the drive :math:`u(p, f)` that holds a pain falls with it: in one loop
in proportion to what the loop returns, in the cascade nearly so, as input also makes alpha-2-delta-1. It is
known at the median gain and one SD below and above, and read by lines through these. Who has less pain than
:math:`p` are those on one side of a line in drive and gain
(`windup.fit.problem.people.gains.isolines`), and the share of a cell is the difference of these shares at
its ends, 0 where they fall.

Most of the differences in drive are between a few drives of Gauss-Hermite, whose people differ in drive
themselves by about half of the distance from one to the next. Were all people of one drive the same in it,
then at low gains, where gains change pain little, they would stand in as many spikes as there are drives,
and means over cells would leap as these pass. Counted the other way round, over drives at a few gains, people
would leap to the upper branch where a gain passes 1.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from windup.fit.problem.people.crowd import cells_of, constant
from windup.fit.problem.people.gains.isolines import Isolines, cells_between
from windup.models import PainModel, Values

# Ends of the cells, evenly apart on the log odds of pain from 0.1 to 9.9: 0.1 points in the middle.
CELLS = 240
LOG_ODDS = np.linspace(np.log(0.01 / 0.99), np.log(0.99 / 0.01), CELLS + 1)
ENDS, WIDTH = 10.0 / (1.0 + np.exp(-LOG_ODDS)), LOG_ODDS[1] - LOG_ODDS[0]

# What the drive falls by at least with a factor on gains, so that the factor that is needed stays a number.
_LEAST_FALL = 1e-6
# What is no drive at all: where a branch needs none, its least drive is 0 but for rounding.
_ROUNDING = 1e-9


class Counting(NamedTuple):
    """How people of many gains are counted.

    Attributes
    ----------
    drives
        Number of log drives of Gauss-Hermite.
    blur
        SD of log drive among the people of one, in distances between the middle ones.
    wider
        Number of neighbouring cells that are taken as one.
    """

    drives: int
    blur: float
    wider: int


# Against 801 drives without blur, at gains from 0.3 to 1.4 and spreads of gains from 0.1 to 0.4, shares below
# a pain are within 0.012; as a mixture of normals the density of drives has ripples of about 4 %.
SMOOTH = Counting(7, 0.45, 3)
# For what is a step over gains, and through which no gradient passes.
STEPPED = Counting(15, 0.0, 1)


class Balance(NamedTuple):
    """Drive that holds pain at the ends of cells, at one gain or three; negative where loops hold more.

    Of three the second is the median.
    """

    drive: Float[Array, "gains curves ends"]
    factors: Float[Array, " gains"]

    def of_studies(self, curve_of: np.ndarray) -> Balance:
        """Those of the curve of every study."""
        return self._replace(drive=self.drive[:, curve_of])

    @property
    def median(self) -> Float[Array, "curves ends"]:
        """At the median gain."""
        return self.drive[len(self.factors) // 2]

    def slopes(self) -> Float[Array, "2 curves ends"]:
        """By how much the drive changes with the factor, below the median gain and above it."""
        rise = jnp.diff(self.drive, axis=0) / jnp.diff(self.factors)[:, None, None]
        return jnp.minimum(rise, -_LEAST_FALL)

    def lowest(self, factors: Float[Array, " gains"]) -> Float[Array, "gains curves"]:
        """Log odds of the least pain at which people of these gains stand, on the branch that goes up to 10.

        Below it more pain needs less drive, or none at all is so little that pain would not rise.
        """
        return jax.vmap(jax.vmap(_lowest))(self.at(factors))

    def keeping(
        self, factors: Float[Array, " gains"], share: Float[np.ndarray, " curves"]
    ) -> Float[Array, "gains curves"]:
        """Log odds of the least pain from which people stay on that branch with this share of their drive."""
        return jax.vmap(lambda drive: jax.vmap(_keeping)(drive, jnp.asarray(share)))(self.at(factors))

    def at(self, factors: Float[Array, " gains"]) -> Float[Array, "gains curves ends"]:
        """Drive at other factors, by lines between those that are known and beyond them."""
        if len(self.factors) == 1:
            return jnp.broadcast_to(self.median, (len(factors), *self.median.shape))
        below, above = self.slopes()
        more = (factors - 1.0)[:, None, None]
        return self.median + jnp.where(more < 0.0, more * below, more * above)


def _lowest(drive: Float[Array, " ends"]) -> Array:
    """Where the last rise of a drive begins, or where on it the drive becomes positive."""
    place = jnp.arange(1, len(drive) - 1)
    before, here, after = drive[:-2], drive[1:-1], drive[2:]
    # The last end that is no higher than the one before it is where the drive is least; a parabola says where
    # between its neighbours.
    turn = jnp.max(jnp.where(here <= before, place, 0))
    bend = before - 2.0 * here + after
    offset = 0.5 * (before - after) / jnp.where(bend > 0.0, bend, 1.0)
    turned = turn + jnp.where(turn > 0, jnp.clip(offset, -0.5, 0.5)[jnp.maximum(turn - 1, 0)], 0.0)
    last = jnp.max(jnp.where(drive <= 0.0, jnp.arange(len(drive)), -1))
    ends = drive[jnp.maximum(last, 0)], drive[jnp.minimum(last + 1, len(drive) - 1)]
    rise = ends[1] - ends[0]
    crossed = last - ends[0] / jnp.where(rise > 0.0, rise, 1.0)
    found = jnp.where(last >= 0, jnp.maximum(crossed, turned), turned)
    lowest: Array = LOG_ODDS[0] + WIDTH * found
    return lowest


def _keeping(drive: Float[Array, " ends"], share: Array) -> Array:
    """Where on the last rise the drive is so large that this share of it still holds its beginning."""
    least = jnp.maximum(jnp.interp(_lowest(drive), constant(LOG_ODDS), drive), 0.0)
    # Not by dividing through the share, which may be 0.
    left = share * drive
    last = jnp.max(jnp.where(left < least - _ROUNDING, jnp.arange(len(drive)), 0))
    here, after = left[last], left[jnp.minimum(last + 1, len(drive) - 1)]
    rise = after - here
    part = (least - here) / jnp.where(rise > 0.0, rise, 1.0)
    crossed = last + jnp.where(rise > 0.0, jnp.clip(part, 0.0, 1.0), 0.0)
    place: Array = LOG_ODDS[0] + WIDTH * crossed
    return place


def balance_of(
    model: PainModel[Any, Any], central_share: Float[np.ndarray, " conditions"], values: Values
) -> Float[Array, "conditions ends"]:
    """Drive that holds pain at the ends of the cells in conditions with these central shares.

    At the customary intake of magnesium.
    """
    shares = np.repeat(central_share, len(ENDS))
    pains = jnp.asarray(np.tile(ENDS, len(central_share)))
    people = model.at_enrolment(pains, shares, np.ones(len(shares)), values)
    drive: Array = (people.drive_share * people.needed).reshape(-1, len(ENDS))
    return drive


class Standing(NamedTuple):
    """People of every study before admission, by cells: their log share, log odds of their pain, log gain.

    Log gains are in SDs from the median, by the mean and the SD of the people of a cell; 0 where all people
    have the same, who stand for one drive.
    """

    log_share: Float[Array, "drives studies cells"]
    log_odds: Float[Array, "drives studies cells"]
    gain: Float[Array, "drives studies cells"]
    gain_sd: Float[Array, "drives studies cells"]

    def mean_log_odds(self) -> Float[Array, " studies"]:
        """Log odds of the mean pain of all people, who count on every branch on which they may stand."""
        share = jax.nn.softmax(self.log_share, axis=(0, 2))
        pain = jnp.sum(share * jax.nn.sigmoid(self.log_odds), axis=(0, 2))
        found: Array = jnp.log(pain / (1.0 - pain))
        return found

    def side_by_side(self) -> tuple[Float[Array, "studies people"], ...]:
        """Each of these, the cells of one drive after those of another."""
        return tuple(jnp.moveaxis(each, 0, 1).reshape(each.shape[1], -1) for each in self)


def of_one_gain(balance: Balance, location: Float[Array, " studies"], drive_spread: Array) -> Standing:
    """People who differ in drive alone.

    Parameters
    ----------
    balance
        Of the curve of every study.
    location, drive_spread
        Mean and SD of their log drive.
    """
    cells = cells_of(balance.median, location, drive_spread)
    log_odds = LOG_ODDS[:-1] + WIDTH * cells.position
    same = jnp.zeros_like(log_odds)[None]
    return Standing(cells.log_share[None], log_odds[None], same, same)


def of_many_gains(
    balance: Balance,
    location: Float[Array, " studies"],
    drive_spread: Array,
    gain_spread: Array,
    *,
    counting: Counting = SMOOTH,
) -> Standing:
    """People who differ in drive and gain.

    Parameters
    ----------
    balance
        Of the curve of every study.
    location, drive_spread
        Mean and SD of their log drive.
    gain_spread
        SD of their log gain.
    counting
        How they are counted.
    """
    wider = counting.wider
    drives, shares = np.polynomial.hermite_e.hermegauss(counting.drives)
    blur = counting.blur * np.diff(drives)[counting.drives // 2]
    between = drive_spread / np.sqrt(1.0 + blur**2)
    curve = Isolines(balance.median[:, ::wider], -balance.slopes()[:, :, ::wider], balance.factors)

    def of_drive(z: Array, log_share: Array) -> Standing:
        cells = cells_between(curve, jnp.exp(location + between * z), blur * between, gain_spread)
        log_odds = LOG_ODDS[:-1:wider] + wider * WIDTH * cells.position
        return Standing(cells.log_share + log_share, log_odds, cells.gain, cells.gain_sd)

    found: Standing = jax.vmap(of_drive)(constant(drives), jnp.log(constant(shares / shares.sum())))
    return found

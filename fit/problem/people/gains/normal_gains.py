r"""What is read off nodes of gain, on the mean over people whose log gains are normal.

Gains beyond the first or the last node are read there. All follow in closed form from

.. math:: E (g - c)_+ = \sigma \big(\phi(d) + d\, \Phi(d)\big), \quad
    E (g - c)_+^2 = \sigma^2 \big((1 + d^2) \Phi(d) + d\, \phi(d)\big), \quad d = \frac{\mu - c}{\sigma}.
"""

from __future__ import annotations

from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jax.scipy.stats import norm
from jaxtyping import Array, Float

from windup.fit.problem.people.crowd import normal_cdf


class Gains(NamedTuple):
    """Log gains of people, normal in each group of them, and the nodes at which something is known.

    Attributes
    ----------
    mean, sd
        Of every group.
    nodes
        Evenly apart.
    """

    mean: Float[Array, ...]
    sd: Float[Array, ...]
    nodes: Float[np.ndarray, " nodes"]

    def lines(self) -> Float[Array, "nodes ..."]:
        """Mean weight of every node in a line between neighbours."""
        passed = self._passed()
        one = jnp.ones_like(passed[:1])
        return jnp.concatenate([one, passed]) - jnp.concatenate([passed, 0.0 * one])

    def products_of_neighbours(self) -> Float[Array, "pairs ..."]:
        """Mean product of the weights of a node and of the one after it; of others it is 0."""
        over, squares, width = self._over(), self._squares(), self._width
        square_passed = (squares[:-1] - squares[1:] - 2.0 * width * over[1:]) / width**2
        # Rounding may leave less than 0, to no effect; cutting it off would take gradients away at random.
        return self._passed() - square_passed

    @property
    def _width(self) -> float:
        return float(self.nodes[1] - self.nodes[0])

    def _passed(self) -> Float[Array, "pairs ..."]:
        """Mean share of the way from a node to the next that a gain has passed."""
        over = self._over()
        return (over[:-1] - over[1:]) / self._width

    def _distances(self) -> Float[Array, "nodes ..."]:
        return jnp.stack([(self.mean - node) / self.sd for node in self.nodes])

    def _over(self) -> Float[Array, "nodes ..."]:
        """Mean of what gains are above a node, 0 where they are below."""
        d = self._distances()
        return self.sd * (norm.pdf(d) + d * normal_cdf(d))

    def _squares(self) -> Float[Array, "nodes ..."]:
        """The same of its square."""
        d = self._distances()
        return self.sd**2 * ((1.0 + d**2) * normal_cdf(d) + d * norm.pdf(d))

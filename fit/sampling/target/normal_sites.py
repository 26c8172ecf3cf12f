"""Sites whose unconstrained values are normal: one vector with one density, instead of a program for each.

A mechanism has a hundred scalar parameters, most of them log-normal or normal. Site by site their priors are
a fifth of all that is traced for a posterior's gradient.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, Self

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float
from numpyro import distributions as dist
from numpyro.distributions import constraints

type Normal = tuple[Float[np.ndarray, " ..."], Float[np.ndarray, " ..."]]


def normal_of(site: Mapping[str, Any]) -> Normal | None:
    """Mean and SD of a site's unconstrained value where it is normal with known numbers, of the site's shape.

    Parameters
    ----------
    site
        A sample site as numpyro traces it under `jax.jit`, so that whatever may change is no known number.
    """
    prior = base = site["fn"]
    while isinstance(base, dist.Independent | dist.ExpandedDistribution):
        base = base.base_dist
    if site["scale"] is not None or type(base) not in (dist.Normal, dist.LogNormal):
        return None
    if isinstance(base.loc, jax.Array) or isinstance(base.scale, jax.Array):
        return None
    shape = prior.shape()
    return np.broadcast_to(base.loc, shape), np.broadcast_to(base.scale, shape)


class NormalSites(NamedTuple):
    """Entries of an unconstrained vector that are normal, all others having no density here.

    Attributes
    ----------
    normal, positive
        Which entries are normal, and which of these are logarithms.
    mean, sd
        0 and 1 where an entry is not normal.
    """

    normal: Bool[np.ndarray, " parameters"]
    positive: Bool[np.ndarray, " parameters"]
    mean: Float[np.ndarray, " parameters"]
    sd: Float[np.ndarray, " parameters"]

    @classmethod
    def of(
        cls, unconstrained: Mapping[str, Array], normals: Mapping[str, Normal], supports: Mapping[str, Any]
    ) -> Self:
        """In the order of `jax.flatten_util.ravel_pytree`."""

        def vector(value_of: Any) -> np.ndarray:
            tree = {name: np.broadcast_to(value_of(name), np.shape(x)) for name, x in unconstrained.items()}
            return np.concatenate([leaf.ravel() for leaf in jax.tree.leaves(tree)] or [np.zeros(0)])

        return cls(
            normal=vector(lambda name: name in normals),
            positive=vector(lambda name: name in supports and is_positive(supports[name])),
            mean=vector(lambda name: normals[name][0] if name in normals else 0.0),
            sd=vector(lambda name: normals[name][1] if name in normals else 1.0),
        )

    def constrain(self, x: Float[Array, " parameters"]) -> Float[Array, " parameters"]:
        """Values of the normal entries; the others as they are."""
        return jnp.where(self.positive, jnp.exp(jnp.where(self.positive, x, 0.0)), x)

    def log_density(self, x: Float[Array, " parameters"]) -> Float[Array, ""]:
        r"""Sum of :math:`\log N(x_i; m_i, s_i)`: a log-normal prior with its change of variable."""
        squares = jnp.where(self.normal, ((x - self.mean) / self.sd) ** 2, 0.0)
        constant = np.sum(np.log(self.sd[self.normal] * np.sqrt(2.0 * np.pi)))
        total: Array = -0.5 * jnp.sum(squares) - constant
        return total


def is_positive(support: Any) -> bool:
    """Whether values are exponentials of unconstrained ones."""
    while isinstance(support, constraints.independent):
        support = support.base_constraint
    return support is constraints.positive

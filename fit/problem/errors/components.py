r"""Mixture of normal densities of a study's rows: how wide its effects are, and which row is suspect, if any.

With residual :math:`r`, loads :math:`Z` and sampling covariance :math:`R`, the components of a study of
:math:`n` rows are

.. math:: N\big(r;\; \Sigma_c + V_i e_i e_i^T\big), \quad \Sigma_c = c^2 Z \Omega Z^T + R, \quad
    c \in \{1, \kappa\}, \quad i \in \{\text{none}, 1, \dots, n\},

:math:`2 (n + 1)` of them. With :math:`P = \Sigma_c^{-1}` and :math:`\alpha = P r` the matrix of a suspect row
follows from that of none by Sherman and Morrison (1950, doi 10.1214/aoms/1177729893):

.. math:: \log N(r; \Sigma_c + V_i e_i e_i^T) = \log N(r; \Sigma_c) - \tfrac12 \log(1 + V_i P_{ii})
    + \tfrac12 \frac{V_i \alpha_i^2}{1 + V_i P_{ii}}.

The wide component has the prior weight :math:`\pi`. Each row is suspect with odds
:math:`\varepsilon/(1 - \varepsilon)`, given that at most one of a study is: no row with weight
:math:`(1 - \varepsilon)/(1 - \varepsilon + n \varepsilon)`, and row :math:`i` with
:math:`\varepsilon/(1 - \varepsilon + n \varepsilon)`. These sum to 1; what two suspect rows would have is
left out and not given to any other component.
"""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy.linalg import cho_solve
from jax.scipy.special import log_ndtr, logsumexp, ndtri
from jaxtyping import Array, Bool, Float

from windup.fit.problem.observation import Joint

_LOG_TWO_PI = float(np.log(2.0 * np.pi))


class Prior(NamedTuple):
    """Prior of the components of the studies of a bucket.

    Attributes
    ----------
    widths
        Factors :math:`c` of the effects, narrow and wide.
    log_width, log_row
        Log prior weights of both, and per study of no suspect row and of each row.
    added_variance
        :math:`V_i` in the squared unit of each row.
    """

    widths: tuple[float, float]
    log_width: Float[Array, " 2"]
    log_row: Float[Array, "studies rows+1"]
    added_variance: Float[Array, "studies rows"]


def prior_of(
    present: Bool[np.ndarray, "studies rows"],
    added_variance: Array,
    *,
    wide_factor: float,
    wide_weight: Array | float,
    suspect_share: Array | float,
) -> Prior:
    r"""Prior of the components: :math:`\pi` is ``wide_weight``, :math:`\varepsilon` ``suspect_share``."""
    count = jnp.asarray(present.sum(axis=1), float)
    log_total = jnp.log1p(suspect_share * (count - 1.0))
    row = jnp.where(present, (jnp.log(suspect_share) - log_total)[:, None], -jnp.inf)
    none = jnp.log1p(-suspect_share) - log_total
    log_width = jnp.stack([jnp.log1p(-wide_weight), jnp.log(wide_weight)])
    return Prior((1.0, wide_factor), log_width, jnp.concatenate([none[:, None], row], axis=1), added_variance)


class Components(NamedTuple):
    """All components of the studies of a bucket at their residuals.

    Attributes
    ----------
    log_joint
        Log prior weight plus log density; the first of ``rows+1`` is that of no suspect row.
    precision, solved
        :math:`P` and :math:`\\alpha` without a suspect row.
    """

    log_joint: Float[Array, "2 studies rows+1"]
    precision: Float[Array, "2 studies rows rows"]
    solved: Float[Array, "2 studies rows"]

    @property
    def log_density(self) -> Float[Array, " studies"]:
        """Of all rows of each study."""
        total: Array = logsumexp(self.log_joint, axis=(0, 2))
        return total


def components(parts: Joint, prior: Prior) -> Components:
    """Components of the rows of each study; padding is exact."""
    precision, half_log_det = precision_and_half_log_det(covariances(parts, prior.widths))
    solved = jnp.einsum("csrt,st->csr", precision, parts.residual)
    log_joint = _log_joint(precision, half_log_det, solved, parts.residual, parts.count, prior)
    return Components(log_joint, precision, solved)


def covariances(parts: Joint, widths: tuple[float, float]) -> Float[Array, "2 studies rows rows"]:
    r"""Both :math:`\Sigma_c` of each study."""
    scaled = parts.loads * parts.spread[:, None, :]
    between = scaled @ jnp.swapaxes(scaled, 1, 2)
    return jnp.stack([parts.error + width**2 * between for width in widths])


def log_joint_of_some(
    parts: Joint,
    prior: Prior,
    residual: Float[Array, "studies rows"],
    some: Bool[np.ndarray, "studies rows"],
) -> Float[Array, "2 studies rows+1"]:
    """Components at some rows of each study, the other rows integrated out.

    A suspect row that is not among them changes nothing for them.
    """
    precision, half_log_det = of_some(covariances(parts, prior.widths), some)
    residual = residual * some
    solved = jnp.einsum("csrt,st->csr", precision, residual)
    count = jnp.asarray(some.sum(axis=1), float)
    return _log_joint(precision, half_log_det, solved, residual, count, prior)


def given_others(
    found: Components, prior: Prior
) -> tuple[Float[Array, "studies rows"], Float[Array, "studies rows"]]:
    r"""Log density of each row given the others, and the standard normal score of its place there.

    Given the others a row is a mixture of normals: of component :math:`(c, j)` with mean
    :math:`y_i - \alpha_i/P_{ii}`, variance :math:`1/P_{ii}` and the weight that the other rows give it.
    """
    precision, solved = found.precision, found.solved
    own = jnp.diagonal(precision, axis1=2, axis2=3)
    factor = prior.added_variance / (1.0 + prior.added_variance * own)
    # Of every suspect row j (none first): diagonal of its precision, and its solved residual, at every row i.
    own_j = own[:, :, None, :] - factor[..., None] * precision**2
    solved_j = solved[:, :, None, :] - factor[..., None] * precision * solved[..., None]
    own_j = jnp.concatenate([own[:, :, None, :], own_j], axis=2)
    solved_j = jnp.concatenate([solved[:, :, None, :], solved_j], axis=2)
    score = solved_j / jnp.sqrt(own_j)
    each = 0.5 * (jnp.log(own_j) - score**2 - _LOG_TWO_PI)
    weight = found.log_joint[..., None] - each
    log_others = logsumexp(weight, axis=(0, 2))
    log_density = found.log_density[:, None] - log_others
    weight = weight - log_others[None, :, None, :]
    below, above = (logsumexp(weight + log_ndtr(sign * score), axis=(0, 2)) for sign in (1.0, -1.0))
    # Of the shorter tail, which keeps its digits.
    tail = ndtri(jnp.exp(jnp.minimum(jnp.minimum(below, above), 0.0)))
    return log_density, jnp.where(below < above, tail, -tail)


def _log_joint(
    precision: Array, half_log_det: Array, solved: Array, residual: Array, count: Array, prior: Prior
) -> Float[Array, "2 studies rows+1"]:
    own = jnp.diagonal(precision, axis1=2, axis2=3)
    distance = jnp.einsum("csr,sr->cs", solved, residual)
    none = -0.5 * distance - half_log_det - 0.5 * count * _LOG_TWO_PI
    grown = 1.0 + prior.added_variance * own
    moved = 0.5 * prior.added_variance * solved**2 / grown - 0.5 * jnp.log(grown)
    each = jnp.concatenate([jnp.zeros_like(none)[..., None], moved], axis=2)
    return none[..., None] + each + prior.log_row + prior.log_width[:, None, None]


def of_some(covariance: Array, some: np.ndarray) -> tuple[Array, Array]:
    """Inverse of the covariance of some rows (0 elsewhere), and half the log of its determinant."""
    both = some[:, :, None] & some[:, None, :]
    identity = jnp.eye(covariance.shape[-1])
    precision, half_log_det = precision_and_half_log_det(jnp.where(both, covariance, identity))
    return jnp.where(both, precision, 0.0), half_log_det


@jax.custom_jvp
def precision_and_half_log_det(covariance: Array) -> tuple[Array, Array]:
    r""":math:`P = \Sigma^{-1}` and :math:`\log|\Sigma| / 2` of each matrix in the last two dimensions.

    Their differentials are :math:`-P\, d\Sigma\, P` and :math:`\mathrm{tr}(P\, d\Sigma) / 2`, which needs no
    derivative of a Cholesky factor.
    """
    root = jnp.linalg.cholesky(covariance)
    identity = jnp.broadcast_to(jnp.eye(root.shape[-1]), root.shape)
    half_log_det = jnp.sum(jnp.log(jnp.diagonal(root, axis1=-2, axis2=-1)), axis=-1)
    return cho_solve((root, True), identity), half_log_det


@precision_and_half_log_det.defjvp
def _differentials(
    values: tuple[Array], tangents: tuple[Array]
) -> tuple[tuple[Array, Array], tuple[Array, Array]]:
    precision, half_log_det = precision_and_half_log_det(*values)
    (moved,) = tangents
    of_half_log_det = 0.5 * jnp.einsum("...rt,...rt->...", precision, moved)
    return (precision, half_log_det), (-(precision @ moved @ precision), of_half_log_det)

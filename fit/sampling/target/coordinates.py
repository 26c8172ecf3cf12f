"""The coordinates in which chains move, and how draws and gradients improve them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float

type Vector = Float[np.ndarray, " parameters"]
type Square = Float[np.ndarray, "parameters parameters"]
type Draws = Float[np.ndarray, "draws parameters"]

# Weight of "as before" beside the draws: this many draws' worth.
_SHRINKAGE = 20.0
# No single update stretches or shrinks a direction by more than this (a variance ratio).
_LARGEST_CHANGE = 1e4


class Coordinates(NamedTuple):
    """Affine map from whitened to unconstrained parameters, ``x = centre + root @ y``.

    Chains that move in ``y`` see unit scales and no correlation where the map fits the posterior, so NUTS
    needs no mass matrix of its own.
    """

    centre: Vector
    root: Square


def unconstrained(y: Draws, coordinates: Coordinates) -> Draws:
    """Unconstrained parameters of whitened ones (any leading dimensions)."""
    moved: Draws = coordinates.centre + y @ coordinates.root.T
    return moved


def rewhitened(coordinates: Coordinates, draws: Draws, gradients: Draws) -> Coordinates:
    r"""Coordinates in which these draws and the gradients at them look white.

    In the coordinates so far, with :math:`C_y` the covariance of draws and :math:`C_g` that of gradients of
    the potential, the new metric is their geometric mean :math:`S`, the solution of :math:`S C_g S = C_y`. It
    minimises the Fisher divergence to a Gaussian and is exact for one, even with fewer draws than
    parameters, because there the noise of draws and gradients cancels.

    Parameters
    ----------
    coordinates
        The map so far.
    draws, gradients
        Parameters and gradients of the potential, in the coordinates so far. With few draws only the
        directions that they span are changed. Where gradients are too large for a covariance, nothing is.

    References
    ----------
    Seyboldt, Carlson and Carpenter 2026, "Preconditioning Hamiltonian Monte Carlo by minimizing Fisher
    divergence", https://arxiv.org/abs/2603.18845.
    """
    y = (draws - draws.mean(axis=0)).T
    g = (gradients - gradients.mean(axis=0)).T
    size, count = y.shape
    span = np.linalg.qr(np.concatenate([y, g], axis=1))[0] if 2 * count < size else np.eye(size)
    keep = count / (count + _SHRINKAGE)
    as_before = (1.0 - keep) * np.eye(span.shape[1])
    of_draws = keep * (span.T @ y) @ (span.T @ y).T / count + as_before
    with np.errstate(over="ignore", invalid="ignore"):
        of_gradients = keep * (span.T @ g) @ (span.T @ g).T / count + as_before
        # Both are at least "as before"; rounding takes that below 0 where gradients are those of a funnel.
        least = 0.5 * (1.0 - keep)
        half = _symmetric_power(of_gradients, 0.5, least)
        inverse = _symmetric_power(of_gradients, -0.5, least)
        metric = inverse @ _symmetric_power(half @ of_draws @ half, 0.5, least**2) @ inverse
    if not np.isfinite(metric).all():
        return coordinates
    values, vectors = np.linalg.eigh((metric + metric.T) / 2.0)
    values = np.clip(values, 1.0 / _LARGEST_CHANGE, _LARGEST_CHANGE)
    directions = span @ vectors
    stretched = (coordinates.root @ directions) * (np.sqrt(values) - 1.0) @ directions.T
    return Coordinates(unconstrained(draws.mean(axis=0), coordinates), coordinates.root + stretched)


def _symmetric_power(matrix: Square, power: float, least: float) -> Square:
    """Power of a matrix whose eigenvalues are known to be at least ``least``; NaN where it has overflowed."""
    if not np.isfinite(matrix).all():
        return np.full_like(matrix, np.nan)
    values, vectors = np.linalg.eigh(matrix)
    powered: Square = (vectors * np.maximum(values, least) ** power) @ vectors.T
    return powered

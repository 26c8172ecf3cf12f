"""A start from an earlier posterior: its draws, its coordinates and its step size, matched by labels."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import NamedTuple

import jax
import numpy as np
import xarray as xr
from jaxtyping import Array, Float

from windup.fit.errors import RunFolderRefused, SettingsError
from windup.fit.sampling.chains.checkpoint import SamplerState, standing_of
from windup.fit.sampling.chains.labels import labels_in
from windup.fit.sampling.chains.sample import DISPERSION, TRIED
from windup.fit.sampling.kernels.kernel import BLOCK, Lowered
from windup.fit.sampling.target.coordinates import Coordinates, Square, Vector
from windup.fit.sampling.target.target import Target, prior_draws
from windup.fit.settings.samplers import Chain
from windup.fit.storage.archive import content_of_archive
from windup.fit.storage.folder import POSTERIOR, SAMPLER_STATE
from windup.fit.storage.tree import spread_draws

# Of the warm-up of a start from nothing: coordinates and step size are known but for what has changed. The
# last phase, which fits the step size in the final coordinates, stays whole.
_SHARE = 1.0 / 3.0
_LEAST_WARM_UP = 7 * BLOCK
# Draws of the earlier run from which chains begin, and of the prior for what it did not have.
_DRAWS = 500
_PRIOR_DRAWS = 200
_GROUPS = {"posterior", "unconstrained_posterior", "sample_stats"}


class Earlier(NamedTuple):
    """An earlier posterior.

    Attributes
    ----------
    labels
        Of its coordinates.
    draws
        Unconstrained draws.
    root
        Of the coordinates in which it is white (`Coordinates`).
    step_size
        In these.
    """

    labels: tuple[str, ...]
    draws: Float[np.ndarray, "draws parameters"]
    root: Square
    step_size: float

    @property
    def digest(self) -> str:
        """SHA-256 of all of it."""
        known = hashlib.sha256(repr((self.labels, self.step_size)).encode())
        known.update(np.ascontiguousarray(self.draws).tobytes() + np.ascontiguousarray(self.root).tobytes())
        return known.hexdigest()[:12]


class Warm(NamedTuple):
    """A start from an earlier posterior for the coordinates of a target.

    Attributes
    ----------
    earlier
        The posterior.
    labels
        Of the target's coordinates.
    """

    earlier: Earlier
    labels: tuple[str, ...]


def earlier_of(source: xr.DataTree | Path, state: Path | None = None) -> Earlier:
    """Earlier posterior of a tree of draws, or of a run folder.

    Parameters
    ----------
    source
        The run.
    state
        File with the last state of its sampler, which has the coordinates that warm-up fitted to draws and
        gradients; without one they are fitted to the draws. That of a folder is taken where there is one.

    Raises
    ------
    RunFolderRefused
        When the folder holds no finished run.
    SettingsError
        When the tree has no positions of a sampler.
    """
    if isinstance(source, xr.DataTree):
        earlier = _of_tree(source)
        return earlier if state is None else _in_coordinates(earlier, state)
    try:
        with xr.open_datatree(source / POSTERIOR, engine="h5netcdf") as opened:
            earlier = _of_tree(opened)
    except (OSError, ValueError, KeyError) as error:
        raise RunFolderRefused(
            f"{source} holds no draws to start from ({type(error).__name__}: {error}); give the folder of a "
            "finished run."
        ) from error
    state = source / SAMPLER_STATE
    return _in_coordinates(earlier, state) if state.is_file() else earlier


def earlier_in(tree: xr.DataTree, folder: Path | None = None) -> Earlier | None:
    """Earlier posterior of a run that has been read; None where it holds no positions of a sampler."""
    if not set(tree.children) >= _GROUPS:
        return None
    state = None if folder is None else folder / SAMPLER_STATE
    return earlier_of(tree, state if state is not None and state.is_file() else None)


def _in_coordinates(earlier: Earlier, state: Path) -> Earlier:
    standing, _ = standing_of(content_of_archive(state)[0])
    return earlier._replace(root=standing.coordinates.root, step_size=float(standing.tuning[0]))


def _of_tree(tree: xr.DataTree) -> Earlier:
    if not set(tree.children) >= _GROUPS:
        raise SettingsError(
            "start= needs a tree of sample_model or fit_posterior; this one lacks posterior, "
            "unconstrained_posterior or sample_stats."
        )
    position = tree["unconstrained_posterior"]["position"].transpose("chain", "draw", "coordinate")
    draws = position.values.reshape(-1, position.sizes["coordinate"])
    statistics = tree["sample_stats"].to_dataset()
    step_size = float(statistics["step_size"].values[0, -1]) if "step_size" in statistics else 0.1
    return Earlier(labels_in(tree), draws[spread_draws(len(draws), _DRAWS)], _root_of(draws), step_size)


def _root_of(draws: np.ndarray) -> Square:
    """Symmetric root of the covariance, drawn towards its diagonal as far as draws are few for it."""
    count, size = draws.shape
    covariance = np.cov(draws.T).reshape(size, size)
    covariance = (count * covariance + size * np.diag(np.diag(covariance))) / (count + size)
    return _symmetric_root(covariance)


def _symmetric_root(covariance: Square) -> Square:
    values, vectors = np.linalg.eigh((covariance + covariance.T) / 2.0)
    root: Square = vectors * np.sqrt(np.maximum(values, 1e-12 * values.max())) @ vectors.T
    return root


def warm_up_of(settings: Chain) -> int:
    """Iterations of a warm-up that begins at an earlier posterior."""
    return min(settings.warmup, max(round(_SHARE * settings.warmup), _LEAST_WARM_UP))


def warm_standing(
    rng_key: Array, target: Target, warm: Warm, settings: Chain, lowered: Lowered
) -> SamplerState:
    """Chains at draws of an earlier posterior, in its coordinates, before their first phase.

    What it did not have begins around the target's start, in coordinates of the prior.

    Raises
    ------
    SettingsError
        When the two have nothing in common.
    """
    places = {label: place for place, label in enumerate(warm.earlier.labels)}
    known = np.array([label in places for label in warm.labels])
    if not known.any():
        raise SettingsError(
            "The run to start from has no parameter of this model; leave start out, or give a run of a model "
            "with parameters of the same names."
        )
    taken = np.array([places[label] for label in warm.labels if label in places])
    choice_key, prior_key, noise_key = jax.random.split(jax.random.fold_in(rng_key, 0), 3)
    centre, scale = np.asarray(target.initial, float).copy(), np.ones(len(known))
    if not known.all():
        scale[~known] = _scales(prior_draws(prior_key, target, _PRIOR_DRAWS))[~known]
    draws = warm.earlier.draws[:, taken]
    centre[known] = draws.mean(axis=0)
    coordinates = Coordinates(centre, _root_among(warm.earlier.root, taken, known, scale))
    groups = settings.chains // lowered.width
    shape = (groups, lowered.starts)
    noise = np.asarray(jax.random.normal(noise_key, (*shape, len(known))))
    points = centre + DISPERSION * scale * noise
    count = groups * lowered.starts
    chosen = jax.random.choice(choice_key, len(draws), (count,), replace=count > len(draws))
    points[..., known] = draws[np.asarray(chosen)].reshape(*shape, -1)
    tuning = lowered.tuning.copy()
    tuning[0] = TRIED * warm.earlier.step_size
    return SamplerState(
        phase=0,
        coordinates=coordinates,
        tuning=tuning,
        points=np.repeat(points, lowered.width // lowered.starts, axis=1),
        chains=(None,) * groups,
        warmup=warm_up_of(settings),
        begun=_described(warm, known, settings),
    )


def _root_among(root: Square, taken: np.ndarray, known: np.ndarray, scale: Vector) -> Square:
    """Root of coordinates of which some are those of an earlier posterior, in another order or fewer."""
    rows = root[taken]
    whole = np.diag(scale)
    same = len(taken) == len(root)
    # A part of the parameters has the part of the covariance, and not that of the root.
    block = rows if same else _symmetric_root(rows @ rows.T)
    whole[np.ix_(known, known)] = block
    return whole


def _scales(draws: np.ndarray) -> Vector:
    """Standard deviations of the prior, 1 where it has none."""
    with np.errstate(over="ignore", invalid="ignore"):
        scale: Vector = draws.std(axis=0)
    return np.where(np.isfinite(scale) & (scale > 0.0), scale, 1.0)


def _described(warm: Warm, known: np.ndarray, settings: Chain) -> str:
    at_prior = [label for label, is_known in zip(warm.labels, known, strict=True) if not is_known]
    about = {"matched": int(known.sum()), "at_prior": at_prior, "warmup": warm_up_of(settings)}
    return json.dumps(about, ensure_ascii=False)

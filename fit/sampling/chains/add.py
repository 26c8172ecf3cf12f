"""Draws added to a finished run: its last state, and the draws that it has."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
import xarray as xr

from windup.fit.errors import RunFolderRefused, SettingsError
from windup.fit.sampling.chains.checkpoint import Checkpoint, SamplerState, arrays_of, standing_of
from windup.fit.sampling.chains.drawn import Drawn
from windup.fit.settings.samplers import Chain
from windup.fit.storage.archive import archive_bytes, content_of_archive
from windup.fit.storage.folder import POSTERIOR, SAMPLER_STATE
from windup.fit.storage.tree import group

# Of the chains, not of the sampler: added to the statistics after the draws.
_LATER = ("superchain",)


class AddTo(NamedTuple):
    """A finished run.

    Attributes
    ----------
    state
        File with the last state of its sampler: a checkpoint with all draws, or a file without them.
    draws
        File with its draws, where the first has none.
    """

    state: Path
    draws: Path | None = None


def finished_run(folder: Path) -> AddTo:
    """The run of a folder.

    Raises
    ------
    RunFolderRefused
        When its sampler has left no state.
    """
    if not (folder / SAMPLER_STATE).is_file():
        raise RunFolderRefused(
            f"{folder} holds no {SAMPLER_STATE}, so that no draws can be added: its sampler keeps no state, "
            "or an earlier windup wrote the run. Fit again with as many draws as you need."
        )
    return AddTo(folder / SAMPLER_STATE, folder / POSTERIOR)


def state_of(
    add_to: AddTo | None, checkpoint: Checkpoint, settings: Chain
) -> tuple[SamplerState, dict[str, float]]:
    """State of a run with all its draws, and the seconds that it had spent.

    Raises
    ------
    RunFolderRefused
        When the run was another one, or is not whole.
    SettingsError
        When fewer draws are asked for than there are.
    """
    assert add_to is not None
    standing, clock = checkpoint.read(add_to.state, growing=True)
    if add_to.draws is not None and standing.earlier is None and standing.before:
        standing = standing.with_earlier(_draws_in(add_to.draws), add_to.draws)
    if settings.draws < standing.before:
        raise SettingsError(
            f"The run has {standing.before} draws of each chain already, and {settings.draws} are asked for; "
            "draws is the number of all."
        )
    return standing, clock


def last_state(checkpoint: Path, draws: int) -> bytes:
    """Content of a small file from which draws can be added to a finished run.

    Parameters
    ----------
    checkpoint
        File of the run, as its sampler left it.
    draws
        Number of draws of each chain in the file with its draws.
    """
    arrays, identity = content_of_archive(checkpoint)
    standing, clock = standing_of(arrays)
    return archive_bytes(identity, arrays_of(standing.at_end(draws), clock))


def _draws_in(path: Path) -> Drawn:
    try:
        with xr.open_datatree(path, engine="h5netcdf") as tree:
            positions = group(tree, "unconstrained_posterior")["position"].values
            statistics = {
                str(name): np.asarray(values.values)
                for name, values in tree["sample_stats"].to_dataset().data_vars.items()
                if name not in _LATER
            }
    except (OSError, ValueError, KeyError) as error:
        raise RunFolderRefused(
            f"The draws of {path} cannot be read ({type(error).__name__}: {error}). Run the fit again."
        ) from error
    return Drawn(positions, statistics)

"""How far a fit has come, on disk: written whole or not at all, and read only by the fit that wrote it."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple, final

import numpy as np
from jaxtyping import Float

from windup.fit.sampling.chains.modes import Mode
from windup.fit.sampling.kernels.kernel import HostTrace, Trace
from windup.fit.sampling.target.coordinates import Coordinates, Vector
from windup.fit.storage.archive import Identity, read_archive, write_archive

_EVERY_SECONDS = 60.0
_CLOCK = "clock"


class ChainGroup(NamedTuple):
    """Chains that move together, within a phase: their state after the last whole block, and their draws."""

    state: tuple[np.ndarray, ...]
    trace: HostTrace


class SamplerState(NamedTuple):
    """How far sampling has come.

    Attributes
    ----------
    phase
        Phase of warm-up under way; the last one is followed by the kept draws.
    coordinates, tuning, points
        With which the phase began, and where its chains did, by groups that move together.
    chains
        Per group what it has done in this phase; None before its first block.
    modes
        Separate modes found before the first phase.
    """

    phase: int
    coordinates: Coordinates
    tuning: Vector
    points: Float[np.ndarray, "groups chains parameters"]
    chains: tuple[ChainGroup | None, ...]
    modes: tuple[Mode, ...] = ()


@final
class Checkpoint:
    """The file in which a fit keeps how far it has come.

    No object is ever unpickled: the file holds arrays and JSON.

    Parameters
    ----------
    path
        Where it is written; None keeps nothing.
    identity
        What makes draws comparable bit by bit: settings, data, program, versions.
    every_seconds
        Time between two writings.
    """

    def __init__(
        self, path: Path | None, identity: Identity, *, every_seconds: float = _EVERY_SECONDS
    ) -> None:
        self._path, self._identity, self._every = path, identity, every_seconds
        self._written = -np.inf

    def due(self) -> bool:
        """Whether it is time to write."""
        return self._path is not None and time.monotonic() - self._written >= self._every

    def write(self, standing: SamplerState, clock: Mapping[str, float]) -> None:
        """Replace what the file holds.

        Raises
        ------
        DiskError
            When the disk is full or fails; the earlier checkpoint is then unchanged.
        """
        if self._path is None:
            return
        arrays: dict[str, np.ndarray] = {
            _CLOCK: np.asarray(json.dumps(dict(clock))),
            "phase": np.asarray(standing.phase),
            "centre": standing.coordinates.centre,
            "root": standing.coordinates.root,
            "tuning": standing.tuning,
            "points": standing.points,
            "modes": np.array([mode.point for mode in standing.modes]),
            "shares": np.array([mode.share for mode in standing.modes]),
        }
        for number, part in enumerate(standing.chains):
            if part is not None:
                arrays |= {f"state/{number}/{k:03d}": leaf for k, leaf in enumerate(part.state)}
                arrays |= {f"trace/{number}/{name}": x for name, x in part.trace._asdict().items()}
        write_archive(self._path, self._identity, arrays)
        self._written = time.monotonic()

    def read(self, path: Path) -> tuple[SamplerState, dict[str, float]]:
        """What an earlier run of the same fit kept, and the seconds it had spent.

        Raises
        ------
        RunFolderRefused
            When the file is cut off, or the fit that wrote it was another one: the message names what
            changed.
        """
        arrays = read_archive(path, self._identity)
        clock = json.loads(str(arrays[_CLOCK]))
        points = arrays["points"]
        coordinates = Coordinates(arrays["centre"], arrays["root"])
        chains = tuple(_part(arrays, number) for number in range(len(points)))
        modes = tuple(Mode(x, float(s)) for x, s in zip(arrays["modes"], arrays["shares"], strict=True))
        phase = int(arrays["phase"])
        return SamplerState(phase, coordinates, arrays["tuning"], points, chains, modes), clock


def _part(arrays: Mapping[str, np.ndarray], number: int) -> ChainGroup | None:
    state = tuple(arrays[name] for name in sorted(arrays) if name.startswith(f"state/{number}/"))
    if not state:
        return None
    return ChainGroup(state, Trace(*(arrays[f"trace/{number}/{name}"] for name in Trace._fields)))

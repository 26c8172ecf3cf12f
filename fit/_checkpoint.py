"""How far a fit has come, on disk: written whole or not at all, and read only by the fit that wrote it."""

from __future__ import annotations

import io
import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple, final
from zipfile import BadZipFile

import numpy as np
from jaxtyping import Float

from ._coordinates import Coordinates
from ._errors import RunFolderRefused
from ._kernel import HostTrace, Trace
from ._run_folder import disk_errors, write_file

type Identity = Mapping[str, str]

_EVERY_SECONDS = 60.0
_IDENTITY, _CLOCK = "identity", "clock"


class Part(NamedTuple):
    """One chain within a phase: the sampler's state after its last whole block, and its draws so far."""

    state: tuple[np.ndarray, ...]
    trace: HostTrace


class Standing(NamedTuple):
    """How far sampling has come.

    Attributes
    ----------
    phase
        Phase of warm-up under way; the last one is followed by the kept draws.
    coordinates, step_size, points
        With which the phase began, and where its chains did.
    chains
        Per chain what it has done in this phase; None before its first block.
    """

    phase: int
    coordinates: Coordinates
    step_size: float
    points: Float[np.ndarray, "chains parameters"]
    chains: tuple[Part | None, ...]


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

    def write(self, standing: Standing, clock: Mapping[str, float]) -> None:
        """Replace what the file holds.

        Raises
        ------
        DiskError
            When the disk is full or fails; the earlier checkpoint is then unchanged.
        """
        if self._path is None:
            return
        arrays: dict[str, np.ndarray] = {
            _IDENTITY: np.asarray(json.dumps(dict(self._identity))),
            _CLOCK: np.asarray(json.dumps(dict(clock))),
            "phase": np.asarray(standing.phase),
            "centre": standing.coordinates.centre,
            "root": standing.coordinates.root,
            "step_size": np.asarray(standing.step_size),
            "points": standing.points,
        }
        for number, part in enumerate(standing.chains):
            if part is not None:
                arrays |= {f"state/{number}/{k:03d}": leaf for k, leaf in enumerate(part.state)}
                arrays |= {f"trace/{number}/{name}": x for name, x in part.trace._asdict().items()}
        content = io.BytesIO()
        np.savez(content, **arrays)  # type: ignore[arg-type]  # the stub takes the names for options
        with disk_errors(f"writing {self._path}"):
            write_file(self._path, content.getvalue())
        self._written = time.monotonic()

    def read(self, path: Path) -> tuple[Standing, dict[str, float]]:
        """What an earlier run of the same fit kept, and the seconds it had spent.

        Raises
        ------
        RunFolderRefused
            When the file is cut off, or the fit that wrote it was another one: the message names what
            changed.
        """
        try:
            with path.open("rb") as file, np.load(file, allow_pickle=False) as kept:
                arrays = {name: kept[name] for name in kept.files}
            identity, clock = (json.loads(str(arrays[name])) for name in (_IDENTITY, _CLOCK))
        except (ValueError, KeyError, EOFError, BadZipFile) as error:
            raise RunFolderRefused(
                f"{path} cannot be read as a checkpoint ({error}). Give --overwrite to start anew."
            ) from error
        changed = _changed(identity, self._identity)
        if changed:
            raise RunFolderRefused(
                f"The interrupted run cannot be continued: {'; '.join(changed)}. Undo the change to continue "
                "it, or give --overwrite instead of --resume to start anew."
            )
        points = arrays["points"]
        coordinates = Coordinates(arrays["centre"], arrays["root"])
        chains = tuple(_part(arrays, number) for number in range(len(points)))
        standing = Standing(int(arrays["phase"]), coordinates, float(arrays["step_size"]), points, chains)
        return standing, clock


def _part(arrays: Mapping[str, np.ndarray], number: int) -> Part | None:
    state = tuple(arrays[name] for name in sorted(arrays) if name.startswith(f"state/{number}/"))
    if not state:
        return None
    return Part(state, Trace(*(arrays[f"trace/{number}/{name}"] for name in Trace._fields)))


def _changed(then: Identity, now: Identity) -> list[str]:
    return [
        f"{name} was {then.get(name, 'absent')} and is {now.get(name, 'absent')} now"
        for name in dict.fromkeys((*then, *now))
        if then.get(name) != now.get(name)
    ]

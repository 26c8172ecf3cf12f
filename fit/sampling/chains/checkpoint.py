"""How far a fit has come, on disk: written whole or not at all, and read only by the fit that wrote it."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple, final

import numpy as np
from jaxtyping import Float

from windup.fit.errors import RunFolderRefused
from windup.fit.sampling.chains.drawn import Drawn, drawn_of, joined_draws
from windup.fit.sampling.chains.modes import Mode
from windup.fit.sampling.chains.store import DrawStore
from windup.fit.sampling.kernels.kernel import BLOCK, HostTrace, Trace
from windup.fit.sampling.target.coordinates import Coordinates, Vector
from windup.fit.storage.archive import Identity, read_archive, write_archive

_EVERY_SECONDS = 60.0
_CLOCK, _EARLIER = "clock", "earlier/"


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
    before
        Number of kept draws before those in ``chains``: whole blocks.
    earlier
        These draws; None where another file holds them.
    seconds
        Wall time of warm-up and draws so far.
    warmup
        Iterations of warm-up; 0 for those of the settings.
    begun
        What is recorded of a start from an earlier run, as JSON; ``''`` without one.
    """

    phase: int
    coordinates: Coordinates
    tuning: Vector
    points: Float[np.ndarray, "groups chains parameters"]
    chains: tuple[ChainGroup | None, ...]
    modes: tuple[Mode, ...] = ()
    before: int = 0
    earlier: Drawn | None = None
    seconds: float = 0.0
    warmup: int = 0
    begun: str = ""

    @property
    def length(self) -> int:
        """Number of draws that every chain has in this phase."""
        traces = [len(part.trace.z) if part else 0 for part in self.chains]
        return self.before + min(traces, default=0)

    def at_end(self, draws: int) -> SamplerState:
        """The state without draws that another file holds: with those of the last block, if it is not full.

        Parameters
        ----------
        draws
            Number of draws of each chain in the other file.
        """
        whole = draws // BLOCK * BLOCK
        late = max(whole - self.before, 0)
        chains = tuple(
            part and ChainGroup(part.state, Trace(*(leaf[late:] for leaf in part.trace)))
            for part in self.chains
        )
        return self._replace(chains=chains, before=self.before + late, earlier=None)

    def with_earlier(self, drawn: Drawn, place: Path) -> SamplerState:
        """The state with the draws that another file holds.

        Raises
        ------
        RunFolderRefused
            When these are too few: the files are not of one run.
        """
        if drawn.length < self.before:
            raise RunFolderRefused(
                f"{place} holds {drawn.length} draws of each chain and the state of its sampler counts "
                f"{self.before}: they are not of one run. Run the fit again."
            )
        return self._replace(earlier=drawn.first(self.before))


def draws_so_far(standing: SamplerState, count: int) -> Drawn:
    """The first draws of all chains after warm-up, those that another file held among them."""
    traces = [part.trace for part in standing.chains if part]
    parts = [] if standing.earlier is None else [standing.earlier.first(count)]
    if len(traces) == len(standing.chains) and (count > standing.before or not parts):
        parts.append(drawn_of(traces, max(count - standing.before, 0), standing.coordinates))
    if not parts:
        return Drawn(np.zeros((0, 0, len(standing.coordinates.centre))), {})
    return joined_draws(parts)


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
    store
        Where draws go while chains run. One that has every draw as it was drawn takes them off the file.
    """

    def __init__(
        self,
        path: Path | None,
        identity: Identity,
        *,
        every_seconds: float = _EVERY_SECONDS,
        store: DrawStore | None = None,
    ) -> None:
        self._path, self._identity, self._every = path, identity, every_seconds
        self._store, self._draws = store, 0
        self._written = -np.inf

    def due(self) -> bool:
        """Whether it is time to write."""
        return (self._path or self._store) is not None and time.monotonic() - self._written >= self._every

    def begin_draws(self, standing: SamplerState, draws: int) -> None:
        """Begin the store with the draws that there are, before chains go on to ``draws`` of them."""
        self._draws = draws
        if self._store is not None:
            has = standing.earlier is not None or all(part is not None for part in standing.chains)
            self._store.begin(draws_so_far(standing, standing.length) if has else None, draws)

    def with_stored(self, standing: SamplerState) -> SamplerState:
        """The state with its earlier draws from the store, where the file has them not.

        Raises
        ------
        RunFolderRefused
            When there is no such store.
        """
        if not standing.before or standing.earlier is not None:
            return standing
        if self._store is None or not self._store.draws_to.exact:
            raise RunFolderRefused(
                "The draws of this run are not in its checkpoint but in a store: give the same draws_to, "
                "with every draw in double precision."
            )
        return standing.with_earlier(self._store.read(), self._store.draws_to.path)

    def write(self, standing: SamplerState, clock: Mapping[str, float], *, drawing: bool = False) -> None:
        """Replace what the file holds; draws go to the store first.

        Parameters
        ----------
        standing
            The state.
        clock
            Seconds by phase.
        drawing
            Whether warm-up has ended.

        Raises
        ------
        DiskError
            When the disk is full or fails; the earlier checkpoint is then unchanged.
        """
        if drawing and self._store is not None:
            self._store.append(draws_so_far(standing, standing.length))
            if self._store.draws_to.exact:
                # The store ends with the last draw that is asked for, the state with its block.
                standing = standing.at_end(min(standing.length, self._draws))
        if self._path is not None:
            write_archive(self._path, self._identity, arrays_of(standing, clock))
        self._written = time.monotonic()

    def read(self, path: Path, *, growing: bool = False) -> tuple[SamplerState, dict[str, float]]:
        """What an earlier run of the same fit kept, and the seconds it had spent.

        Parameters
        ----------
        path
            The file.
        growing
            Whether the number of draws may be another one.

        Raises
        ------
        RunFolderRefused
            When the file is cut off, or the fit that wrote it was another one: the message names what
            changed.
        """
        return standing_of(read_archive(path, self._identity, growing=growing))


def arrays_of(standing: SamplerState, clock: Mapping[str, float]) -> dict[str, np.ndarray]:
    """Arrays by the names that they have in a file."""
    arrays: dict[str, np.ndarray] = {
        _CLOCK: np.asarray(json.dumps(dict(clock))),
        "phase": np.asarray(standing.phase),
        "centre": standing.coordinates.centre,
        "root": standing.coordinates.root,
        "tuning": standing.tuning,
        "points": standing.points,
        "modes": np.array([mode.point for mode in standing.modes]),
        "shares": np.array([mode.share for mode in standing.modes]),
        "before": np.asarray(standing.before),
        "seconds": np.asarray(standing.seconds),
        "warmup": np.asarray(standing.warmup),
        "begun": np.asarray(standing.begun),
    }
    for number, part in enumerate(standing.chains):
        if part is not None:
            arrays |= {f"state/{number}/{k:03d}": leaf for k, leaf in enumerate(part.state)}
            arrays |= {f"trace/{number}/{name}": x for name, x in part.trace._asdict().items()}
    if standing.earlier is not None:
        arrays[f"{_EARLIER}unconstrained"] = standing.earlier.unconstrained
        arrays |= {f"{_EARLIER}statistics/{name}": x for name, x in standing.earlier.statistics.items()}
    return arrays


def standing_of(arrays: Mapping[str, np.ndarray]) -> tuple[SamplerState, dict[str, float]]:
    """What `arrays_of` was given."""
    points = arrays["points"]
    state = SamplerState(
        phase=int(arrays["phase"]),
        coordinates=Coordinates(arrays["centre"], arrays["root"]),
        tuning=arrays["tuning"],
        points=points,
        chains=tuple(_part(arrays, number) for number in range(len(points))),
        modes=tuple(Mode(x, float(s)) for x, s in zip(arrays["modes"], arrays["shares"], strict=True)),
        before=int(arrays.get("before", 0)),
        earlier=_earlier(arrays),
        seconds=float(arrays.get("seconds", 0.0)),
        warmup=int(arrays.get("warmup", 0)),
        begun=str(arrays.get("begun", "")),
    )
    clock: dict[str, float] = json.loads(str(arrays[_CLOCK]))
    return state, clock


def _earlier(arrays: Mapping[str, np.ndarray]) -> Drawn | None:
    if f"{_EARLIER}unconstrained" not in arrays:
        return None
    begin = f"{_EARLIER}statistics/"
    statistics = {name.removeprefix(begin): x for name, x in arrays.items() if name.startswith(begin)}
    return Drawn(arrays[f"{_EARLIER}unconstrained"], statistics)


def _part(arrays: Mapping[str, np.ndarray], number: int) -> ChainGroup | None:
    state = tuple(arrays[name] for name in sorted(arrays) if name.startswith(f"state/{number}/"))
    if not state:
        return None
    return ChainGroup(state, Trace(*(arrays[f"trace/{number}/{name}"] for name in Trace._fields)))

"""Draws on disk while chains run: a Zarr store that can be read at any time, also after a crash.

Zarr rather than netCDF: a chunk is a file, replaced in one step, so that a process that is killed leaves
every chunk whole, and others read while it writes. An HDF5 file that is open for writing promises neither.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple, final

import numpy as np
import xarray as xr

from windup.fit.errors import RunFolderRefused, SettingsError
from windup.fit.sampling.chains.drawn import Drawn
from windup.fit.settings.samplers import check_whole_number
from windup.fit.storage.files import disk_errors
from windup.fit.storage.tree import group

_MOST_THINNED = 1_000_000
PRECISIONS = ("float64", "float32")
# Draws of a chunk: a file per variable and so many draws of all chains.
_CHUNK = 200
_MARK = "windup_draws"


class DrawsTo(NamedTuple):
    """Where draws go while chains run.

    Attributes
    ----------
    path
        Folder of the Zarr store.
    thin
        Every N-th draw is stored.
    storage
        ``float64``, or ``float32`` for half of the space.
    """

    path: Path
    thin: int = 1
    storage: str = "float64"

    @property
    def exact(self) -> bool:
        """Whether the store holds every draw as it was drawn."""
        return self.thin == 1 and self.storage == "float64"


def checked(draws_to: DrawsTo, *, fresh: bool) -> DrawsTo:
    """The same, if it can be used.

    Parameters
    ----------
    draws_to
        Where draws go.
    fresh
        Whether they are those of a new run, which takes the place of none.

    Raises
    ------
    SettingsError
        When zarr is not installed, or a value is not allowed.
    RunFolderRefused
        When something else stands at the path.
    """
    check_whole_number("thin", draws_to.thin, 1, _MOST_THINNED)
    if draws_to.storage not in PRECISIONS:
        raise SettingsError(f"storage is {draws_to.storage!r}; give one of: {', '.join(PRECISIONS)}.")
    if find_spec("zarr") is None:
        raise SettingsError("Draws on disk need the package zarr: install it with `pip install 'zarr>=3'`.")
    path = draws_to.path
    if path.exists() and not _is_store(path) and (not path.is_dir() or any(path.iterdir())):
        raise RunFolderRefused(f"{path} exists and is no store of draws, so it is not touched; name another.")
    if fresh and _is_store(path):
        raise RunFolderRefused(f"{path} holds the draws of another run; name another place, or remove it.")
    return draws_to


def _is_store(path: Path) -> bool:
    try:
        about = json.loads((path / "zarr.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(about, dict) and _MARK in about.get("attributes", {})


type Named = Callable[[np.ndarray], xr.Dataset]


@final
class DrawStore:
    """A Zarr store to which draws are appended.

    Parameters
    ----------
    draws_to
        Where, and how much of them.
    named
        From coordinates ``(chain, draw, parameter)`` to the variables of the group ``posterior``.
    coordinates
        Names of the coordinates.
    """

    def __init__(self, draws_to: DrawsTo, named: Named, coordinates: tuple[str, ...]) -> None:
        self.draws_to, self._named, self._coordinates = draws_to, named, coordinates
        self._stored, self._draws = 0, 0

    def begin(self, earlier: Drawn | None, draws: int) -> None:
        """Begin with draws that are known, and nothing after them.

        Parameters
        ----------
        earlier
            Draws of an interrupted or shorter run.
        draws
            Largest number of draws of each chain: chains are a part of a block ahead of it.
        """
        import zarr  # It is no dependency of every installation.

        self._draws = draws
        path, there = self.draws_to.path, earlier is not None and self.draws_to.exact
        with disk_errors(f"preparing {self.draws_to.path}"):
            if there and _is_store(path):
                # Never emptied: a checkpoint may count on them.
                self._stored = _cut(path, earlier.length if earlier else 0)
                return
            if path.exists():
                shutil.rmtree(path)
            store = zarr.open_group(path, mode="w")
            store.attrs[_MARK] = {"thin": self.draws_to.thin, "storage": self.draws_to.storage}
        self._stored = 0
        if earlier is not None:
            self.append(earlier)

    def read(self) -> Drawn:
        """Draws in the store.

        Raises
        ------
        RunFolderRefused
            When there is none.
        """
        try:
            with xr.open_datatree(self.draws_to.path, engine="zarr", consolidated=False) as tree:
                position = group(tree, "unconstrained_posterior")["position"].values
                statistics = {
                    str(name): values.values
                    for name, values in tree["sample_stats"].to_dataset().data_vars.items()
                }
        except (OSError, ValueError, KeyError) as error:
            raise RunFolderRefused(
                f"The draws in {self.draws_to.path} cannot be read ({type(error).__name__}: {error})."
            ) from error
        return Drawn(position, statistics)

    def append(self, drawn: Drawn) -> None:
        """Write the draws that the store lacks.

        Parameters
        ----------
        drawn
            All draws so far.
        """
        thin = self.draws_to.thin
        chosen = np.arange(thin - 1, min(drawn.length, self._draws), thin)[self._stored :]
        if not len(chosen):
            return
        tree = self._tree(
            Drawn(drawn.unconstrained[:, chosen], {n: x[:, chosen] for n, x in drawn.statistics.items()}),
            chosen,
        )
        with disk_errors(f"writing {self.draws_to.path}"):
            for name, node in tree.children.items():
                dataset = node.to_dataset()
                if self._stored:
                    fixed = [v for v in dataset.variables if "draw" not in dataset[v].dims]
                    dataset.drop_vars(fixed).to_zarr(
                        self.draws_to.path, group=name, append_dim="draw", consolidated=False
                    )
                else:
                    dataset.to_zarr(
                        self.draws_to.path,
                        group=name,
                        mode="w",
                        encoding=_chunks(dataset),
                        consolidated=False,
                    )
        self._stored += len(chosen)

    def _tree(self, drawn: Drawn, numbers: np.ndarray) -> xr.DataTree:
        dims = ("chain", "draw")
        groups = {
            "posterior": self._named(drawn.unconstrained),
            "unconstrained_posterior": xr.Dataset(
                {"position": ((*dims, "coordinate"), drawn.unconstrained)},
                coords={"coordinate": list(self._coordinates)},
            ),
            "sample_stats": xr.Dataset({name: (dims, x) for name, x in drawn.statistics.items()}),
        }
        return xr.DataTree.from_dict(
            {name: self._stored_as(each.assign_coords(draw=numbers)) for name, each in groups.items()}
        )

    def _stored_as(self, dataset: xr.Dataset) -> xr.Dataset:
        """In the precision of the store; labels and counts stay as they are."""
        narrow = {
            name: values.astype(self.draws_to.storage)
            for name, values in dataset.data_vars.items()
            if values.dtype == np.float64
        }
        return dataset.assign(narrow)


def _chunks(dataset: xr.Dataset) -> dict[Any, Mapping[str, Any]]:
    """Encoding by variable: all chains and some draws together, so that files stay few."""
    return {
        name: {
            "chunks": tuple(_CHUNK if dim == "draw" else max(size, 1) for dim, size in values.sizes.items())
        }
        for name, values in dataset.variables.items()
        if "draw" in values.dims
    }


def _cut(path: Path, count: int) -> int:
    """Shorten every variable of a store to so many draws, and say how many there are."""
    import zarr  # As above.

    found = count
    for _, array in zarr.open_group(path, mode="a").members(max_depth=None):
        names = getattr(array.metadata, "dimension_names", None) or ()
        if isinstance(array, zarr.Array) and "draw" in names:
            place = names.index("draw")
            found = min(found, array.shape[place])
            array.resize((*array.shape[:place], found, *array.shape[place + 1 :]))
    return found

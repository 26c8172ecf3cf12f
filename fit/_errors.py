"""Errors of fitting that a user can cause or meet; each carries the exit code of the command line."""

from __future__ import annotations

from typing import final

import xarray as xr

from windup.datasets import WindupError


@final
class SettingsError(WindupError):
    """A setting has an unknown name or a value that cannot be used."""

    exit_code: int = 2


@final
class NothingToFit(WindupError):
    """No row of the trials can be used."""

    exit_code: int = 3


@final
class ImpossiblePrior(WindupError):
    """No draw from a prior leads to data."""

    exit_code: int = 2


@final
class RunFolderRefused(WindupError):
    """A run folder may not be written, or holds nothing that can be read."""

    exit_code: int = 5


@final
class DiskError(WindupError):
    """The disk is full or refuses to read or write; what stood there before is whole."""

    exit_code: int = 6


@final
class WorkersLost(WindupError):
    """A cluster cannot be reached, or loses its workers."""

    exit_code: int = 7


@final
class Interrupted(WindupError):
    """The user stopped a fit before its last draw.

    Parameters
    ----------
    tree
        What had been drawn, in the layout of a finished run, or None when nothing had.

    Attributes
    ----------
    tree : xarray.DataTree or None
        The same.
    """

    exit_code: int = 130

    def __init__(self, tree: xr.DataTree | None = None) -> None:
        self.tree = tree
        super().__init__("Interrupted before the last draw.")

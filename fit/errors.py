"""Errors of fitting that a user can cause or meet; each carries the exit code of the command line."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, final

from windup.datasets import WindupError, printable

if TYPE_CHECKING:
    # Importing it takes a third of the time that --help may take.
    import xarray as xr


@final
class SettingsError(WindupError):
    """A setting has an unknown name or a value that cannot be used."""

    exit_code: int = 2


@final
@dataclass(frozen=True)
class SettingsFault:
    """One fault of a file of settings, or of an analysis plan.

    Parameters
    ----------
    file
        Name of the file; ``''`` for settings that were made in Python.
    row
        Line of the key, from 1; 0 when the whole file is meant or the line is not known.
    key
        The key, or ``''`` when the whole file is meant.
    found, remedy
        What stands there, and what to do about it.
    """

    file: str
    row: int
    key: str
    found: str
    remedy: str

    def __post_init__(self) -> None:
        for name, longest in (("file", 80), ("key", 80), ("found", 800), ("remedy", 800)):
            object.__setattr__(self, name, printable(getattr(self, name), longest))

    def __str__(self) -> str:
        """Sentence of the form ``file, row 7, chains: found. Remedy``."""
        parts = (self.file, f"row {self.row}" if self.row else "", self.key)
        place = ", ".join(part for part in parts if part)
        return f"{place}: {self.found} {self.remedy}"


@final
class SettingsFaults(WindupError):
    """Every fault of a file of settings, reported together.

    Parameters
    ----------
    faults
        All faults, in the order of the file.
    """

    exit_code: int = 2

    def __init__(self, faults: Iterable[SettingsFault]) -> None:
        self.faults: tuple[SettingsFault, ...] = tuple(faults)
        super().__init__(_of_file(self.faults, "in the settings; nothing was computed"))


@final
class PlanFaults(WindupError):
    """Every fault of an analysis plan, reported together.

    Parameters
    ----------
    faults
        All faults, in the order of the file.
    """

    exit_code: int = 2

    def __init__(self, faults: Iterable[SettingsFault]) -> None:
        self.faults: tuple[SettingsFault, ...] = tuple(faults)
        super().__init__(_of_file(self.faults, "in the analysis plan; nothing was written"))


def _of_file(faults: tuple[SettingsFault, ...], where: str) -> str:
    heading = f"{len(faults)} fault{'' if len(faults) == 1 else 's'} {where}."
    return "\n".join([heading, *map(str, faults)])


def _listed(heading: str, faults: tuple[str, ...]) -> str:
    return "\n".join([heading, *(f"- {printable(fault, 1500)}" for fault in faults)])


@final
class ModelFaults(WindupError):
    """A model, or what names its parts, cannot be sampled: every reason, found before sampling.

    Parameters
    ----------
    faults
        One sentence or more for each, with what to do.

    Attributes
    ----------
    faults : tuple of str
        The same.
    """

    exit_code: int = 2

    def __init__(self, faults: Iterable[str]) -> None:
        self.faults: tuple[str, ...] = tuple(faults)
        count = len(self.faults)
        heading = f"The model cannot be sampled ({count} reason{'' if count == 1 else 's'}):"
        super().__init__(_listed(heading, self.faults))

    def __reduce__(self) -> tuple[Any, ...]:
        # It may cross to another process.
        return type(self), (self.faults,)


@final
class NoStart(WindupError):
    """At no start are the log density and its gradient finite.

    Parameters
    ----------
    faults
        What is not finite at the first start, one sentence or more for each, with what to do.
    tried
        Number of starts that were tried.

    Attributes
    ----------
    faults : tuple of str
        The same.
    """

    exit_code: int = 2

    def __init__(self, faults: Iterable[str], tried: int) -> None:
        self.faults: tuple[str, ...] = tuple(faults)
        self.tried = tried
        heading = (
            f"Nothing was sampled: of {tried} starts none has a finite log density and gradient. At the "
            "first of them:"
        )
        super().__init__(_listed(heading, self.faults))

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.faults, self.tried)


@final
class NothingToFit(WindupError):
    """No row of the trials can be used."""

    exit_code: int = 3


@final
class NothingToPredict(WindupError):
    """A run has no patients, or no claim, that an analysis is about."""

    exit_code: int = 3


@final
class ImpossiblePrior(WindupError):
    """No draw from a prior leads to data."""

    exit_code: int = 2


@final
class RunFolderRefused(WindupError):
    """A run folder may not be written, or holds nothing that can be read.

    Parameters
    ----------
    message
        What stands there, and what to do.
    changed
        Why what was kept of stopped work cannot be continued, one sentence part for each reason.

    Attributes
    ----------
    changed : tuple of str
        The same; empty where something else is refused.
    """

    exit_code: int = 5

    def __init__(self, message: str, *, changed: tuple[str, ...] = ()) -> None:
        self.changed = changed
        super().__init__(message)


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


@final
class DrawsOnly(WindupError):
    """The draws are complete, and what is computed from them failed.

    Parameters
    ----------
    tree
        The draws, in the layout of a finished run, without deterministic sites and log densities.
    reason
        What failed.

    Attributes
    ----------
    tree : xarray.DataTree
        The same.
    """

    exit_code: int = 2

    def __init__(self, tree: xr.DataTree, reason: str) -> None:
        self.tree = tree
        super().__init__(
            "The draws are complete, and the attribute tree of this error holds them. Deterministic sites or "
            f"log densities could not be computed from them: {printable(reason, 800)}"
        )

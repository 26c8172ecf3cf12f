"""The libraries of the standards, which windup needs for nothing else."""

from __future__ import annotations

import importlib
from typing import Any

from windup.fit.errors import SettingsError


def library(name: str) -> Any:
    """A library of the extra ``exchange``.

    Parameters
    ----------
    name
        As it is imported: ``libsbml``, ``petab.v2``.

    Raises
    ------
    SettingsError
        When it is not installed.
    """
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise SettingsError(
            f'This needs {name.partition(".")[0]}, which is not installed: pip install "windup[exchange]".'
        ) from error

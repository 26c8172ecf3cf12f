"""One thing that `windup doctor` looked at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, final

type Status = Literal["ok", "warning", "error"]


@final
@dataclass(frozen=True)
class Check:
    """The result of one check of the machine or the installation.

    Parameters
    ----------
    name
        What it is.
    status
        ``ok``; ``warning`` where windup works, but not as well as it could; ``error`` where it does not.
    found
        What was found, as a sentence.
    remedy
        What to do about it; ``''`` where all is well.
    details
        The same for scripts.
    """

    name: str
    status: Status
    found: str
    remedy: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)

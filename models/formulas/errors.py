"""What cannot be written as formulas."""

from __future__ import annotations

from typing import final

from windup.datasets import WindupError


@final
class NoFormula(WindupError):
    """A function has a part that no formula can say; the sentence names it and where it stands."""

    exit_code: int = 2

"""Values that strict JSON can hold."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any


def as_plain(value: Any) -> Any:
    """Copy of nested values with NaN and infinity as None and NumPy's numbers as Python's.

    Examples
    --------
    >>> as_plain({"rate": float("nan"), "draws": (1, 2)})
    {'rate': None, 'draws': [1, 2]}
    """
    if isinstance(value, Mapping):
        return {str(key): as_plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [as_plain(item) for item in value]
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value

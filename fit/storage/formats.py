"""Values that strict JSON can hold."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

if TYPE_CHECKING:
    # Commands that read no draws need not wait for it.
    import xarray as xr


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


def as_json(value: Any) -> str:
    """Text of strict JSON, which has no NaN."""
    return json.dumps(as_plain(value), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def tree_bytes(tree: xr.DataTree, notices: tuple[str, ...]) -> bytes:
    """Tree as the bytes of a netCDF file, with the warnings in every group.

    It is made in memory, so that a full disk is met while writing plain bytes and not inside HDF5.
    """
    marked = tree.copy()
    for node in marked.subtree:
        node.attrs = {**node.attrs, "notices": json.dumps(notices, ensure_ascii=False)}
    return bytes(marked.to_netcdf(engine="h5netcdf"))


def table_csv(table: pd.DataFrame, notices: tuple[str, ...]) -> str:
    """Table as CSV; its last column carries the warnings, as a comment line would break readers."""
    return table.assign(notices=" ".join(notices)).to_csv(index=False, lineterminator="\n")

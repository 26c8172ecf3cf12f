"""Which draws a result was made from: a digest that names them wherever their folder goes."""

from __future__ import annotations

import hashlib

import numpy as np
import xarray as xr

from ._groups import group


def draws_digest(tree: xr.DataTree) -> str:
    """SHA-256 of the values of the group ``posterior``, variable by variable in the order of their names.

    Two fits have the same one only if every draw of every parameter is the same, bit by bit.

    Examples
    --------
    >>> def one(value: float) -> xr.DataTree:
    ...     return xr.DataTree.from_dict({"posterior": xr.Dataset({"a": ("draw", [value])})})
    >>> draws_digest(one(1.0)) == draws_digest(one(1.0)), draws_digest(one(1.0)) == draws_digest(one(2.0))
    (True, False)
    """
    posterior, digest = group(tree, "posterior"), hashlib.sha256()
    for name in sorted(str(name) for name in posterior.data_vars):
        values = np.ascontiguousarray(posterior[name].values)
        digest.update(f"{name} {values.shape} {values.dtype} ".encode())
        digest.update(values.tobytes())
    return digest.hexdigest()

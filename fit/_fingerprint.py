"""What decides the program of a problem's density, as one digest."""

from __future__ import annotations

import hashlib
from typing import Any

import jax
import numpy as np
import pandas as pd

from windup.models import PainModel, Parameter, solve

from ._identity import versions
from ._loaded_code import loaded_code
from ._problem import Problem

# What a density is traced from.
_TRACED = "windup.fit._model", "windup.models"


def fingerprint_of(problem: Problem) -> str | None:
    """SHA-256 of all that a density is traced from, or None where something may change without its showing.

    That is the code and tables of windup, as files and as loaded, versions, JAX's settings, and every array
    and word of the problem but its observations, which are arguments of the program. A model or a solver that
    windup does not bring is code that no digest reaches.
    """
    about = loaded_code(*_TRACED), versions(), sorted(jax.config.values.items())
    digest = hashlib.sha256(repr(about).encode())
    known = problem._replace(observed=jax.tree.map(_shape, problem.observed))
    leaves, structure = jax.tree.flatten(known)
    digest.update(str(structure).encode())
    for leaf in leaves:
        described = _described(leaf)
        if described is None:
            return None
        digest.update(described)
    return digest.hexdigest()


def _shape(leaf: Any) -> str:
    return f"{np.shape(leaf)} {np.asarray(leaf).dtype}"


def _described(leaf: Any) -> bytes | None:
    match leaf:
        case np.ndarray() | np.generic() | jax.Array():
            array = np.asarray(leaf)
            return f"{array.dtype} {array.shape} ".encode() + array.tobytes()
        case pd.DataFrame():
            rows = pd.util.hash_pandas_object(leaf, index=True)
            return f"{list(leaf.columns)} ".encode() + rows.to_numpy().tobytes()
        case str() | int() | float() | bool() | Parameter():
            return repr(leaf).encode()
        case PainModel() if type(leaf).__module__.startswith("windup.models.") and not vars(leaf):
            return f"{type(leaf).__module__}.{type(leaf).__qualname__}".encode()
        case _ if leaf is solve:
            return b"solve"
        case _:
            return None

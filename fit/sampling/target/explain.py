"""What JAX and numpyro raise while they trace a model, as sentences with a remedy."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import jax
import numpy as np

from windup.datasets import WindupError
from windup.fit.errors import ModelFaults

_LONGEST = 400
# Names of arrays that a sentence shows.
_SHOWN = 6


@contextmanager
def explained(model: Callable[..., Any]) -> Iterator[None]:
    """Turn an error of tracing a model into one sentence; the original stays its cause.

    Parameters
    ----------
    model
        The user's model, whose single-precision arrays are named where precision is the reason.

    Raises
    ------
    ModelFaults
        Instead of whatever JAX, numpyro or the model raised.
    """
    try:
        yield
    except WindupError:
        raise
    except Exception as error:
        raise ModelFaults([_sentence(error, model)]) from error


def _sentence(error: Exception, model: Callable[..., Any]) -> str:
    text = " ".join(str(error).split())
    if "Reverse-mode differentiation does not work" in text or "forward-mode" in text.lower():
        return (
            "It cannot be differentiated backwards, because it holds a loop of open length (lax.while_loop, "
            "lax.fori_loop, or diffrax with ForwardMode): pass gradient='forward'."
        )
    if isinstance(error, jax.errors.ConcretizationTypeError | jax.errors.TracerArrayConversionError):
        return (
            "It needs the number behind a parameter while it is compiled, as in `if rate > 0:` or in a call "
            f"of NumPy: use jnp.where, jax.lax.cond and jax.numpy instead. ({_short(text)})"
        )
    arrays = _single_arrays(model)
    if arrays and any(word in text for word in ("float32", "dtype", "same type", "identical types")):
        return (
            f"It holds arrays of single precision ({', '.join(arrays[:_SHOWN])}), and windup computes in "
            "double precision. Make them after importing windup.fit and calling "
            "jax.config.update('jax_enable_x64', True), make them with NumPy, or pass them as arguments of "
            f"the model, which are converted. ({_short(text)})"
        )
    return f"{type(error).__name__} while it was traced: {_short(text)}"


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else text[:_LONGEST] + " …"


def _single_arrays(model: Callable[..., Any]) -> list[str]:
    """Names of arrays of single precision that a function reaches: globals, closures and defaults."""
    found: dict[str, None] = {}
    seen: set[int] = set()

    def search(function: Any, depth: int) -> None:
        function = inspect.unwrap(function) if callable(function) else function
        while isinstance(function, functools.partial):
            for name, value in [*enumerate(function.args), *function.keywords.items()]:
                note(str(name), value, depth)
            function = function.func
        if not inspect.isfunction(function) or id(function) in seen:
            return
        seen.add(id(function))
        reached = inspect.getclosurevars(function)
        for names in (reached.nonlocals, reached.globals):
            for name, value in names.items():
                note(name, value, depth)

    def note(name: str, value: Any, depth: int) -> None:
        if inspect.isfunction(value) or isinstance(value, functools.partial):
            if depth < 3:
                search(value, depth + 1)
            return
        if isinstance(value, Mapping | list | tuple | np.ndarray | jax.Array) and any(
            getattr(leaf, "dtype", None) == np.float32 for leaf in jax.tree.leaves(value)
        ):
            found[name] = None

    search(model, 0)
    return list(found)

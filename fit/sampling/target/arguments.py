"""Arguments of distributions that are not finite or not allowed, in words."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Bool
from numpyro import distributions as dist

from windup.fit.sampling.target.middles import base_of

# Indexes that a sentence names.
_SHOWN = 5


def bad_arguments(prior: dist.Distribution) -> str:
    """The arguments of a distribution that are not finite or not allowed; empty where there is none."""
    base, parts = base_of(prior), []
    for name, constraint in getattr(base, "arg_constraints", {}).items():
        argument = getattr(base, name, None)
        if argument is None or isinstance(argument, jax.core.Tracer):
            continue
        value = np.asarray(argument)
        if not np.issubdtype(value.dtype, np.number):
            continue
        bad = ~np.isfinite(value)
        if not bad.any():
            try:
                bad = np.broadcast_to(~np.asarray(constraint(jnp.asarray(value))), value.shape)
            except (NotImplementedError, TypeError, ValueError):
                continue
        if bad.any():
            parts.append(f"its {name} is {first_of(value, bad)}")
    return " and ".join(parts)


def first_of(values: np.ndarray, chosen: Bool[np.ndarray, " ..."]) -> str:
    """The first chosen values, each with its index."""
    if not values.shape:
        return f"{float(values):g}"
    indexes = np.argwhere(chosen)
    shown = [f"{values[tuple(i)]:g} at [{', '.join(map(str, i))}]" for i in indexes[:_SHOWN]]
    rest = len(indexes) - len(shown)
    return ", ".join(shown) + (f" and {rest} more" if rest > 0 else "")

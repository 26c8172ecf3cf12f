"""What has to be the same for two fits to give the same draws, bit by bit."""

from __future__ import annotations

import importlib.metadata
import platform
from collections.abc import Mapping

from windup.datasets import Trials

from ._settings import Settings

# Those whose numbers reach the draws.
_PACKAGES = ("windup", "jax", "jaxlib", "numpyro", "numpy", "scipy")
MESH_REFINEMENT = "the refinement of the mesh"
# Where a run is read from and written to changes no draw.
_PLACES = ("data", "out")


def identity_of(settings: Settings, trials: Trials, refinement: int, program: str) -> Mapping[str, str]:
    """Identity of a fit, each part under the name a user knows it by.

    Parameters
    ----------
    settings, trials
        What was asked for.
    refinement
        Into how many parts the steps of the mesh are cut.
    program
        Digest of the program that draws: it holds the model, its priors and the arrays of the data, also of
        a model that is no part of windup.
    """
    chosen = {name: str(value) for name, value in settings.as_json().items() if name not in _PLACES}
    return {
        **chosen,
        "the data's SHA-256": trials.sha256[:12],
        MESH_REFINEMENT: str(refinement),
        **versions(),
        "the program of the model and its sampler": program[:12],
    }


def versions() -> dict[str, str]:
    """Versions of everything whose numbers reach the draws."""
    found = {f"the version of {name}": importlib.metadata.version(name) for name in _PACKAGES}
    return found | {"the version of Python": platform.python_version()}

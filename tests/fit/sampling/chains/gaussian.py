"""A small sampling run on a Gaussian, also as a process of its own that can be killed.

Importing this module must not start JAX: processes are forked after the import.
"""

import time
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from windup.fit.sampling.chains.checkpoint import Checkpoint, SamplerState
from windup.fit.sampling.chains.sample import Chains, first_standing, sample
from windup.fit.sampling.kernels.nuts import lower_nuts
from windup.fit.sampling.target.coordinates import Coordinates
from windup.fit.sampling.target.density import compile_density
from windup.fit.sampling.target.target import Target
from windup.fit.settings.fit import Settings

SETTINGS = Settings.from_preset("quick", chains=2, warmup=120, draws=300)
IDENTITY = {"draws": "300"}
START = Coordinates(centre=np.array([0.5, 0.0]), root=np.diag([1.3, 0.7]))
PRECISION = np.linalg.inv(np.array([[1.0, 0.9], [0.9, 2.0]]))


def potential(x: Any, _: Any = ()) -> Any:
    return x @ jnp.asarray(PRECISION) @ x / 2.0


def target() -> Target:
    return Target(
        potential=potential,
        data=(),
        initial=jnp.zeros(2),
        coordinates=("x[0]", "x[1]"),
        constrain=lambda x: {"x": x},
        log_prior=lambda x: jnp.zeros(()),
        draw_prior=lambda key: (jax.random.normal(key, (2,)), jnp.zeros(2, bool)),
        rebuilt=target,
    )


def run(
    checkpoint: Checkpoint, standing: SamplerState | None = None, *, pause_seconds: float = 0.0
) -> Chains:
    """Sample, from the beginning or from a standing, with a pause after every block."""
    key, lowered = jax.random.key(3), lower_nuts(target(), SETTINGS)
    found: Chains = sample(
        key,
        lowered.compile()(compile_density(target())),
        standing or first_standing(key, START, SETTINGS, lowered),
        SETTINGS,
        checkpoint=checkpoint,
        progress=lambda *_: time.sleep(pause_seconds),
        clock={},
    )
    return found


def go_on(folder: Path) -> None:
    """Go on from the folder's checkpoint, if there is one; write the draws when done."""
    jax.config.update("jax_enable_x64", True)  # type: ignore[no-untyped-call]  # JAX leaves it untyped
    jax.config.update("jax_compilation_cache_dir", str(folder / "cache"))  # type: ignore[no-untyped-call]
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0)  # type: ignore[no-untyped-call]
    path = folder / "checkpoint"
    checkpoint = Checkpoint(path, IDENTITY, every_seconds=0.0)
    standing = checkpoint.read(path)[0] if path.exists() else None
    chains = run(checkpoint, standing, pause_seconds=0.1)
    np.save(folder / "beside.npy", chains.unconstrained)
    (folder / "beside.npy").rename(folder / "draws.npy")

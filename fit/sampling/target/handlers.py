"""Effect handlers: what has to hold for any numpyro model before it is sampled."""

from __future__ import annotations

from typing import Any, final, override

import jax
from numpyro import distributions as dist
from numpyro.primitives import Messenger


@final
class WholeVolumes(Messenger):  # type: ignore[misc]  # numpyro is untyped
    """A change of variable counts once and whole, whatever stands around its site.

    ``numpyro.handlers.scale`` and ``mask`` are about log densities. numpyro applies them to the volume of a
    constrained site's change of variable too, which makes another posterior of the same model: the square of
    a half-normal density would be sampled as that of its logarithm.
    """

    @override
    def process_message(self, msg: dict[str, Any]) -> None:
        name = str(msg.get("name"))
        if msg["type"] == "sample" and name.startswith("_") and name.endswith("_log_det"):
            prior = msg["fn"]
            while isinstance(prior, dist.MaskedDistribution):
                prior = prior.base_dist
            if isinstance(prior, dist.Unit | dist.ExpandedDistribution):
                msg["fn"], msg["scale"] = prior, None


@final
class FixedKey(Messenger):  # type: ignore[misc]  # as above
    """``numpyro.prng_key()`` gives the same key at every evaluation, as numpyro's own samplers do.

    Parameters
    ----------
    fn
        Model.
    used
        Gets ``numpyro.prng_key`` where the model asks for a key.
    """

    def __init__(self, fn: Any, used: set[str]) -> None:
        super().__init__(fn)
        self._used = used

    @override
    def process_message(self, msg: dict[str, Any]) -> None:
        if msg["type"] == "prng_key" and msg["value"] is None:
            msg["value"] = jax.random.key(0)
            self._used.add("numpyro.prng_key")


def summed_over_values(model: Any, plates: int) -> Any:
    """A model whose density `numpyro.infer.util.potential_energy` sums over the values of discrete sites."""
    # An optional package, and a second to import.
    from numpyro.contrib.funsor import config_enumerate, enum

    return enum(config_enumerate(model), -plates - 1)

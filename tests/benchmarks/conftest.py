"""Settings shared by the tests of this folder."""

import jax

jax.config.update("jax_enable_x64", True)  # type: ignore[no-untyped-call]  # JAX leaves it untyped

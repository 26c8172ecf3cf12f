"""What a process that samples is set to: double precision, one compilation per machine, one BLAS thread."""

from __future__ import annotations

import os
from contextlib import AbstractContextManager
from pathlib import Path

import jax
from threadpoolctl import threadpool_limits


def prepare_process() -> None:
    """Double precision, and programs compiled once per machine, not once per fit.

    A folder for compiled programs that the user set stays as it is.
    """
    jax.config.update("jax_enable_x64", True)  # type: ignore[no-untyped-call]  # JAX leaves it untyped
    # In single precision a GPU would multiply matrices with ten bits.
    jax.config.update("jax_default_matmul_precision", "highest")  # type: ignore[no-untyped-call]  # as above
    if jax.config.jax_compilation_cache_dir is None:
        try:
            cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "windup" / "jax"
        except RuntimeError:
            # A container's user may have no home; programs in a folder that others can write to are not run.
            return
        jax.config.update("jax_compilation_cache_dir", str(cache))  # type: ignore[no-untyped-call]  # as above


def quiet_linear_algebra() -> AbstractContextManager[object]:
    """BLAS on one thread.

    XLA takes its linear algebra from SciPy's BLAS, whose own threads wait for the next small matrix in a busy
    loop: on two cores they cost as much as the second chain.
    """
    limits: AbstractContextManager[object] = threadpool_limits(limits=1, user_api="blas")
    return limits

"""Gradients that are traced once per machine, as programs are compiled once.

Of the start of a fit whose programs lie in JAX's compilation cache, tracing thousands of operations is most.
What tracing gives (StableHLO, portable and without code of Python's) is therefore kept beside that cache.
"""

from __future__ import annotations

import contextlib
import gc
import hashlib
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
from jax import export
from jaxtyping import Array

from windup.fit.sampling.target.target import Target
from windup.fit.storage.files import write_file

_DIGEST_BYTES = hashlib.sha256().digest_size


def with_stored_gradient(target: Target) -> Target:
    """The target with the gradient that an earlier fit traced, or that the next one finds.

    Without a fingerprint of the target, or without a folder for compiled programs, it is the same target.
    What is read from disk and what is written there are one program: draws do not depend on which it was. It
    cannot be vectorised.
    """
    folder = jax.config.jax_compilation_cache_dir
    # JAX writes and reads such programs by way of a package that it does not ask for itself.
    if target.fingerprint is None or folder is None or find_spec("flatbuffers") is None:
        return target
    leaves, structure = jax.tree.flatten(target.data)

    def both(x: Array, *leaves: Array) -> tuple[Array, Array]:
        result: tuple[Array, Array] = jax.value_and_grad(target.potential)(
            x, jax.tree.unflatten(structure, leaves)
        )
        return result

    shapes = [(leaf.shape, str(leaf.dtype)) for leaf in map(jnp.asarray, (target.initial, *leaves))]
    name = hashlib.sha256(repr((target.fingerprint, shapes, jax.default_backend())).encode()).hexdigest()
    path = Path(folder) / "gradients" / f"{name}.stablehlo"
    program = _kept(path)
    if program is None:
        with _without_collection():
            program = export.export(jax.jit(both))(target.initial, *leaves).serialize()
        _keep(path, program)
    call = export.deserialize(program).call
    potential = jax.custom_vjp(target.potential)

    def forward(x: Array, data: Any) -> tuple[Array, tuple[Array, Any]]:
        value, gradient = call(x, *jax.tree.leaves(data))  # type: ignore[no-untyped-call]  # JAX's own
        return value, (gradient, data)

    # As in the target: no sampler moves the data.
    potential.defvjp(forward, lambda saved, seed: (seed * saved[0], jax.tree.map(jnp.zeros_like, saved[1])))
    return target._replace(potential=potential)


@contextlib.contextmanager
def _without_collection() -> Iterator[None]:
    """No search for garbage, which is a sixth of tracing: a million objects are in use until its end."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


def _kept(path: Path) -> bytearray | None:
    """The program of a file, unless the file is missing or not what was written."""
    try:
        content = path.read_bytes()
    except OSError:
        return None
    digest, program = content[:_DIGEST_BYTES], content[_DIGEST_BYTES:]
    return bytearray(program) if hashlib.sha256(program).digest() == digest else None


def _keep(path: Path, program: bytearray) -> None:
    """Write a program and its digest, where that is possible: without it the next fit traces again."""
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_file(path, hashlib.sha256(program).digest() + program)

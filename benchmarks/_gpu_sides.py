"""What the processes of the GPU benchmark do: a density, gradients of many chains, draws of one sampler."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import arviz as az
import jax
import jax.numpy as jnp
import numpy as np

from windup.datasets import packaged_trials
from windup.fit import ManyChains, Settings, silent
from windup.fit.design.subset import some_studies
from windup.fit.execution.process import prepare_process
from windup.fit.problem.build import problem_of
from windup.fit.problem.target import build_target
from windup.fit.sampling.draw import draw
from windup.fit.sampling.target.target import Target
from windup.fit.settings.fit import sampler_of

from ._kernels import launches

# Of the quick run: trials that have all kinds of rows among them, and what the other side draws.
_STUDIES = 6
_QUICK: dict[str, Any] = {"warmup": 10, "draws": 8}
# Runs of a gradient whose least is kept.
_ROUNDS = 3


def device() -> str:
    """Kind of the device and its backend."""
    return f"{jax.devices()[0].device_kind} ({jax.default_backend()})"


def _target(quick: bool) -> Target:
    settings = Settings.from_preset("quick", model="placebo_only" if quick else "cascade")
    trials = some_studies(packaged_trials(blocks=()), _STUDIES) if quick else packaged_trials()
    return build_target(problem_of(trials, settings))


def density(quick: bool) -> dict[str, Any]:
    """Log density where chains may begin, in double precision."""
    prepare_process()
    target = _target(quick)
    value = jax.jit(target.potential)(target.initial, target.data)
    return {"device": device(), "log_density": -float(value)}


def gradients(quick: bool, sizes: tuple[int, ...], precision: str) -> Iterator[dict[str, Any]]:
    """Gradients per second of that many chains in one program, the smallest first.

    The first chain is where chains may begin, so that its log density can be looked at. Ends before a program
    whose memory the device does not have.
    """
    prepare_process()
    with jax.enable_x64(precision == "float64"):
        target = _target(quick)
        start, data = _as(precision, (target.initial, target.data))
        program = jax.jit(jax.vmap(jax.value_and_grad(target.potential), (0, None)))
        for chains in sizes:
            away = jax.random.normal(jax.random.key(0), (chains, len(start)), start.dtype)
            x = start + 0.01 * away.at[0].set(0.0)
            began = time.perf_counter()
            compiled = program.lower(x, data).compile()
            compile_s = time.perf_counter() - began
            memory: Any = compiled.memory_analysis()
            needed, free = int(memory.temp_size_in_bytes), _free_bytes()
            about = {"chains": chains, "precision": precision, "compile_s": round(compile_s, 1)}
            if free is not None and needed > free:
                yield {**about, "does_not_fit": True, "memory_mb": needed // 2**20, "free_mb": free // 2**20}
                return
            value, gradient = compiled(x, data)
            seconds = []
            for _ in range(_ROUNDS):
                began = time.perf_counter()
                jax.block_until_ready(compiled(x, data))  # type: ignore[no-untyped-call]  # JAX leaves it untyped
                seconds.append(time.perf_counter() - began)
            costs: Any = compiled.cost_analysis()
            counted = launches(compiled.as_text())
            yield {
                **about,
                "device": device(),
                "log_density": -float(value[0]),
                "finite": bool(jnp.isfinite(gradient).all()),
                "gradients_per_s": round(chains / min(seconds), 1),
                "ms": round(1e3 * min(seconds), 2),
                "memory_mb": needed // 2**20,
                "kernels": counted.kernels,
                "loops": [list(loop[1:]) for loop in counted.loops[:4]],
                # As XLA counts them: the turns of a loop once.
                "mb_read_and_written": round(float(costs.get("bytes accessed", np.nan)) / 1e6, 1),
            }


def sampled(side: str, quick: bool, counts: tuple[int, int, int], precision: str) -> dict[str, Any]:
    """Effective draws per second of many chains (``many``), or of the default sampler."""
    prepare_process()
    chains, warmup, draws = counts
    sampler = (
        ManyChains(chains=chains, warmup=warmup, draws=draws, target_accept=0.9, precision=precision)
        if side == "many"
        else sampler_of(Settings.from_preset("quick", **(_QUICK if quick else {})))
    )
    target = _target(quick)
    clock: dict[str, float] = {}
    found = draw(
        jax.random.key(0),
        target,
        sampler,
        starts=np.asarray(target.initial)[None],
        identity=lambda program: {},
        checkpoint=None,
        resume_from=None,
        progress=silent,
        clock=clock,
    )
    tree = az.from_dict({"posterior": {"x": found.unconstrained}})
    seconds = clock["warm-up"] + clock["sample"]
    ess = float(az.ess(tree, method="bulk")["x"].min())
    return {
        "device": device(),
        "compile_s": clock["compile"],
        "sampling_s": seconds,
        "draws": found.unconstrained.shape[0] * found.unconstrained.shape[1],
        "ess": ess,
        "rhat": float(az.rhat(tree)["x"].max()),
        "ess_per_s": ess / seconds,
    }


def _as(precision: str, arrays: Any) -> Any:
    def cast(leaf: Any) -> Any:
        array = jnp.asarray(leaf)
        return array.astype(precision) if jnp.issubdtype(array.dtype, jnp.floating) else array

    return jax.tree.map(cast, arrays)


def _free_bytes() -> int | None:
    """Free memory of the device; None where it does not tell."""
    told = jax.devices()[0].memory_stats()
    return None if not told else int(told["bytes_limit"] - told["bytes_in_use"])

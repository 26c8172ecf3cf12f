"""Many chains on this machine's GPU against HMC on its CPU: effective draws per second of the published fit.

    python -m benchmarks.gpu                 where there is a GPU: ten to twenty minutes
    python -m benchmarks.gpu --quick         anywhere, in a minute or two, of a small rival: that it runs

Each side is a process of its own. Where there is no GPU, both run on the CPU, and the ratio is that of the
two samplers. Rates are the least bulk ESS of all unconstrained coordinates over the seconds of warm-up and
draws; compilation is shown apart. The last line is JSON.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Annotated, Any

import arviz as az
import numpy as np
import typer
from rich.console import Console
from rich.table import Table

_ROOT = Path(__file__).parents[1]
# Of the quick run: trials, which have all kinds of rows among them, and what the other side draws.
_STUDIES = 6
_QUICK: dict[str, Any] = {"preset": "quick", "warmup": 10, "draws": 8}


def main(
    quick: Annotated[bool, typer.Option("--quick", help="placebo_only, few trials and draws.")] = False,
    chains: Annotated[int, typer.Option(help="Chains that move together.")] = 256,
    warmup: Annotated[int, typer.Option(help="Their warm-up.")] = 200,
    draws: Annotated[int, typer.Option(help="Their draws.")] = 100,
    precision: Annotated[str, typer.Option(help="In which they move: float64 or float32.")] = "float64",
    side: Annotated[str, typer.Option(hidden=True)] = "",
) -> None:
    """ESS per second of both."""
    counts = (8, 10, 8) if quick else (chains, warmup, draws)
    if side:
        print(json.dumps(_sampled(side, quick, counts, precision)))
        return
    options = [
        *(["--quick"] if quick else []),
        *(f"--{name}={n}" for name, n in zip(("chains", "warmup", "draws"), counts, strict=True)),
        f"--precision={precision}",
    ]
    found = {
        "many chains": _in_a_process("many", options, {}),
        "HMC, CPU": _in_a_process("hmc", options, {"JAX_PLATFORMS": "cpu"}),
    }
    table = Table("", *found)
    for name, unit in (
        ("device", ""),
        ("compile_s", "{:.0f}"),
        ("sampling_s", "{:.0f}"),
        ("draws", "{:.0f}"),
        ("ess", "{:.0f}"),
        ("rhat", "{:.3f}"),
        ("ess_per_s", "{:.3g}"),
    ):
        table.add_row(name, *(unit.format(one[name]) if unit else str(one[name]) for one in found.values()))
    Console().print(table)
    many, one_a_core = found.values()
    rate, of_cpu = (float(one["ess_per_s"]) for one in (many, one_a_core))
    numbers = {"ess_per_s": float(f"{rate:.4g}"), "ratio_cpu": float(f"{rate / of_cpu:.4g}")}
    print(json.dumps({"device": many["device"], **numbers}))


def _in_a_process(side: str, options: list[str], variables: dict[str, str]) -> dict[str, Any]:
    ended = subprocess.run(
        [sys.executable, "-m", "benchmarks.gpu", "--side", side, *options],
        cwd=_ROOT,
        env={**os.environ, **variables},
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    result: dict[str, Any] = json.loads(ended.stdout.splitlines()[-1])
    return result


def _sampled(side: str, quick: bool, counts: tuple[int, int, int], precision: str) -> dict[str, Any]:
    import jax

    from windup.datasets import packaged_trials
    from windup.fit import ManyChains, Settings, silent
    from windup.fit.design.subset import some_studies
    from windup.fit.execution.process import prepare_process
    from windup.fit.problem.build import build_problem, model_named
    from windup.fit.problem.target import build_target
    from windup.fit.sampling.draw import draw
    from windup.fit.settings.fit import sampler_of

    prepare_process()
    chains, warmup, draws = counts
    sampler = (
        ManyChains(chains=chains, warmup=warmup, draws=draws, target_accept=0.9, precision=precision)
        if side == "many"
        else sampler_of(Settings.from_preset(**(_QUICK if quick else {})))
    )
    trials = some_studies(packaged_trials(blocks=()), _STUDIES) if quick else packaged_trials(blocks=())
    target = build_target(build_problem(trials, model_named("placebo_only" if quick else "cascade")))
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
        "device": f"{jax.devices()[0].device_kind} ({jax.default_backend()})",
        "compile_s": clock["compile"],
        "sampling_s": seconds,
        "draws": found.unconstrained.shape[0] * found.unconstrained.shape[1],
        "ess": ess,
        "rhat": float(az.rhat(tree)["x"].max()),
        "ess_per_s": ess / seconds,
    }


if __name__ == "__main__":
    typer.run(main)

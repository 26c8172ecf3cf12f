"""Lynx and hare of posteriordb end to end, against Stan on the same target in the same run.

    pip install pystan && python -m benchmarks.posteriordb

Both sample 4 x (1000 + 1000) on all cores, each in a process of its own with an empty cache; imports are not
counted. Stan solves with ``ode_rk45_tol`` at the tolerances of posteriordb (1e-5 and 1e-3); windup's model is
the one that the tests hold against the reference draws (``tests/reference/lotka_volterra.py``). The last line
is JSON.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Annotated, Any

import arviz as az
import numpy as np
import typer
from rich.console import Console
from rich.table import Table

_ROOT = Path(__file__).parents[1]
_CHAINS, _WARMUP, _DRAWS = 4, 1000, 1000
_PARAMETERS = ("theta", "z_init", "sigma")


def main(side: Annotated[str, typer.Option(hidden=True)] = "") -> None:
    """ESS per second of both, with and without compilation."""
    if side:
        print(json.dumps({"windup": _windup, "stan": _stan}[side]()))
        return
    found = {side: _in_a_process(side) for side in ("windup", "stan")}
    rates = {side: one["ess"] / one["sampling_s"] for side, one in found.items()}
    all_in = {side: one["ess"] / (one["sampling_s"] + one["compile_s"]) for side, one in found.items()}
    table = Table("", *found)
    table.add_row("compilation, s", *(f"{one['compile_s']:.1f}" for one in found.values()))
    table.add_row("warm-up and draws, s", *(f"{one['sampling_s']:.1f}" for one in found.values()))
    table.add_row("least bulk ESS", *(f"{one['ess']:.0f}" for one in found.values()))
    table.add_row("largest R-hat", *(f"{one['rhat']:.4f}" for one in found.values()))
    table.add_row("ESS per second", *(f"{rate:.0f}" for rate in rates.values()))
    table.add_row("with compilation", *(f"{rate:.0f}" for rate in all_in.values()))
    Console().print(table)
    numbers = {
        "ess_per_s": rates["windup"],
        "stan_ess_per_s": rates["stan"],
        "ratio": rates["windup"] / rates["stan"],
        "ratio_with_compile": all_in["windup"] / all_in["stan"],
    }
    print(json.dumps({name: float(f"{value:.4g}") for name, value in numbers.items()}))


def _in_a_process(side: str) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as cache:
        ended = subprocess.run(
            [sys.executable, "-m", "benchmarks.posteriordb", "--side", side],
            cwd=_ROOT,
            env={**os.environ, "XDG_CACHE_HOME": cache},
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        )
    result: dict[str, float] = json.loads(ended.stdout.splitlines()[-1])
    return result


def _data() -> dict[str, Any]:
    text = (_ROOT / "tests" / "reference" / "data" / "hudson_lynx_hare.json").read_text()
    data: dict[str, Any] = json.loads(text)
    return data


def _quality(draws: dict[str, np.ndarray]) -> dict[str, float]:
    tree = az.from_dict({"posterior": draws})
    ess = az.ess(tree, method="bulk").to_dataset()
    rhat = az.rhat(tree).to_dataset()
    return {
        "ess": min(float(ess[name].min()) for name in _PARAMETERS),
        "rhat": max(float(rhat[name].max()) for name in _PARAMETERS),
    }


def _windup() -> dict[str, float]:
    import jax

    from tests.reference.lotka_volterra import model
    from windup.fit import Nuts, sample_model

    data = {name: np.array(value, float) for name, value in _data().items()}
    sampler = Nuts(chains=_CHAINS, warmup=_WARMUP, draws=_DRAWS)
    began = time.monotonic()
    tree = sample_model(jax.random.key(1), model, data["ts"], data["y_init"], data["y"], sampler=sampler)
    seconds = time.monotonic() - began
    sampling = sum(json.loads(tree.attrs["wall_seconds"])[phase] for phase in ("warm-up", "sample"))
    draws = {name: np.asarray(tree["posterior"].to_dataset()[name]) for name in _PARAMETERS}
    return {"compile_s": seconds - sampling, "sampling_s": sampling, **_quality(draws)}


def _stan() -> dict[str, float]:
    import stan

    program = (Path(__file__).parent / "lotka_volterra.stan").read_text()
    began = time.monotonic()
    posterior = stan.build(program, data=_data(), random_seed=1)
    built = time.monotonic()
    fit = posterior.sample(num_chains=_CHAINS, num_warmup=_WARMUP, num_samples=_DRAWS)
    ended = time.monotonic()
    # Draws outside, chains inside.
    draws = {
        name: np.moveaxis(np.asarray(fit[name]).reshape(-1, _DRAWS, _CHAINS), (0, 2), (2, 0))
        for name in _PARAMETERS
    }
    return {"compile_s": built - began, "sampling_s": ended - built, **_quality(draws)}


if __name__ == "__main__":
    typer.run(main)

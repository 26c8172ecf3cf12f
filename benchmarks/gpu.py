"""Many chains on this machine's GPU: is the density right, what a gradient costs, effective draws per second.

    python -m benchmarks.gpu --out gpu.json      where there is a GPU: at most eight minutes (--minutes)
    python -m benchmarks.gpu --quick             anywhere, in a minute or two, of a small rival: that it runs

In this order, each printed as it ends and kept in the file: gradients per second of 64 to 4,096 chains in one
program, the smallest first, with the log density of one chain, the memory that it takes and the kernels that
it launches (`benchmarks/_kernels.py`), in double precision and of one size in single; draws of many chains;
those of HMC on the CPU, which runs beside all of this; by how much log densities differ from the CPU's. Each
is a process of its own. Where time ends first, the file has what was measured until then. Rates are the least
bulk ESS of all unconstrained coordinates over the seconds of warm-up and draws; compilation is shown apart.
Where there is no GPU, all run on the CPU, and the ratio is that of the two samplers. The last line is JSON.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

_ROOT = Path(__file__).parents[1]
_CPU = {"JAX_PLATFORMS": "cpu"}
# Share of the time after which no gradient is measured any more, so that draws have the rest.
_FOR_GRADIENTS = 0.5
# Side, and key of the record, that holds a list.
_GRADIENTS = "gradients"


def main(
    quick: Annotated[bool, typer.Option("--quick", help="placebo_only, few trials and draws.")] = False,
    minutes: Annotated[float, typer.Option(help="When all of it ends.")] = 8.0,
    out: Annotated[Path | None, typer.Option(help="File for all that is measured, as it is.")] = None,
    chains: Annotated[int, typer.Option(help="Chains that move together.")] = 256,
    warmup: Annotated[int, typer.Option(help="Their warm-up.")] = 120,
    draws: Annotated[int, typer.Option(help="Their draws.")] = 60,
    precision: Annotated[str, typer.Option(help="In which they move: float64 or float32.")] = "float64",
    side: Annotated[str, typer.Option(hidden=True)] = "",
) -> None:
    """Check, measure gradients, and compare effective draws per second."""
    counts = (8, 10, 8) if quick else (chains, warmup, draws)
    if side:
        for found in _measured(side, quick, counts, precision):
            print(json.dumps(found), flush=True)
        return
    began = time.monotonic()
    record: dict[str, Any] = {}

    def left() -> float:
        return 60.0 * minutes - (time.monotonic() - began)

    def keep(name: str, found: Any) -> None:
        print(f"{time.monotonic() - began:5.0f} s  {name}: {json.dumps(found)}", flush=True)
        if name == _GRADIENTS:
            found = [*record.get(name, []), found]
        record[name] = found
        if out is not None:
            out.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")

    options = [
        *(["--quick"] if quick else []),
        f"--chains={chains}",
        f"--warmup={warmup}",
        f"--draws={draws}",
    ]
    on_cpu: list[dict[str, Any]] = []
    # On a GPU the cores are free for the opponent all the while.
    opponent = threading.Thread(
        target=lambda: on_cpu.extend(_lines("hmc", options, _CPU, left())), daemon=True
    )
    opponent.start()
    for kind in ("float64", "float32"):
        of_kind = [*options, f"--precision={kind}"]
        for line in _lines(_GRADIENTS, of_kind, {}, left() - 60.0 * minutes * (1.0 - _FOR_GRADIENTS)):
            keep(_GRADIENTS, line)
    many = _last(_lines("many", [*options, f"--precision={precision}"], {}, left()))
    keep("many_chains", many)
    opponent.join(timeout=max(left(), 0.0))
    keep("hmc_on_the_cpu", on_cpu)
    keep("log_density_off_by_nats", _differences(record.get(_GRADIENTS, []), on_cpu))
    rate, of_hmc = many.get("ess_per_s"), (on_cpu[1] if len(on_cpu) > 1 else {}).get("ess_per_s")
    ratio = float(f"{rate / of_hmc:.4g}") if rate and of_hmc else None
    print(
        json.dumps(
            {
                "device": many.get("device"),
                "ess_per_s": float(f"{rate:.4g}") if rate else None,
                "ratio_cpu": ratio,
            }
        )
    )


def _measured(
    side: str, quick: bool, counts: tuple[int, int, int], precision: str
) -> Iterator[dict[str, Any]]:
    from . import _gpu_sides as sides

    if side == _GRADIENTS:
        sizes = (2, 4) if quick else (64, 1024, 4096)
        # A program compiles for a minute: of single precision the middle one.
        yield from sides.gradients(quick, sizes if precision == "float64" else sizes[1:2], precision)
        return
    if side == "hmc":
        yield sides.density(quick)
    yield sides.sampled(side, quick, counts, precision)


def _differences(measured: list[dict[str, Any]], on_cpu: list[dict[str, Any]]) -> dict[str, float]:
    """Largest difference of log densities on the device from the CPU's, nats; empty where one is missing."""
    if not on_cpu:
        return {}
    truth, largest = on_cpu[0]["log_density"], dict[str, float]()
    for one in measured:
        if "log_density" in one:
            off = abs(one["log_density"] - truth)
            largest[one["precision"]] = max(off, largest.get(one["precision"], 0.0))
    return largest


def _lines(
    side: str, options: list[str], variables: dict[str, str], seconds: float
) -> Iterator[dict[str, Any]]:
    """What a process prints, as it does, until its time ends; what else it says goes to the terminal."""
    if seconds <= 0.0:
        return
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.gpu", "--side", side, *options],
        cwd=_ROOT,
        env={**os.environ, **variables},
        stdout=subprocess.PIPE,
        text=True,
    )
    ended = threading.Timer(seconds, process.kill)
    ended.start()
    try:
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith("{"):
                yield json.loads(line)
    finally:
        ended.cancel()
        process.kill()
        process.wait()


def _last(lines: Iterator[dict[str, Any]]) -> dict[str, Any]:
    """The last line, or nothing where time ended before."""
    found: dict[str, Any] = {}
    for found in lines:  # noqa: B007
        pass
    return found


if __name__ == "__main__":
    typer.run(main)

"""Claims about the benchmark of many chains: it runs without a GPU, and its last line can be read."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.release
def test_quick_run_without_a_gpu_ends_with_the_documented_keys_and_keeps_what_it_measured(
    tmp_path: Path,
) -> None:
    # What is compiled is not what is claimed: unoptimised, it takes half the time.
    ended = subprocess.run(
        [
            sys.executable,
            "-m",
            "benchmarks.gpu",
            "--quick",
            "--minutes",
            "60",
            "--out",
            tmp_path / "gpu.json",
        ],
        cwd=ROOT,
        env={**os.environ, "JAX_PLATFORMS": "cpu", "XLA_FLAGS": "--xla_backend_optimization_level=0"},
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    found = json.loads(ended.stdout.splitlines()[-1])
    assert set(found) == {"device", "ess_per_s", "ratio_cpu"}
    assert "cpu" in found["device"]
    assert min(found["ess_per_s"], found["ratio_cpu"]) > 0.0
    kept = json.loads((tmp_path / "gpu.json").read_text(encoding="utf-8"))
    assert [(one["chains"], one["precision"]) for one in kept["gradients"]] == [
        (2, "float64"),
        (4, "float64"),
        (4, "float32"),
    ]
    assert all(one["finite"] and one["kernels"] > 100 for one in kept["gradients"])
    assert kept["log_density_off_by_nats"]["float64"] < 1e-9
    assert kept["log_density_off_by_nats"]["float32"] < 0.02

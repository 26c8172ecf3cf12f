# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---
# %% [markdown]
# # GPU and clusters
#
# *You learn many chains, single precision, resuming a run, and a cluster.*
#
# A **GPU** runs many chains of one fit at once. A **cluster** runs independent pieces: folds, replicates, profiles, sweeps. This notebook
# shows both on the processor of this machine. For research only; nothing here is medical advice.

# %%
import json
import subprocess
import sys
import time
from pathlib import Path

import arviz as az
import jax
import matplotlib.pyplot as plt
import numpy as np
import numpyro
import numpyro.distributions as dist
import pandas as pd
import xarray as xr

from windup.fit import (
    Interrupted,
    ManyChains,
    Nuts,
    SensitivitySettings,
    analyse_sensitivity,
    check_convergence,
    sample_model,
)

print(f"JAX computes on: {jax.default_backend()}, {len(jax.devices())} device(s)")

# %% [markdown]
# ## Devices
# JAX uses a GPU when it finds one (`pip install "windup[gpu]"`, CUDA). `JAX_PLATFORMS=cpu` keeps a run on the processor, and `windup doctor`
# shows the devices. Model, command and posterior are the same. Sums are taken in another order, so draws agree to the last bit between machines
# of one kind only.
#
# ## Many chains
# On a processor a few long chains are best, a thread for each. Four chains leave a GPU idle: `ManyChains` (`windup fit --sampler many-chains`)
# runs all of them in one program. Here is a meta-analysis of made-up trials. Its chains form four superchains with common starts, so that
# nested R-hat shows whether short chains still depend on their start.

# %%
rng = np.random.default_rng(1)
ERROR = 0.4
seen = -0.7 + 0.3 * rng.standard_normal(30) + ERROR * rng.standard_normal(30)


def meta_analysis(seen):
    mean = numpyro.sample("mean", dist.Normal(0.0, 1.0))
    spread = numpyro.sample("spread", dist.HalfNormal(1.0))
    with numpyro.plate("study", len(seen)):
        score = numpyro.sample("score", dist.Normal(0.0, 1.0))
        numpyro.sample("seen", dist.Normal(mean + spread * score, ERROR), obs=seen)


def many(chains, precision="float64"):
    sampler = ManyChains(chains=chains, superchains=4, warmup=100, draws=50, precision=precision)
    return sample_model(jax.random.key(0), meta_analysis, seen, sampler=sampler)


few = sample_model(jax.random.key(0), meta_analysis, seen, sampler=Nuts(draws=500))
together = {chains: many(chains) for chains in (16, 64, 256)}
runs = {"4 chains of NUTS": few} | {f"{chains} chains": tree for chains, tree in together.items()}
table = pd.DataFrame(
    [
        {
            "sampler": name,
            "draws": int(np.prod(tree["posterior"]["mean"].shape)),
            "largest R-hat": check_convergence(tree).max_rhat,
            "bulk ESS of the mean": float(az.ess(tree, var_names=["mean"], method="bulk")["mean"]),
            **{
                f"{phase}, s": seconds
                for phase, seconds in json.loads(tree.attrs["wall_seconds"]).items()
                if phase in ("compile", "warm-up", "sample")
            },
        }
        for name, tree in runs.items()
    ]
)
table.round(3)

# %%
rate = table["bulk ESS of the mean"] / (table["warm-up, s"] + table["sample, s"])
figure, axes = plt.subplots(figsize=(6, 2.4), layout="constrained")
axes.barh(table["sampler"], rate)
axes.invert_yaxis()
axes.set(
    xlabel="effective draws of the mean per second of warm-up and draws\n(this machine, as busy as it is)"
)
# Both samplers know the same posterior.
means = {name: float(tree["posterior"]["mean"].mean()) for name, tree in {"few": few, **together}.items()}
assert np.ptp(list(means.values())) < 0.2 * float(few["posterior"]["mean"].std())
assert check_convergence(together[256]).converged

# %% [markdown]
# For such a small model even a processor hardly notices the number of chains. A model with an ODE fills a processor with a few chains and a
# GPU with many; until it is full, chains are free. Each chain must pass the warm-up. In a checkout, `python -m benchmarks.gpu` compares the
# effective draws per second of many chains on the GPU with NUTS on the processor.
#
# ## Single precision
# Many GPUs compute several times faster in single precision. `precision="float32"` uses it for the chains only. The start, the coordinates and
# everything after the draws stay in double precision. The log density of a hundred draws is computed in both, and a Pareto k above 0.7 with an
# error that matters marks the run.

# %%
single = many(64, "float32")
error = json.loads(single.attrs["single_precision"])
print(
    f"error of the log density at {error['draws']} draws: at most {error['largest']:.1e} nats, SD {error['sd']:.1e}"
)
assert 0.0 < error["largest"] < 0.01
assert not any("Single precision" in sentence for sentence in check_convergence(single).failures)

# %% [markdown]
# ## Resume an interrupted run
# Jobs end by the clock. A run writes a checkpoint every minute and when it is stopped (Ctrl-C, SIGTERM). Resuming gives the draws of an
# uninterrupted run, bit for bit. On the command line this is `windup fit --resume`. Here a run is stopped in the middle of its draws:

# %%
kept = Path("checkpoint")
short = Nuts(chains=2, draws=400)
once = iter([True])


def stop_half_way(phase, done, total, note=""):
    if phase == "sample" and 2 * done >= total and next(once, False):
        raise KeyboardInterrupt


try:
    sample_model(
        jax.random.key(2), meta_analysis, seen, sampler=short, checkpoint=kept, progress=stop_half_way
    )
except Interrupted as cut:
    drawn = 0 if cut.tree is None else cut.tree["posterior"].sizes["draw"]
    print(f"stopped after {drawn} of {short.draws} draws of each chain")
resumed = sample_model(jax.random.key(2), meta_analysis, seen, sampler=short, resume_from=kept)
whole = sample_model(jax.random.key(2), meta_analysis, seen, sampler=short)
xr.testing.assert_equal(resumed["posterior"].to_dataset(), whole["posterior"].to_dataset())
assert drawn < short.draws

# %% [markdown]
# ## A cluster by hand
# The scheduler and its workers are programs of [Dask](https://docs.dask.org), started here on this machine. The commands get the address. In a
# script, `scheduler="local"` (processes of this machine) belongs below `if __name__ == "__main__":`, since each worker imports the script.

# %%
address = Path("scheduler.json")
address.unlink(missing_ok=True)
dask = [sys.executable, "-m", "dask"]
quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
cluster = [
    subprocess.Popen(
        [
            *dask,
            "scheduler",
            "--host",
            "127.0.0.1",
            "--port",
            "0",
            "--no-dashboard",
            "--scheduler-file",
            address,
        ],
        **quiet,
    ),
    subprocess.Popen(
        [
            *dask,
            "worker",
            "--scheduler-file",
            address,
            "--nworkers",
            "2",
            "--nthreads",
            "1",
            "--no-dashboard",
        ],
        **quiet,
    ),
]
for _ in range(300):
    if address.exists() and address.stat().st_size:
        break
    time.sleep(0.1)
where = json.loads(address.read_text())["address"]

# %% [markdown]
# A sweep of the model `turnover` (Morris, in pieces of some thousand solves), in this process and on the cluster. The numbers are the same to
# the last bit on machines of one kind: a piece depends on its seed and number, never on its worker.

# %%
asked = SensitivitySettings(source="turnover", method="morris", samples=300)
tables, seconds = {}, {}
try:
    for name, scheduler in (("this process", "none"), ("two workers", where)):
        began = time.monotonic()
        found = analyse_sensitivity(asked, scheduler=scheduler)
        seconds[name] = time.monotonic() - began
        tables[name] = found.tables["indices"]
finally:
    for each in reversed(cluster):
        each.terminate()
        each.wait(30)
pd.testing.assert_frame_equal(tables["this process"], tables["two workers"], check_exact=True)
print(f"{found.tree.sizes['point']} solves; seconds, each with compilation:")
pd.Series(seconds).round(1)

# %% [markdown]
# Such a small sweep is not worth a cluster: each worker compiles once. Folds, replicates and refits of a full fit are, where a piece takes
# minutes. Finished pieces are on disk, and a lost worker loses only its current piece. `windup compare --folds`, `calibrate`, `identify` and
# `sensitivity` take the same `--scheduler`.
#
# ## SLURM
# The scheduler may come from dask-jobqueue; its address goes to `--scheduler` (`docs/how-to/clusters-and-gpu.md`):
#
# ```python
# from dask_jobqueue import SLURMCluster
#
# cluster = SLURMCluster(cores=4, processes=1, memory="8GB", walltime="02:00:00", worker_extra_args=["--nthreads", "1"])
# cluster.scale(jobs=20)
# print(cluster.scheduler_address)
# ```
#
# A single fit needs no cluster: run `windup fit` in a job, with `--resume` in the next job if the clock has ended the first.

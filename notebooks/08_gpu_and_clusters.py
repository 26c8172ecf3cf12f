# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---
# %% [markdown]
# # GPU and clusters
#
# Two ways to more hardware, which solve different problems. A **GPU** moves many chains of one fit at once. A **cluster** does
# independent pieces: folds, replicates, profiles, sweeps. Here both are shown small and on this machine's own processor, and
# what changes elsewhere is said. For research only; nothing here is medical advice.

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
# JAX takes the GPU that it finds (`pip install "windup[gpu]"`, CUDA); `JAX_PLATFORMS=cpu` keeps a run on the processor, and
# `windup doctor` says what is there. Nothing else changes: the same model, the same command, draws of the same posterior. Bits
# do: sums are taken in another order, so that draws agree between machines of one kind only.
#
# ## Many chains
# On a processor a few long chains are best, a thread for each. A GPU is idle with four: `ManyChains` (`windup fit --sampler
# many-chains`) moves all in one program. Here a meta-analysis of made-up trials, its chains in four superchains that share
# their beginnings, so that nested R-hat can tell whether short chains have forgotten them.

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
# Of a model as small as this one even a processor hardly notices the number of chains: what a step costs is overhead. A model
# with an ODE fills a processor with a few chains and a GPU with many, and until it is full, chains are free. What they cost is
# warm-up, which each must pass. Whether it pays for the published fit is to be measured: in a checkout, `python -m
# benchmarks.gpu` gives effective draws per second of many chains on the GPU beside NUTS on its processor (`--quick` runs
# anywhere).
#
# ## Single precision
# Many GPUs compute several times faster in single precision. `precision="float32"` moves only the chains in it; the start, the
# coordinates and all that follows the draws stay in double precision. What it does is measured, never assumed: at a hundred
# draws the log density is computed in both, and from a Pareto k above 0.7 with an error that counts, the run is marked.

# %%
single = many(64, "float32")
error = json.loads(single.attrs["single_precision"])
print(
    f"error of the log density at {error['draws']} draws: at most {error['largest']:.1e} nats, SD {error['sd']:.1e}"
)
assert 0.0 < error["largest"] < 0.01
assert not any("Single precision" in sentence for sentence in check_convergence(single).failures)

# %% [markdown]
# ## Cut off, and on again
# Jobs end by the clock. A checkpoint is kept every minute and when a run is stopped (Ctrl-C, SIGTERM); going on gives the draws
# that the whole run would have given, bit for bit. `windup fit --resume` is this. Here a run is stopped in the middle of its
# draws:

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
# The scheduler and its workers are programs of [Dask](https://docs.dask.org), started here on this machine as they would be on
# several. What is given to them is the address. In a script of one's own, `scheduler="local"` (processes of this machine)
# belongs below `if __name__ == "__main__":`, since each worker imports the script.

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
# A sweep of the rival `turnover` (Morris, in pieces of some thousand solves), in this process and on the cluster. The numbers
# are the same, to the last bit on machines of one kind: a piece depends on its seed and number, never on who does it or when.

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
# A sweep this small is not worth a cluster: each worker compiles once. Folds, replicates and refits of a full fit are, where a
# piece takes minutes. They are kept on disk as they come, a lost worker loses the piece it was at, and the same `--scheduler`
# is taken by `windup compare --folds`, `calibrate`, `identify` and `sensitivity`.
#
# ## SLURM
# The scheduler may come from dask-jobqueue, whose address goes to `--scheduler` as above (`docs/how-to/clusters-and-gpu.md`, which says what
# has been tried and what not):
#
# ```python
# from dask_jobqueue import SLURMCluster
#
# cluster = SLURMCluster(cores=4, processes=1, memory="8GB", walltime="02:00:00", worker_extra_args=["--nthreads", "1"])
# cluster.scale(jobs=20)
# print(cluster.scheduler_address)
# ```
#
# A single fit needs none of it: `windup fit` in a job, with `--resume` in the next one when the clock has ended the first.

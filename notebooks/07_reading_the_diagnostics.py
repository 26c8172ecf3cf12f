# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---
# %% [markdown]
# # Reading the diagnostics
#
# *You learn to see when draws do not represent the posterior. It uses the run of notebook 2.*
#
# Here is a model that fails on purpose and its cure, two modes, a solver that is too coarse, and the quick run of notebook 2 with the same
# checks. For research only; nothing here is medical advice.

# %%
# The run that notebook 2 leaves; where it is missing, the same is made here.
import io
from pathlib import Path

import pandas as pd

from windup.datasets import packaged_trials
from windup.fit import Settings, fit_posterior, run_fit

RUN = Path("runs/notebook")
if not RUN.is_dir():
    published, few = packaged_trials(blocks=()), Path("few_trials")
    used = published.observations.loc[published.observations["used"], "study_id"]
    few.mkdir(exist_ok=True)
    for name, content in published.files.items():
        rows = pd.read_csv(io.BytesIO(content), dtype=str, keep_default_na=False)
        rows[rows["study_id"].isin(used.unique()[::5])].to_csv(few / name, index=False)
    run_fit(Settings.from_preset("quick", model="turnover", data=few, blocks=(), out=RUN), fit_posterior)

# %%
import json

import arviz as az
import arviz_plots as azp
import jax
import jax.numpy as jnp
import matplotlib.pyplot as plt
import numpy as np
import numpyro
import numpyro.distributions as dist
import xarray as xr

from windup.fit import (
    Nuts,
    SequentialMonteCarlo,
    check_convergence,
    check_solver,
    left_out_rows,
    read_run,
    sample_model,
)

# %% [markdown]
# ## A model that fails on purpose
# Ten made-up trials of the same size whose true effects hardly differ. In the direct form ("centred") the effects of all trials must crowd
# together whenever their spread is small. This is a funnel, and no step size fits its neck. In units of the spread ("standardised") it is the
# same model without the funnel.

# %%
rng = np.random.default_rng(0)
ERROR = 0.5
seen = -0.8 + 0.1 * rng.standard_normal(10) + ERROR * rng.standard_normal(10)


def centred(seen):
    mean = numpyro.sample("mean", dist.Normal(0.0, 1.0))
    spread = numpyro.sample("spread", dist.HalfNormal(1.0))
    with numpyro.plate("study", len(seen)):
        effect = numpyro.sample("effect", dist.Normal(mean, spread))
        numpyro.sample("seen", dist.Normal(effect, ERROR), obs=seen)


def standardised(seen):
    mean = numpyro.sample("mean", dist.Normal(0.0, 1.0))
    spread = numpyro.sample("spread", dist.HalfNormal(1.0))
    with numpyro.plate("study", len(seen)):
        score = numpyro.sample("score", dist.Normal(0.0, 1.0))
        numpyro.sample("seen", dist.Normal(mean + spread * score, ERROR), obs=seen)


rates = {"centred": 0.8, "centred, smaller steps": 0.95, "standardised": 0.95}
trees = {
    name: sample_model(
        jax.random.key(0),
        standardised if name == "standardised" else centred,
        seen,
        sampler=Nuts(draws=800, target_accept=rate),
    )
    for name, rate in rates.items()
}
checks = {name: check_convergence(tree) for name, tree in trees.items()}
for name, found in checks.items():
    print(f"{name}: converged: {found.converged}", *found.failures, sep="\n  ")

# %%
assert checks["standardised"].converged
assert len(checks["centred"].failures) >= 3
assert len(checks["centred, smaller steps"].failures) >= 3
pd.DataFrame(
    {
        name: {
            "largest R-hat (at most 1.01)": found.max_rhat,
            "least bulk ESS (at least 400)": found.min_ess_bulk,
            "least tail ESS (at least 400)": found.min_ess_tail,
            "divergent draws (at most 0.1 %)": found.divergences,
            "least E-BFMI (above 0.3)": found.min_ebfmi,
        }
        for name, found in checks.items()
    }
).round(2)

# %% [markdown]
# ## Ranks
# Draws of all chains are ranked together. Each line is one chain's distribution of ranks minus a uniform one. Chains that visit the same
# values stay near zero, inside the band. Here the chains of the funnel stay at different spreads for long.

# %%
for name in ("centred", "standardised"):
    tree = trees[name]
    drawn = azp.plot_rank(
        tree, var_names=["mean", "spread"], backend="matplotlib", figure_kwargs={"figsize": (8, 2.6)}
    )
    drawn.viz["figure"].item().suptitle(name, y=1.04)

# %% [markdown]
# ## Divergences and energy
# A trajectory diverges where its step is too long for the curvature: at the entrance of the neck. Where few trajectories get there, few
# diverge. Zero divergences therefore do not prove that the neck was explored. Smaller steps (a higher `target_accept`) can remove the symptom
# and keep the problem. An E-BFMI below 0.3 means that energies are explored too slowly. Both point to the shape of the density, not to the
# number of draws. Change the parameters instead.

# %%
figure, every = plt.subplots(1, 3, figsize=(11, 3.4), sharex=True, sharey=True, layout="constrained")
for axes, (name, tree) in zip(every, trees.items(), strict=True):
    posterior = tree["posterior"]
    spread = posterior["spread"]
    first = (
        posterior["effect"][..., 0]
        if name != "standardised"
        else posterior["mean"] + spread * posterior["score"][..., 0]
    )
    bad = tree["sample_stats"]["diverging"].values.astype(bool)
    axes.semilogy(first.values.ravel(), spread.values.ravel(), ".", markersize=2, alpha=0.4)
    axes.semilogy(first.values[bad], spread.values[bad], "x", color="C3", label=f"divergent: {bad.sum()}")
    axes.set_title(f"{name}, E-BFMI {checks[name].min_ebfmi:.2f}", fontsize=10)
    axes.set(xlabel="effect of the first trial, points", ylim=(1e-4, 4))
    axes.legend(fontsize=8)
every[0].set_ylabel("spread between trials, points")
assert max(checks[name].min_ebfmi for name in rates if "centred" in name) < 0.3
assert checks["standardised"].min_ebfmi > 0.3

# %%
drawn = azp.plot_energy(
    trees["centred"], kind="kde", backend="matplotlib", figure_kwargs={"figsize": (8, 2.8)}
)

# %% [markdown]
# ## Two modes
# No check above detects a mode that no chain has visited. The engine therefore first searches from several starts and names the separate
# modes, with their shares of the mass by Laplace's approximation. Chains begin at each, so that R-hat disagrees, as it should. Sequential Monte
# Carlo weights them correctly.


# %%
def two_modes():
    x = numpyro.sample("x", dist.Uniform(-10.0, 10.0))
    near, far = (dist.Normal(centre, 0.3).log_prob(x) for centre in (3.0, -3.0))
    numpyro.factor("modes", jnp.logaddexp(jnp.log(0.7) + near, jnp.log(0.3) + far))


stuck = sample_model(jax.random.key(0), two_modes, sampler=Nuts(warmup=200, draws=500))
weighed = sample_model(jax.random.key(0), two_modes, sampler=SequentialMonteCarlo())
found = check_convergence(stuck)
print(*found.failures, sep="\n")
shares = {"the truth": 0.7}
shares["Laplace, of the modes found"] = json.loads(stuck.attrs["modes"])[0]["share"]
shares["draws of NUTS"] = float((stuck["posterior"]["x"] > 0).mean())
shares["sequential Monte Carlo"] = float((weighed["posterior"]["x"] > 0).mean())
assert found.max_rhat > 1.5
assert abs(shares["sequential Monte Carlo"] - 0.7) < 0.1
pd.Series(shares, name="share of the mode at 3").round(2)

# %%
figure, axes = plt.subplots(figsize=(7, 2.4), layout="constrained")
for number, chain in enumerate(stuck["posterior"]["x"].values):
    axes.plot(chain, linewidth=0.6, label=f"chain {number}")
axes.set(xlabel="draw", ylabel="x (no unit)")
axes.legend(fontsize=7, ncols=4, loc="center")

# %% [markdown]
# ## A solver that is too coarse
# Chains can agree on the wrong equations. Pain returns after a drug is stopped, at an unknown rate, and the model solves this with few steps
# of Euler's method. `check_solver` solves draws again accurately and weights them. Pareto k shows whether the weights are reliable, and the
# shift shows what the error does to a mean. A full fit of the packaged models includes this check.

# %%
visits = jnp.array([1.0, 2.0, 4.0, 8.0])
returned = 2.0 * (1.0 - jnp.exp(-0.5 * visits)) + 0.05 * rng.standard_normal((20, 4))


def returning(seen, steps):
    rate = numpyro.sample("rate", dist.LogNormal(jnp.log(0.5), 0.5))
    lost = numpyro.sample("lost", dist.LogNormal(jnp.log(2.0), 0.5))
    left = (1.0 - rate * visits / steps) ** steps
    numpyro.sample("seen", dist.Normal(lost * (1.0 - left), 0.05), obs=seen)


trusts = {}
for steps in (16, 4096):
    tree = sample_model(jax.random.key(0), returning, returned, steps, sampler=Nuts(draws=500))
    assert check_convergence(tree).converged
    trusts[f"{steps} steps"] = check_solver(tree, returning, returned, 100_000)
for name, each in trusts.items():
    print(f"{name}:", *(each.failures or ("accurate enough",)), sep="\n  ")
assert trusts["16 steps"].failures
assert not trusts["4096 steps"].failures
pd.DataFrame(
    {
        name: {
            "Pareto k": each.pareto_k,
            "effective draws of 100": each.effective_sample_size,
            "median difference, nats": each.typical_nats,
            "shift of the rate, posterior SDs": each.shifts["rate"].standard_deviations,
        }
        for name, each in trusts.items()
    }
).round(3)

# %% [markdown]
# ## Does a run of trials converge?
# The same checks on the run of notebook 2. Failed checks are at the head of its summary and in every file that is made from it.

# %%
run = read_run(RUN)
found = check_convergence(run.tree)
print(*found.failures, sep="\n")
assert not found.converged
assert run.notices
sampled = run.tree["posterior"].to_dataset()
sizes = az.ess(sampled, method="bulk")
every_size = np.sort(np.concatenate([np.ravel(each) for each in sizes.data_vars.values()]))
figure, axes = plt.subplots(figsize=(5.5, 2.8), layout="constrained")
axes.plot(np.linspace(0, 1, len(every_size)), every_size)
axes.axhline(400, color="0.5", linestyle=":", label="needed")
axes.set(xlabel="share of all quantities", ylabel="bulk effective sample size", yscale="log")
axes.legend(fontsize=8)

# %% [markdown]
# ## Does the model fit, and does it predict?
# Coverage of included observations shows misfit but is too favourable, because the fit has used them. Leaving an observation out by
# importance weights gives its probability integral transform (LOO-PIT), which is uniform for correct predictions. A Pareto k above the limit
# means that the weights of that study are unreliable.

# %%
left_out = left_out_rows(run)
rows = pd.read_csv(run.folder / "rows.csv")
pit = left_out.rows["pit"].to_numpy()
inside = rows["covered_50"].mean(), ((pit >= 0.25) & (pit <= 0.75)).mean()
print(
    f"{len(pit)} rows, share in the central half of their prediction: seen {inside[0]:.2f}, left out {inside[1]:.2f}"
)
assert inside[0] > inside[1]
study_k = pd.Series(left_out.study_k()).sort_values(ascending=False)
figure, axes = plt.subplots(figsize=(8, 3), layout="constrained")
axes.bar(range(len(study_k)), study_k, color=["C3" if k > left_out.good_k else "C0" for k in study_k])
axes.axhline(left_out.good_k, color="0.3", linestyle=":", label="limit for so many draws")
axes.set_xticks(range(len(study_k)), study_k.index, rotation=90, fontsize=6)
axes.set(ylabel="Pareto k of leaving\nthe study out")
axes.legend(fontsize=8)
assert (study_k > left_out.good_k).any()

# %%
tree = xr.DataTree.from_dict(
    {"loo_pit": xr.Dataset({"rows": ("sample", pit)}, coords={"sample": np.arange(len(pit))})}
)
drawn = azp.plot_ecdf_pit(
    tree,
    group="loo_pit",
    sample_dims=["sample"],
    backend="matplotlib",
    figure_kwargs={"figsize": (6, 3)},
)

# %% [markdown]
# ## What may not be concluded from a quick run
# Anything about a drug, a mechanism or a rank. Its chains still depend on their start, its tails are a few draws, its solver was not checked,
# and most of its studies cannot be left out by weights. It shows that data, model and machine work together. No check proves a posterior; a
# check can only fail to refute it.

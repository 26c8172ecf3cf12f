# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---
# %% [markdown]
# # Sensitivity and identifiability
#
# *You learn to find the parameters that matter and those that the data identify. It uses the run of notebook 2.*
#
# *Sensitivity*: which parameters change the output of the model, whatever the data? It needs a model and its prior. *Identifiability*: which
# parameters do these data determine, and which combinations only the prior? It needs a run. A parameter can matter much and be unknown.
# Designs are small here, and the run is quick: **for the methods, not for conclusions**. For research only; nothing here is medical
# advice.

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
import matplotlib.pyplot as plt
import numpy as np
from scipy.stats import chi2

from windup.fit import SensitivitySettings, analyse_sensitivity, identify, read_run

GAIN, EFFECT = "loop gain: total", "difference from placebo: pregabalin 300 mg/day"

# %% [markdown]
# ## Morris: which parameters matter at all
# Each parameter of the cascade moves over the central 95 % of its prior, one at a time, along random trajectories. A large mean absolute
# change means that it matters. A spread as large means that its effect depends on the other parameters.

# %%
morris = analyse_sensitivity(SensitivitySettings(source="cascade", method="morris", samples=30)).tables[
    "indices"
]
figure, every = plt.subplots(1, 2, figsize=(10, 3.6), layout="constrained")
for axes, response, unit in zip(every, (GAIN, EFFECT), ("log of the gain", "NRS points"), strict=True):
    one = morris[morris["response"] == response]
    axes.scatter(one["mean_absolute"], one["spread"], s=12)
    for number, row in enumerate(one.nlargest(5, "mean_absolute").itertuples()):
        axes.annotate(
            row.parameter,
            (row.mean_absolute, row.spread),
            (4, 4 if number % 2 else -8),
            textcoords="offset points",
            fontsize=7,
        )
    axes.axline((0, 0), slope=1, color="0.8", zorder=0)
    axes.set_title(response, fontsize=9)
    axes.set(
        xlabel=f"mean absolute change, {unit}",
        ylabel=f"spread of changes, {unit}",
        xlim=(0, 1.5 * one["mean_absolute"].max()),
    )
assert (
    morris[morris["response"] == EFFECT].nlargest(1, "mean_absolute")["parameter"].item()
    == "pregabalin_insertion"
)

# %% [markdown]
# ## Sobol': shares of variance
# `first` is what a parameter explains alone, `total` what it explains alone and with others. The difference is interaction. Half widths are
# bootstrapped and wide with few blocks: a share above 1 is noise, and parameters whose bars overlap have no order.

# %%
sobol = analyse_sensitivity(SensitivitySettings(source="cascade", method="sobol", samples=128))
indices = sobol.tables["indices"]
figure, every = plt.subplots(1, 2, figsize=(10, 3.4), layout="constrained")
for axes, response in zip(every, (GAIN, EFFECT), strict=True):
    one = indices[indices["response"] == response].nlargest(8, "total")
    place = np.arange(len(one))
    for shift, kind in ((-0.18, "first"), (0.18, "total")):
        axes.barh(place + shift, one[kind], 0.34, xerr=one[f"{kind}_half_width"], label=kind)
    axes.set_yticks(place, one["parameter"], fontsize=8)
    axes.invert_yaxis()
    axes.set_title(response, fontsize=9)
    axes.set(xlabel="share of variance, ± bootstrap half width")
    axes.legend(fontsize=8, loc="lower right")

# %%
leads = indices[indices["response"] == EFFECT].nlargest(1, "total").iloc[0]
assert leads["parameter"] == "pregabalin_insertion"
assert leads["first"] > leads["first_half_width"]
# Strengths of drugs act on arms that get them, and a gain is that of patients without any.
of_gain = indices[indices["response"] == GAIN].set_index("parameter")["total"]
assert of_gain["pregabalin_insertion"] == 0.0 < of_gain["kinase_from_calcium"]
settled = sobol.tables["convergence"]
settled = settled[(settled["response"] == EFFECT) & (settled["parameter"] == leads["parameter"])]
settled[["blocks", "first", "first_half_width", "total", "total_half_width"]].round(2)

# %% [markdown]
# Parameters vary as if they were independent. On a run (`source="runs/notebook"`) each varies over its posterior, and posterior correlations
# are ignored: pairs that trade off seem to matter more than they do.
#
# ## Power-scaling: prior or data
# No new solve: draws are weighted as if prior or data counted a little more. Above 0.05 a part matters. Monte Carlo error adds to the
# distance and is removed (`_corrected`), which so few draws allow only roughly.

# %%
scaled = analyse_sensitivity(SensitivitySettings(source=str(RUN), method="power-scaling")).tables[
    "power_scaling"
]
results = scaled[scaled["quantity"].str.startswith("difference from placebo")]
figure, axes = plt.subplots(figsize=(7.5, 4), layout="constrained")
for place, row in enumerate(results.itertuples()):
    axes.plot([row.mechanism_corrected, row.rows_corrected], [place, place], color="0.8", zorder=0)
axes.plot(results["mechanism_corrected"], range(len(results)), "o", color="C1", label="to the prior")
axes.plot(results["rows_corrected"], range(len(results)), "s", color="C0", label="to the rows of the trials")
axes.axvline(0.05, color="0.5", linestyle=":", label="matters from here on")
axes.set_yticks(
    range(len(results)), results["quantity"].str.removeprefix("difference from placebo: "), fontsize=8
)
axes.invert_yaxis()
axes.set(xlabel="sensitivity of the posterior (corrected distance per log power)")
axes.legend(fontsize=8)
assert (results[["mechanism_corrected", "rows_corrected"]] >= 0).all(axis=None)

# %% [markdown]
# ## What the data identify
# `identify` returns contraction from prior to posterior, Fisher information, profiles, and pairs that trade off.

# %%
known = identify(RUN, profiles=2)
spectrum = known.tables["spectrum"]
figure, axes = plt.subplots(figsize=(6, 3.4), layout="constrained")
for point, each in spectrum.groupby("point"):
    shown = each[each["eigenvalue"] > 1e-8]
    axes.semilogy(
        shown["number"], shown["eigenvalue"], "o-" if point == 0 else "-", color="C0" if point == 0 else "0.7"
    )
axes.axhline(1.0, color="C1", linestyle=":", label="as much as the prior knows")
axes.plot([], [], "o-", color="C0", label="posterior median")
axes.plot([], [], color="0.7", label="four draws")
axes.set(xlabel="direction, stiffest first", ylabel="eigenvalue of the Fisher information\n(prior SDs)")
axes.legend(fontsize=8)
middle = spectrum[spectrum["point"] == 0].set_index("number")
middle.loc[[1, 2, 3, 22, 24, 25], ["eigenvalue", "direction"]]

# %% [markdown]
# Eigenvalues run evenly over powers of ten, as in other sloppy models, and then fall to rounding: directions without information. An
# eigenvalue of 1 is as much information as the prior.

# %%
better, unknown = (middle["eigenvalue"] > 1.0).sum(), (middle["eigenvalue"] < 1e-8).sum()
print(
    f"of {len(middle)} directions the rows know {better} better than the prior, and of {unknown} they know nothing"
)
assert 0 < better < len(middle) / 2
# What the rows know best is the strength of a treatment, and hardly anything beside it.
weight, parameter = middle.loc[1, "direction"].split()[:2]
assert parameter.endswith("_input")
assert abs(float(weight)) > 0.9

# %% [markdown]
# ## Contraction with few draws
# Contraction is 1 - posterior variance / prior variance. These studies hold no observation of some drugs, so their strengths keep their
# prior and the contraction is 0. A quick run shows the Monte Carlo error of a variance instead: at best the root of 2 / n for n draws, and
# more where draws are correlated.

# %%
run = read_run(RUN)
DRUG_OF = {name: name for name in ("memantine", "ketamine", "nac", "resveratrol", "omega3")}
DRUG_OF |= {"movement": "exercise_aerobic", "resistance": "exercise_resistance"}
never_given = [f"{name}_input" for name, drug in DRUG_OF.items() if drug not in run.problem.drugs]
contraction = known.tables["contraction"].set_index("parameter")["contraction"]
strengths = contraction[contraction.index.str.endswith("_input")]
error = np.sqrt(2.0 / (run.settings.chains * run.settings.draws))
figure, axes = plt.subplots(figsize=(6, 3.6), layout="constrained")
axes.axvspan(-2 * error, 2 * error, color="0.92", label="0 ± 2 errors, at best")
for place, (name, value) in enumerate(strengths.items()):
    axes.plot(value, place, "o", color="C0", markerfacecolor="white" if name in never_given else "C0")
axes.plot([], [], "o", color="C0", markerfacecolor="white", label="no row of this drug")
axes.set_yticks(range(len(strengths)), strengths.index, fontsize=8)
axes.invert_yaxis()
axes.set(xlabel="contraction from prior to posterior", xlim=(None, 1.02))
axes.legend(fontsize=8)
assert len(never_given) > 2
# Of independent draws two thirds would lie within one error.
assert contraction[never_given].abs().max() > error
assert contraction["pregabalin_input"] > 0.9

# %% [markdown]
# The Fisher information needs no draws and is not affected: these strengths have no part in any direction with information.

# %%
told = middle.loc[middle["eigenvalue"] > 1e-8, "direction"]
assert not any(name in direction for name in never_given for direction in told)

# %% [markdown]
# ## A profile
# The best log density with one parameter fixed and all others free, for the posterior and for the likelihood alone. The interval ends where
# twice the fall reaches the 95 % quantile of chi-squared with one degree of freedom. A side that never falls so far is open: there the end of
# the posterior comes from the prior.

# %%
profiles = known.tables["profiles"]
figure, every = plt.subplots(1, 2, figsize=(9, 3.2), sharey=True, layout="constrained")
for axes, (name, both) in zip(every, profiles.groupby("coordinate", sort=False), strict=True):
    for density, one in both.groupby("density"):
        axes.plot(
            one["value"], one["fall_of_log_density"], "o-", label=f"{density}: {one['verdict'].iloc[0]}"
        )
    axes.axhline(0.5 * chi2.ppf(0.95, 1), color="0.5", linestyle=":")
    axes.set(xlabel=f"{name}, on the sampler's scale", ylim=(0, 8))
    axes.legend(fontsize=8)
every[0].set_ylabel("fall of the log density, nats")
ends = profiles.groupby(["coordinate", "density"])[["low", "high", "verdict"]].first()
open_side = np.isinf(ends[["low", "high"]]).any(axis=1).unstack()
assert "identifiable" in set(ends.xs("likelihood", level="density")["verdict"])
# Priors close what the rows leave open, and open nothing. Of two closed intervals either may be the narrower:
# without its prior a spread between studies, free in every profile, may be smaller.
assert open_side["likelihood"].any()
assert (open_side["posterior"] <= open_side["likelihood"]).all()

# %% [markdown]
# ## Pairs that trade off
# Posterior correlations beyond a half: what the data show about one parameter of a pair depends on the other. That absorbed magnesium and
# renal feedback compensate each other follows from the kinetics. Pairs that share nothing are chance here, among so many pairs of so few
# draws.

# %%
ties = known.tables["trade_offs"]
assert (ties["correlation"].abs() > 0.5).all()
ties[ties["of"] == "parameters"].round(2)

# %% [markdown]
# ## What may be concluded
# The first half shows what moves the cascade under its prior. The second half shows nothing about drugs, since the run is quick. For
# conclusions run `make fit`, then `windup sensitivity runs/published --method sobol` and `windup identify runs/published`.

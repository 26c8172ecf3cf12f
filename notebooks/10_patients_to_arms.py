# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---
# %% [markdown]
# # From patients to arms
#
# *You learn how individual data enter a fit, and what of them the likelihood reads.*
#
# The example is a published crossover trial of amitriptyline in painful HIV neuropathy, with the pains of its 122 patients: Dinat 2015,
# [doi:10.1371/journal.pone.0126297](https://doi.org/10.1371/journal.pone.0126297). The
# [data](https://github.com/kamermanpr/Amitriptyline.HIVSN) are by Peter Kamerman, licence
# [CC BY 4.0](https://creativecommons.org/licenses/by/4.0/).

# %%
import io
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from scipy import optimize, stats

from windup.datasets import (
    DataFaults,
    VisitWindows,
    example_patient_files,
    load_trials,
    patients_to_trials,
)
from windup.fit import Settings, fit_posterior

files = example_patient_files()
patients, arms = (pd.read_csv(io.StringIO(files[name])) for name in ("patients.csv", "arms.csv"))
patients.head(4)

# %% [markdown]
# ## Every patient in one arm
# Each patient received both treatments. A table that does not state so is refused.

# %%
study = {"study_id": "dinat2015", "condition": "neuropathic_mixed", "blinding": "double"}
try:
    patients_to_trials(patients, arms=arms, study=study)
except DataFaults as faults:
    print(faults)

# %% [markdown]
# With the design `crossover_rct` both periods would count. Pain at the start of the second period is still lower, as carry-over would
# make it, so the authors analysed the first period as a parallel trial as well. So does this notebook.

# %%
print(patients[patients["time_weeks"] == 0].groupby("period")["pain"].agg(["mean", "std", "size"]).round(2))
first = patients[patients["period"] == 1]
made = patients_to_trials(
    first,
    arms=arms,
    study={**study, "design": "parallel_rct"},
    responders=(30, 50),
    flags=("worst_pain",),
    source="doi:10.1371/journal.pone.0126297",
)
print(*made.notes, sep="\n")
made.observations[["arm_id", "time_weeks", "outcome", "value", "sd", "n", "baseline_week"]]

# %% [markdown]
# On the command line the same is
#
# ```sh
# windup import patients patients.csv --arms arms.csv --out dinat --study study_id=dinat2015 …
# ```
#
# ## What the likelihood reads
# The tables leave open which rows are used, and windup decides: a change follows from two means, so it is no second fact.

# %%
folder = Path("dinat")
folder.mkdir(exist_ok=True)
for name, text in made.files.items():
    (folder / name).write_text(text)
trials = load_trials(folder)
trials.observations.groupby("kind")["used"].agg(rows="size", used="sum")

# %% [markdown]
# The SD of a change is read all the same. With the SDs of both visits it gives their correlation,
# $(s_0^2 + s_t^2 - s_c^2) / (2 s_0 s_t)$, and the mean of all of them (on Fisher's scale) informs the correlation of visits. The
# whole covariance of each arm is kept in `moments`.

# %%
for arm in made.moments:
    print(arm.arm_id, "means", arm.mean.round(2), "SDs", arm.sd.round(2))
    print(arm.read_correlation.round(2))
z = np.concatenate([np.arctanh(arm.read_correlation[1:, 0]) for arm in made.moments])
sizes = np.repeat([arm.patients for arm in made.moments], 2)
read = float(np.tanh(np.average(z, weights=sizes)))
print(f"the correlation of two visits that a fit reads: {read:.2f}")

# %% [markdown]
# | of the patients | in the likelihood |
# | :-- | :-- |
# | mean at a visit | yes |
# | SD at a visit | yes: the error of the mean; with `patients = "population"` also as an observation |
# | correlation with the baseline | one number of the study; it informs the correlation that all studies share |
# | correlation of later visits | no; `pairs="all"` takes it into that number |
# | shares with 30 and 50 % less pain | yes, where they are asked for |
# | shape of the distribution, age, order of the periods | no |
#
# ## What that costs, as densities
# For normal patients the mean vector and the covariance are all there is to read: the density of 122 single patients follows from them
# exactly, whatever the mean $\mu$ and the covariance $\Sigma$ are.


# %%
def by_moments(arm, mean, covariance):
    """Log density of the patients of an arm from their moments."""
    away, n = arm.mean - mean, arm.patients
    scatter = (n - 1) * arm.covariance + n * np.outer(away, away)
    return -0.5 * (
        n * np.linalg.slogdet(2 * np.pi * covariance)[1] + np.trace(np.linalg.solve(covariance, scatter))
    )


def of(arm):
    """Pains of an arm, one row for each patient."""
    mine = first[first["arm_id"] == arm.arm_id]
    return mine.pivot(index="patient_id", columns="time_weeks", values="pain").to_numpy(float)


any_mean, any_covariance = np.array([7.0, 6.0, 5.0]), 4.0 * (0.6 * np.eye(3) + 0.4)
for arm in made.moments:
    single = stats.multivariate_normal(any_mean, any_covariance).logpdf(of(arm)).sum()
    together = by_moments(arm, any_mean, any_covariance)
    print(f"{arm.arm_id}: patient by patient {single:.6f}, from the moments {together:.6f}")
    assert np.isclose(single, together)

# %% [markdown]
# The likelihood has one correlation for all pairs of visits. The best one can be compared with a covariance that is free.


# %%
def with_one(correlation):
    """Log density at the observed means and SDs with one correlation for all visits and arms."""
    return sum(
        by_moments(arm, arm.mean, np.outer(arm.sd, arm.sd) * ((1 - correlation) * np.eye(3) + correlation))
        for arm in made.moments
    )


free = sum(by_moments(arm, arm.mean, arm.covariance) for arm in made.moments)
best = optimize.minimize_scalar(lambda r: -with_one(r), bounds=(-0.4, 0.95), method="bounded")
for label, r in (("best single correlation", best.x), ("the one that is read", read), ("none", 0.0)):
    print(f"{label} ({r:.2f}): {free - with_one(r):.1f} nats below a free covariance, in 122 patients")
assert free - with_one(best.x) < free - with_one(read) < free - with_one(0.0)

lost = free - with_one(best.x)
print(f"by chance that much or more in {stats.chi2.sf(2 * lost, df=5):.1%} of trials with one correlation")

# %% [markdown]
# A free covariance of two arms has five correlations more than one, so that some nats are lost by chance alone. Neighbouring visits mostly
# correlate more than distant ones. In a trial with many visits look at `moments` first.
#
# ## What shares of responders add
# Pains are no normal numbers: they end at 0. If a patient's two pains were normal, the moments would give the share with half the pain
# or less.

# %%
figure, panels = plt.subplots(1, 2, figsize=(9, 3), sharey=True)
for arm, panel in zip(made.moments, panels, strict=True):
    pains = of(arm)
    start, end = arm.mean[0], arm.mean[2]
    sd = np.sqrt(arm.covariance[2, 2] + 0.25 * arm.covariance[0, 0] - arm.covariance[2, 0])
    expected, seen = stats.norm.cdf((0.5 * start - end) / sd), np.mean(pains[:, 2] <= 0.5 * pains[:, 0])
    print(f"{arm.arm_id}: half the pain or less, {seen:.0%} of patients; of normal patients {expected:.0%}")
    panel.hist(pains[:, 2], bins=np.arange(-0.5, 11), color="0.6")
    panel.set(title=f"{arm.arm_id}, week 6", xlabel="pain")
panels[0].set_ylabel("patients")
figure.tight_layout()

# %% [markdown]
# ## Diaries
# Daily entries become visits by windows: here the mean of the week that ends at the visit, of patients with at least four entries. The
# diary is made up.

# %%
rng = np.random.default_rng(0)
diary = pd.DataFrame(
    [
        ("drug", person, day, pain)
        for person in range(30)
        for day in range(-6, 29)
        if rng.random() > 0.3
        for pain in [np.clip(6.5 - 0.05 * max(day, 0) + 0.1 * person / 3 + rng.normal(), 0, 10).round()]
    ],
    columns=["arm_id", "patient_id", "time_days", "pain"],
)
weekly = patients_to_trials(
    diary,
    study={"study_id": "made_up"},
    windows=VisitWindows((0, 2, 4), first_day=-6, last_day=0, least_entries=4),
)
print(*weekly.notes, sep="\n")
weekly.observations[["time_weeks", "outcome", "value", "sd", "n", "flags"]]

# %% [markdown]
# ## A quick look
# One small trial informs few parameters, and a quick fit **only shows that everything works**. The correlation of visits is that of all
# studies: with one study alone, most of it is the prior. `tricyclic` is a class of treatments
# without a mechanism: a strength above 0 takes pain off, and its prior is centred at 0.

# %%
tree = fit_posterior(
    trials, Settings.from_preset("quick", model="time_course", chains=2, warmup=100, draws=100)
)
posterior = tree["posterior"]
for label, values in {
    "correlation of two visits": posterior["visit_correlation"],
    "strength of tricyclic": posterior["outside_relief"].sel(outside_class="tricyclic"),
}.items():
    low, middle, high = values.quantile([0.025, 0.5, 0.975]).values
    print(f"{label}: {middle:.2f} ({low:.2f} to {high:.2f})")

# %%
# The authors found no difference between amitriptyline and placebo.
low, high = posterior["outside_relief"].quantile([0.025, 0.975]).values
assert low < 0.0 < high

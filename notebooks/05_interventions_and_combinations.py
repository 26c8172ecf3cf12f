# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---
# %% [markdown]
# # Interventions and combinations
#
# *You learn to predict regimens, judge claims and plan a trial. It uses the run of notebook 2.*
#
# Nothing is fitted here. The model is solved for posterior and prior draws of each regimen. The run is the quick one of notebook 2, **so
# every number below shows how to read a result and none is a result**. For research only; nothing here is medical advice.

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

from windup.datasets import PlannedArm, PlannedTrial, RegimenFaults, RegimenPhase
from windup.fit import judge_claims, predict, read_run, simulate

run = read_run(RUN)
assert run.notices
print(f"model {run.settings.model}, {len(run.problem.design.studies)} studies", *run.notices, sep="\n")

# %% [markdown]
# ## Your regimens
# A regimen is a patient (condition, pain at enrolment) and phases of drugs, in the words and units of the table `dosing.csv`. Python and
# `windup predict --regimens` read the same file. A misspelt unit is an error with a remedy:

# %%
PATIENT = 'condition = "painful_diabetic_neuropathy"\nweeks = 20\nweeks_reported = [4, 12]\n'
PHASES = {
    "pregabalin 300 mg/day": [("pregabalin", 300, "mg/day")],
    "pregabalin 900 mg/day": [("pregabalin", 900, "mg/day")],
    "memantine 20 mg/day": [("memantine", 20, "mg/day")],
    "pregabalin + alpha-lipoic acid": [("pregabalin", 300, "mg/day"), ("ala", 600, "mg/day")],
}


def toml(name, phases):
    """A regimen of 12 weeks, followed to week 20."""
    each = "".join(
        f'[[regimen.phase]]\ndrug = "{drug}"\ndose = {dose}\nunit = "{unit}"\nstart_week = 0\nend_week = 12\n'
        for drug, dose, unit in phases
    )
    return f'[[regimen]]\nname = "{name}"\n{PATIENT}{each}'


file = Path("regimens.toml")
file.write_text(toml("misspelt", [("pregabalin", 300, "mg/dya")]))
try:
    predict(run, file)
except RegimenFaults as found:
    print(found)

# %%
file.write_text("\n".join(toml(name, phases) for name, phases in PHASES.items()))
found = predict(run, file)
effects = found.tables["effects"]
at_12 = effects[(effects["week"] == 12) & (effects["study"] == "mean")].set_index("regimen")
at_12[["basis", "reasons", "median", "low_95", "high_95", "prior_low_95", "prior_high_95"]].round(2)

# %% [markdown]
# ## The basis of a number
# Differences are from placebo in the same patient, in points; below 0 is relief. Read `basis` before the number. *Interpolation*: the
# drug, dose, time and condition were in trials of the fit. *Extrapolation*: some of this was not, and `reasons` lists it. The shape of the
# model then decides, and the interval does not include the possibility that this shape is wrong. *Prior-driven*: no included trial, or the
# data hardly changed the prior.

# %%
assert at_12.loc["pregabalin 300 mg/day", "basis"] == "interpolation"
assert at_12.loc["pregabalin 900 mg/day", "basis"] == "extrapolation"
assert "dose of pregabalin above the largest used" in at_12.loc["pregabalin 900 mg/day", "reasons"]
assert at_12.loc["memantine 20 mg/day", "basis"] == "prior-driven"
assert "combination unseen" in at_12.loc["pregabalin + alpha-lipoic acid", "reasons"]

courses = found.tables["courses"]
figure, every = plt.subplots(1, len(PHASES), figsize=(11, 3), sharey=True, layout="constrained")
for axes, name in zip(every, PHASES, strict=True):
    one = courses[(courses["regimen"] == name) & (courses["quantity"] == "pain")]
    axes.fill_between(
        one["week"], one["prior_low_95"], one["prior_high_95"], color="0.88", label="prior, 95 %"
    )
    axes.fill_between(
        one["week"], one["low_95"], one["high_95"], color="C0", alpha=0.4, label="posterior, 95 %"
    )
    axes.plot(one["week"], one["median"], color="C0", label="posterior, median")
    axes.axvline(12, color="0.5", linestyle=":")
    axes.set_title(f"{name}\n{one['basis'].iloc[0]}", fontsize=9)
    axes.set(xlabel="weeks", xlim=(0, 20), ylim=(0, 10))
every[0].set_ylabel("pain, 0-10, without\nthe placebo course")
every[0].legend(fontsize=7, loc="lower left")

# %% [markdown]
# ## Dose and wash-out
# `doses` has the last reported week at a quarter to twice the dose. `washout` has the remaining benefit at the end and its half-time.
# Half-times come from weekly values and are imprecise below a week.

# %%
doses = found.tables["doses"].query("regimen == 'pregabalin 300 mg/day'")
figure, axes = plt.subplots(figsize=(5, 3), layout="constrained")
axes.fill_between(doses["dose"], doses["low_95"], doses["high_95"], alpha=0.2, label="95 %")
axes.fill_between(doses["dose"], doses["low_50"], doses["high_50"], alpha=0.3, color="C0", label="50 %")
axes.plot(doses["dose"], doses["median"], "o-", label="median")
axes.axhline(0, color="0.5", linewidth=0.8)
axes.set(xlabel="pregabalin, mg/day", ylabel="difference from no drug\nat week 12, NRS points")
axes.legend(fontsize=8)
assert (np.diff(doses["median"]) < 0).all()

# %%
washout = found.tables["washout"].set_index("regimen")
left = washout["remaining_median"] / at_12["median"]
assert abs(left["pregabalin 300 mg/day"]) < 0.5
washout[
    ["stops_at_week", "horizon_week", "remaining_median", "half_gone_weeks_median", "draws_with_effect"]
].round(2)

# %% [markdown]
# ## Combinations
# Each combination is compared, draw by draw, with the sum of its drugs and with the best of them. `reasons` notes that no trial gave both.
# What exceeds the sum follows from the equations (here a slow linear state and a scale that ends at 0), not from data.

# %%
both = found.tables["combinations"].query("week == 12").iloc[0]
figure, axes = plt.subplots(figsize=(6.5, 2.4), layout="constrained")
bars = {
    "together, from no drug": "",
    "together, from the sum of both alone": "versus_additive_",
    "together, from the best one alone": "versus_best_",
}
for place, prefix in enumerate(bars.values()):
    for level, width in (("95", 2), ("50", 6)):
        axes.hlines(place, both[f"{prefix}low_{level}"], both[f"{prefix}high_{level}"], "C0", linewidth=width)
    axes.plot(both[f"{prefix}median"], place, "o", color="white", markeredgecolor="C0")
axes.axvline(0, color="0.5", linewidth=0.8)
axes.set_yticks(range(len(bars)), bars)
axes.set_ylim(len(bars) - 0.5, -0.5)
axes.set(xlabel="difference at week 12, NRS points (left: less pain)")
# The sum is met more closely than the effect is known.
assert both["versus_additive_high_95"] - both["versus_additive_low_95"] < 0.5 * (
    both["high_95"] - both["low_95"]
)

# %% [markdown]
# ## Claims
# A claim is a number per draw and a limit. The table shows its probability before and after the trials, and a verdict by fixed rules. A
# certainty from before the data is not a finding.

# %%
judged = judge_claims(run, draws=500).table
shown = judged[judged["arms_with_all"] > 0]
figure, axes = plt.subplots(figsize=(8, 0.26 * len(shown) + 1.2), layout="constrained")
for place, row in enumerate(shown.itertuples()):
    axes.plot([row.prior_probability, row.posterior_probability], [place, place], color="0.7")
axes.plot(shown["prior_probability"], range(len(shown)), "o", color="0.6", label="before the trials")
axes.plot(shown["posterior_probability"], range(len(shown)), "o", color="C0", label="after them")
axes.set_yticks(range(len(shown)), [f"{row.claim} ({row.verdict})" for row in shown.itertuples()], fontsize=8)
axes.invert_yaxis()
axes.set(xlabel="probability that the claim holds", xlim=(-0.02, 1.02))
axes.legend(fontsize=8)
assert judged["prior_probability"].between(0, 1).all()
judged["verdict"].value_counts()

# %% [markdown]
# ## A planned trial
# Two arms and three visits, at four sizes. *Power* belongs to one effect, here the posterior median. *Assurance* averages over the
# uncertainty about the drug, this study and its patients. It stays below the probability that the drug helps in a new study, however many
# patients there are.

# %%
pregabalin = RegimenPhase(drug="pregabalin", dose=300.0, unit="mg/day", start_week=0.0, end_week=12.0)
plans = tuple(
    PlannedTrial(
        name=f"{patients} per arm",
        condition="painful_diabetic_neuropathy",
        weeks=(4.0, 8.0, 12.0),
        dropout_per_week=0.015,
        arm=(
            PlannedArm(name="placebo", patients=patients),
            PlannedArm(name="pregabalin", patients=patients, phase=(pregabalin,)),
        ),
    )
    for patients in (15, 40, 100, 250)
)
simulated = simulate(run, plans)
arms = simulated.arms
arms[["trial", "basis", "assurance", "assurance_error", "power_at_median"]].round(2)

# %%
figure, axes = plt.subplots(figsize=(5, 3), layout="constrained")
sizes = [plan.arm[0].patients for plan in plans]
axes.errorbar(sizes, arms["assurance"], 2 * arms["assurance_error"], fmt="o-", label="assurance, ± 2 errors")
axes.plot(sizes, arms["power_at_median"], "s--", label="power at the median effect")
helps = simulated.trials.groupby("trial")["true_this_study"].agg(lambda each: (each < 0).mean())
axes.plot(sizes, helps[arms["trial"]], ":", color="0.4", label="it helps in this study")
axes.set(xlabel="patients per arm", ylabel="probability", ylim=(0, 1.05), xscale="log")
axes.set_xticks(sizes, sizes)
axes.minorticks_off()
axes.legend(fontsize=8)
assert (np.diff(arms["power_at_median"]) >= 0).all()
assert arms["power_at_median"].iloc[-1] > arms["assurance"].iloc[-1]

# %% [markdown]
# On the command line `windup predict`, `windup claims` and `windup simulate` do the same, and write a page, tables and figures. The draws of
# pain and magnesium allow contrasts that no table has:

# %%
pain = found.tree["posterior"]["pain"].sel(week=12.0)
fewer = pain.sel(regimen="pregabalin 900 mg/day") - pain.sel(regimen="pregabalin 300 mg/day")
print(
    f"900 against 300 mg/day at week 12: {float(fewer.median()):.2f} points (extrapolated, from a quick fit)"
)
assert float((fewer < 0).mean()) > 0.95

# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---
# %% [markdown]
# # From CSV to fit
#
# *You learn how tables become a run folder, and how to read it back.*
#
# Published trials are three tables, and a fit writes a run folder. This notebook fits the model `turnover` to a fifth of the studies with
# the preset `quick`, **which only shows that everything works**; every file carries a warning. The real fit is `make fit`.

# %%
from pathlib import Path

import pandas as pd

from windup.datasets import check_counts, load_trials, packaged_trials
from windup.fit import Settings, fit_posterior, run_fit

trials = packaged_trials(blocks=())
check_counts(trials)

# %% [markdown]
# These are the rows on 0-10, of randomised trials of drugs of the models. Blocks of the likelihood add more; all but one are on by default
# (docs/how-to/blocks.md). Each row of the observations has its source, the place in the source, and how it was read. A row that the fit excludes has a reason.

# %%
trials.observations.loc[
    trials.observations["used"], ["study_id", "arm_id", "time_weeks", "kind", "estimate", "standard_error"]
].head()

# %%
trials.observations.loc[~trials.observations["used"], "reason"].value_counts().head(8)

# %% [markdown]
# ## A smaller folder of trials
# Any folder with `studies.csv`, `dosing.csv` and `observations.csv` loads in the same way. This one holds every fifth included study.

# %%
chosen = set(trials.observations.loc[trials.observations["used"], "study_id"].unique()[::5])
folder = Path("few_trials")
folder.mkdir(exist_ok=True)
for name, content in trials.files.items():
    (folder / name).write_bytes(content)
    table = pd.read_csv(folder / name, dtype=str, keep_default_na=False)
    table[table["study_id"].isin(chosen)].to_csv(folder / name, index=False)
few = load_trials(folder, blocks=())
len(few.studies)

# %% [markdown]
# ## Fit
# The same as `windup fit --data few_trials --model turnover --preset quick --block none --out runs/notebook`.

# %%
settings = Settings.from_preset("quick", model="turnover", data=folder, blocks=(), out=Path("runs/notebook"))
outcome = run_fit(settings, fit_posterior, overwrite=True)
sorted(path.name for path in outcome.folder.iterdir())

# %%
print((outcome.folder / "summary.md").read_text())

# %% [markdown]
# ## Read it back
# `posterior.nc` is an arviz `DataTree` with named dimensions; tables are CSV.

# %%
effects = pd.read_csv(outcome.folder / "drug_effects.csv")
effects[["drug", "median", "low_95", "high_95", "prior_low_95", "prior_high_95", "contraction"]].round(2)

# %%
assert outcome.record is not None
assert not outcome.record["converged"] or outcome.record["notices"]

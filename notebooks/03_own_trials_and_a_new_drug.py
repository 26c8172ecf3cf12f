# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---
# %% [markdown]
# # Your own trials and a new drug
#
# Three tables are a folder of trials. Here a **made-up** trial of a drug that windup does not know ("duloxine"; no such drug exists)
# joins a few published studies. Two more tables, of one row each, describe the drug.

# %%
from pathlib import Path

import pandas as pd

from windup.datasets import DataFaults, load_trials, packaged_trials
from windup.fit import Settings, fit_posterior

published = packaged_trials()
chosen = set(published.observations.loc[published.observations["used"], "study_id"].unique()[::10])
folder = Path("own_trials")
folder.mkdir(exist_ok=True)
for name, content in published.files.items():
    (folder / name).write_bytes(content)
    table = pd.read_csv(folder / name, dtype=str, keep_default_na=False)
    table[table["study_id"].isin(chosen)].to_csv(folder / name, index=False)


def add(name, rows):
    """Rows below a table; columns that they do not name stay empty."""
    table = pd.read_csv(folder / name, dtype=str, keep_default_na=False)
    pd.concat([table, pd.DataFrame(rows).astype(str)]).fillna("").to_csv(folder / name, index=False)


# %% [markdown]
# ## The trial: two arms, three visits

# %%
trial = {"study_id": "made_up_trial"}
add(
    "studies.csv",
    [
        {
            **trial,
            "citation": "made up for this notebook",
            "condition": "painful_diabetic_neuropathy",
            "design": "parallel_rct",
            "crossover": "no",
            "withdrawal": "no",
            "source_url": "https://example.org/made-up",
        }
    ],
)
add(
    "dosing.csv",
    [
        {
            **trial,
            "arm_id": "duloxine",
            "n_randomised": 150,
            "drug": "duloxine",
            "substance": "duloxine",
            "dose_per_administration": 60,
            "dose_unit": "mg/day",
            "start_week": 0,
            "end_week": 12,
        },
        {
            **trial,
            "arm_id": "placebo",
            "n_randomised": 150,
            "drug": "placebo",
            "substance": "placebo",
            "start_week": 0,
            "end_week": 12,
        },
    ],
)
pains = {"duloxine": (6.0, 4.0, 3.6), "placebo": (6.1, 5.0, 4.8)}
add(
    "observations.csv",
    [
        {
            **trial,
            "row_id": f"made_up_{arm}_{week}",
            "arm_id": arm,
            "time_weeks": week,
            "outcome": "pain_intensity",
            "scale": "NRS_0_10",
            "value": value,
            "sd": 2.0,
            "n": 150,
            "used": "yes",
            "source": "https://example.org/made-up",
            "location": "this notebook",
            "how": "reported: made up",
        }
        for arm, values in pains.items()
        for week, value in zip((0, 4, 12), values, strict=True)
    ],
)

# %% [markdown]
# Nothing is guessed: windup does not know the drug, and says so with its place and what to do.

# %%
try:
    load_trials(folder)
except DataFaults as faults:
    print(faults)

# %% [markdown]
# ## The drug: a row for what it is, and one for where it acts
# Its strength at the reference dose has a prior that is centred at no effect. A row without a source would be refused; an opinion is marked
# `expert`.

# %%
pd.DataFrame(
    [
        {
            "drug": "duloxine",
            "label": "duloxine",
            "unit": "mg/day",
            "reference_dose": 60,
            "reference_dose_source": "expert: made up for this notebook",
            "usual_low": 20,
            "usual_high": 120,
            "usual_source": "expert: made up for this notebook",
        }
    ]
).to_csv(folder / "drugs.csv", index=False)
pd.DataFrame(
    [
        {
            "model": "cascade",
            "drug": "duloxine",
            "target": "other",
            "sign": "lowers",
            "prior_sd": 0.5,
            "source": "expert: made up for this notebook",
        }
    ]
).to_csv(folder / "actions.csv", index=False)
trials = load_trials(folder)
trials.observations.loc[
    trials.observations["study_id"] == "made_up_trial",
    ["arm_id", "time_weeks", "kind", "estimate", "standard_error"],
]

# %% [markdown]
# ## The fit
# The model without a mechanism takes points off. It needs no row of `actions.csv`, as it has one point of action only; the row above is
# for the cascade.

# %%
tree = fit_posterior(
    trials, Settings.from_preset("quick", model="time_course", chains=2, warmup=150, draws=150)
)
relief = tree["posterior"]["duloxine_relief"]
low, high = relief.quantile([0.025, 0.975]).values
print(
    f"duloxine 60 mg/day takes off {float(relief.median()):.1f} points ({low:.1f} to {high:.1f}; a quick fit, no conclusion)"
)

# %%
# The made-up trial has 1.2 points more relief than placebo at week 12, of which its own patients' deviation may take some.
assert low < 1.2 < high
assert float((relief > 0.0).mean()) > 0.8

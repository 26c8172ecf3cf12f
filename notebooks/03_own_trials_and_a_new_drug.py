# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---
# %% [markdown]
# # Own trials and a new drug
#
# Three tables are a folder of trials. Here a **made-up** trial of a drug that windup does not know ("duloxine"; no such drug exists)
# joins a few published studies, and one line adds the drug to a model.

# %%
from pathlib import Path

import pandas as pd

from windup.datasets import DataFaults, load_trials, packaged_trials
from windup.fit import Settings, fit_posterior
from windup.models import TimeCourse, WithDrug

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
            "drug": "own",
            "substance": "duloxine",
            "dose_per_administration": 1,
            "dose_unit": "usual daily doses",
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
# Nothing is guessed: the unit is misspelt above, and what is wrong is said, all at once, with what to do.

# %%
try:
    load_trials(folder)
except DataFaults as found:
    print(found)

# %%
dosing = (folder / "dosing.csv").read_text()
(folder / "dosing.csv").write_text(dosing.replace("usual daily doses", "usual daily dose"))
trials = load_trials(folder)
trials.observations.loc[
    trials.observations["study_id"] == "made_up_trial",
    ["arm_id", "time_weeks", "kind", "estimate", "standard_error"],
]

# %% [markdown]
# ## The drug: one line
# `own` is a drug of yours, dosed in usual daily doses. In the cascade it acts where you say, e.g. `WithDrug(Cascade(), "microglia")`;
# in the model without a mechanism it takes points off. Its prior is centred at no effect and says that it is an expert's.

# %%
model = WithDrug(TimeCourse(), "relief")
tree = fit_posterior(
    trials, Settings.from_preset("quick", model="time_course", chains=2, warmup=150, draws=150), model=model
)
relief = tree["posterior"]["own_relief"]
low, high = relief.quantile([0.025, 0.975]).values
print(
    f"duloxine at its usual dose takes off {float(relief.median()):.1f} points ({low:.1f} to {high:.1f}; a quick fit, no conclusion)"
)

# %%
# The made-up trial has 1.2 points more relief than placebo at week 12, of which its own patients' deviation may take some.
assert low < 1.2 < high
assert float((relief > 0.0).mean()) > 0.8

"""The trials behind each reported effect, kept with the draws so that every reader of a run has them."""

from __future__ import annotations

import pandas as pd
import xarray as xr

from windup.datasets import Trials
from windup.fit.design.arrays import Design
from windup.fit.design.doses import ArmDoses, Phase
from windup.fit.design.measured.trial_effects import trial_effects
from windup.fit.design.support import arms_with, beyond, support_of
from windup.fit.diagnostics.effects import EVIDENCE, TRIAL_EFFECTS
from windup.fit.diagnostics.estimand import REFERENCE_CONDITION
from windup.fit.posterior.regimens import DAYS, reported_regimens
from windup.fit.problem.problem import Problem


def with_evidence(tree: xr.DataTree, problem: Problem, trials: Trials) -> xr.DataTree:
    """The same tree with the groups ``evidence`` and ``trial_effects``."""
    more = tree.copy()
    more[EVIDENCE] = xr.DataTree(xr.Dataset.from_dataframe(evidence(problem, trials).set_index("drug")))
    effects = trial_effects(trials).rename_axis("row")
    more[TRIAL_EFFECTS] = xr.DataTree(xr.Dataset.from_dataframe(effects))
    return more


def evidence(problem: Problem, trials: Trials) -> pd.DataFrame:
    """What the trials hold of each reported regimen.

    Parameters
    ----------
    problem
        The fit: its model has the regimens, its design the included arms.
    trials
        That it was built from.

    Returns
    -------
    pandas.DataFrame
        By ``drug`` (name of the regimen): ``treatment`` (drug of the tables), ``beyond`` (in what the
        regimen in the reference patient goes beyond the trials, joined by ``; ``), ``trials``, ``arms`` and
        ``rows`` of people in pain who got the drug, and ``patients``, those randomised to these arms (or
        analysed, where that alone is printed; of a contrast, half in each arm).
    """
    design = problem.design
    patients = _patients(trials, design)
    table = []
    for regimen in reported_regimens(problem.model.pharmacology.drugs):
        label, drug, column, dose, days = regimen
        known, chosen = support_of(design, (drug,)), arms_with(design, (drug,))
        doses = ArmDoses(0.0, (Phase(column, drug, 0.0, days, dose),), untreated=False, treated_from_day=0.0)
        table.append(
            {
                "drug": label,
                "treatment": drug,
                "beyond": "; ".join(beyond(design, doses, REFERENCE_CONDITION, DAYS)),
                "trials": known.studies,
                "arms": known.arms,
                "rows": known.rows,
                "patients": sum(patients.get(design.arms[arm], 0.0) for arm in chosen),
            }
        )
    return pd.DataFrame(table)


def _patients(trials: Trials, design: Design) -> dict[str, float]:
    """Number of patients by ``study/arm``; 0 where none is printed."""
    keys = ["study_id", "arm_id"]
    rows = design.table[[*keys, "reference_arm", "n"]]
    contrasts = rows["reference_arm"] != ""
    rows = rows.assign(n=rows["n"].where(~contrasts, rows["n"] / 2.0))
    references = rows[contrasts].assign(arm_id=rows["reference_arm"])
    analysed = pd.concat([rows, references]).groupby(keys)["n"].max()
    sizes = trials.dosing.groupby(keys)["n_randomised"].max().fillna(analysed).fillna(0.0)
    names = ["/".join(map(str, key)) for key in sizes.index]
    return dict(zip(names, sizes.to_numpy(float), strict=True))

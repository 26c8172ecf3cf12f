"""A model and its trials as one problem for a sampler."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from windup.datasets import Trials
from windup.fit.design.arrays import DRUG_COLUMNS, observed_in
from windup.fit.design.buckets import build_buckets
from windup.fit.design.build import build_design
from windup.fit.errors import SettingsError
from windup.fit.problem.drug_responses import responding_drugs
from windup.fit.problem.problem import Problem
from windup.models import OWN, Cascade, PainModel, PlaceboOnly, SingleLoop, TimeCourse, Turnover


def model_named(name: str) -> PainModel[Any, Any]:
    """Model of a checked setting."""
    models: dict[str, Callable[[], PainModel[Any, Any]]] = {
        "cascade": Cascade,
        "turnover": Turnover,
        "single_loop": SingleLoop,
        "time_course": TimeCourse,
        "placebo_only": PlaceboOnly,
    }
    return models[name]()


def build_problem(trials: Trials, model: PainModel[Any, Any], *, refinement: int = 1) -> Problem:
    """A model and the data it is fitted to, as arrays, on a mesh whose steps are cut into ``refinement``.

    Raises
    ------
    SettingsError
        When the trials give a drug of the user's own and the model knows none.
    """
    design = build_design(trials, refinement=refinement)
    drugs = tuple(sorted({drug for study in design.study_drugs for drug in study}))
    knows = isinstance(model, PlaceboOnly) or any(p.name.startswith(f"{OWN}_") for p in model.parameters())
    if OWN in drugs and not knows:
        raise SettingsError(
            f"Arms of these trials got a drug of your own ('{OWN}'), and '{model.name}' knows none. Fit from "
            "Python with fit_posterior(..., model=WithDrug(model, acts_on)), or set their rows to used = no."
        )
    index = np.zeros((len(design.studies), DRUG_COLUMNS), int)
    for study, names in enumerate(design.study_drugs):
        for column, drug in enumerate(names[:DRUG_COLUMNS]):
            index[study, column] = drugs.index(drug)
    responding = responding_drugs(model, design)
    buckets = build_buckets(design)
    return Problem(model, design, observed_in(design), buckets, drugs, index, responding)

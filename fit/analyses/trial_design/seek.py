"""The designs of a trial that teach most: the function behind ``windup design``."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
import pandas as pd

from windup.datasets import LEAST_PATIENTS, DesignQuestion, load_design_questions
from windup.fit.analyses.prediction.predict import conditions_in
from windup.fit.analyses.trial_design.candidates import TrialDesign, designs_within
from windup.fit.analyses.trial_design.courses import Told, told_by
from windup.fit.analyses.trial_design.plan import plan_text
from windup.fit.analyses.trial_design.subjects import Subject, subject_of
from windup.fit.errors import SettingsError
from windup.fit.execution.process import prepare_process
from windup.fit.execution.progress import Progress, renamed, silent
from windup.fit.runs.fitted_run import FittedRun

DRAWS = 1000
SHOWN = 10
"""Designs of each question that are judged by draws that the search has not seen."""
BUDGETS = (0.25, 0.5, 1.0, 2.0, 4.0)
"""Multiples of the budget at which the best design is sought."""
# Of two cases, designs that are judged after all were sorted by their linear information.
_REFINED = 40


class Found(NamedTuple):
    """Designs of every question.

    Attributes
    ----------
    questions
        Per question: what is not known now, and how much of it the best design is expected to tell.
    designs
        The best designs of each question, in the order of the search: ``information_nats`` with its
        Monte-Carlo error, from draws that the search has not seen, and ``sought_nats`` from its own.
    budgets
        Per question and budget: what the best design of the search tells, and the median one.
    plans
        TOML text of the best design, as ``windup simulate`` reads it, by question; none for one with a
        procedure.
    """

    questions: pd.DataFrame
    designs: pd.DataFrame
    budgets: pd.DataFrame
    plans: dict[str, str]


def design_trials(
    runs: tuple[FittedRun, ...],
    questions: Path | tuple[DesignQuestion, ...],
    *,
    draws: int = DRAWS,
    of: Literal["posterior", "prior"] = "posterior",
    seed: int = 0,
    progress: Progress = silent,
) -> Found:
    """Seek doses, visits, arms and numbers of patients that teach most about a question within a budget.

    Parameters
    ----------
    runs
        From `windup.fit.read_run`: one, or two for questions about the model.
    questions
        A TOML file, or questions.
    draws
        Of each run: one half for the search, the other to judge what it found.
    of
        What is known before the trial: the ``posterior`` of the run, or its ``prior``.
    seed
        Of studies and trials.
    progress
        Called with the progress, in draws.

    Returns
    -------
    Found
        Every design is a choice of the question's arms, visits and allocation with as many patients as the
        budget pays for; all of them are judged (`windup.fit.analyses.trial_design.information`).

    Raises
    ------
    RegimenFaults
        With every fault of the file.
    SettingsError
        When a question needs another number of runs, or a model has no loop.
    """
    prepare_process()
    first = runs[0]
    chosen = (
        load_design_questions(questions, catalogue=first.trials.catalogue, conditions=conditions_in(first))
        if isinstance(questions, Path)
        else questions
    )
    _check(runs, chosen)
    generator = np.random.default_rng(seed)
    told = [
        told_by(
            generator,
            run,
            chosen,
            run.draws(draws, of=of),
            renamed(progress, f"{{phase}} with {run.folder.name}"),
        )
        for run in runs
    ]
    parts = [
        _answered(generator, question, tuple(of_run[number] for of_run in told))
        for number, question in enumerate(chosen)
    ]
    summaries, designs, budgets, plans = zip(*parts, strict=True)
    return Found(
        pd.DataFrame(summaries),
        pd.DataFrame([row for rows in designs for row in rows]),
        pd.DataFrame([row for rows in budgets for row in rows]),
        {question.name: plan for question, plan in zip(chosen, plans, strict=True) if plan},
    )


def _check(runs: tuple[FittedRun, ...], questions: tuple[DesignQuestion, ...]) -> None:
    """Whether the runs are those that the questions need."""
    of_models = [question.name for question in questions if question.about == "model"]
    if of_models and len(runs) != 2:
        raise SettingsError(
            f"The question '{of_models[0]}' is about which model is right, and needs two runs; "
            f"{len(runs)} {'is' if len(runs) == 1 else 'are'} given."
        )
    if len(runs) > 1 and len(of_models) < len(questions):
        other = next(question.name for question in questions if question.about != "model")
        raise SettingsError(f"The question '{other}' is about one model; give one run, or ask it apart.")
    for run in runs:
        if not run.problem.model.loops and any(question.about == "gain" for question in questions):
            raise SettingsError(f"The model '{run.settings.model}' has no loop whose gain could be above 1.")


def _answered(
    generator: np.random.Generator, question: DesignQuestion, told: tuple[Told, ...]
) -> tuple[dict[str, Any], list[dict[str, Any]], list[dict[str, Any]], str]:
    """Row of a question, rows of its designs and budgets, and its plan."""
    subject = subject_of(question, told)
    asked = {"question": question.name, "about": question.about, "condition": question.condition}
    reason = subject.too_few
    if not reason and not designs_within(question, question.budget):
        reason = f"With every allocation the budget pays for fewer than {LEAST_PATIENTS} patients of an arm."
    if reason:
        return {**asked, **subject.described(float("nan")), "reason": reason}, [], [], ""
    seeking, judging = subject.half(0), subject.half(1)
    of_budget = {
        multiple: ranked
        for multiple in BUDGETS
        if (ranked := _ranked(generator, seeking, designs_within(question, multiple * question.budget)))
    }
    sought = of_budget[1.0]
    judged = [(design, nats, judging.judged(generator, design)) for design, nats in sought[:SHOWN]]
    designs = [
        {
            "question": question.name,
            "rank": rank,
            **_described(question, design),
            "information_nats": found.nats,
            "information_error": found.error,
            "sought_nats": nats,
        }
        for rank, (design, nats, found) in enumerate(judged, start=1)
    ]
    budgets = []
    for multiple, ranked in of_budget.items():
        found, middle = (judging.judged(generator, ranked[place][0]) for place in (0, len(ranked) // 2))
        row = {"question": question.name, "budget": multiple * question.budget, "designs": len(ranked)}
        row |= {"best_nats": found.nats, "best_error": found.error, "median_nats": middle.nats}
        budgets.append({**row, **_described(question, ranked[0][0])})
    best = judged[0][0]
    summary = {
        **asked,
        "designs": len(sought),
        "budget": question.budget,
        **_described(question, best),
        "information_nats": judged[0][2].nats,
        "information_error": judged[0][2].error,
        "median_nats": judging.judged(generator, sought[len(sought) // 2][0]).nats,
        **subject.described(judged[0][2].nats),
        "reason": "",
    }
    return summary, designs, budgets, plan_text(question, best)


def _ranked(
    generator: np.random.Generator, subject: Subject, designs: tuple[TrialDesign, ...]
) -> list[tuple[TrialDesign, float]]:
    """Designs from the best one down, with their information; beyond the first ones it is the linear one."""
    found = sorted(((design, subject.linear(design)) for design in designs), key=lambda each: -each[1])
    if subject.is_linear:
        return found
    first = [(design, subject.judged(generator, design).nats) for design, _ in found[:_REFINED]]
    return [*sorted(first, key=lambda each: -each[1]), *found[_REFINED:]]


def _described(question: DesignQuestion, design: TrialDesign) -> dict[str, Any]:
    return {
        "arms": "; ".join(question.arm[arm].name for arm in design.arms),
        "patients": "; ".join(str(count) for count in design.patients),
        "weeks": "; ".join(f"{question.visits[visit]:g}" for visit in design.visits),
        "cost": design.cost,
    }

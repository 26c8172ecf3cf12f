"""A design as a plan that ``windup simulate`` reads."""

from __future__ import annotations

import json
from typing import Any

from windup.datasets import DesignQuestion
from windup.fit.analyses.trial_design.candidates import TrialDesign


def plan_text(question: DesignQuestion, design: TrialDesign) -> str:
    """TOML text of a ``[[trial]]``; empty where an arm has a procedure, or no other arm is treated.

    Parameters
    ----------
    question
        Whose patients and arms they are.
    design
        Arms, visits and numbers of patients.
    """
    arms = [question.arm[number] for number in design.arms]
    if any(arm.procedure for arm in arms) or not any(arm.phase for arm in arms[1:]):
        return ""
    weeks = [question.visits[visit] for visit in design.visits]
    lines = [
        "[[trial]]",
        *_lines(
            {
                "name": question.name,
                "condition": question.condition,
                "pain": question.pain,
                "pain_sd": question.pain_sd,
                "magnesium_intake": question.magnesium_intake,
                "weeks": weeks,
                "dropout_per_week": question.dropout_per_week,
            }
        ),
    ]
    for arm, patients in zip(arms, design.patients, strict=True):
        told = {"name": arm.name, "patients": patients, "dropout_per_week": arm.dropout_per_week}
        lines += ["", "[[trial.arm]]", *_lines(told)]
        for phase in arm.phase:
            # Nothing is planned after the last visit.
            if phase.start_week <= weeks[-1]:
                told = {**phase.model_dump(), "end_week": min(phase.end_week, weeks[-1])}
                lines += ["", "[[trial.arm.phase]]", *_lines(told)]
    return "\n".join(lines) + "\n"


def _lines(values: dict[str, Any]) -> list[str]:
    # Texts, numbers and lists of JSON are those of TOML.
    return [
        f"{key} = {json.dumps(value, ensure_ascii=False)}"
        for key, value in values.items()
        if value is not None
    ]

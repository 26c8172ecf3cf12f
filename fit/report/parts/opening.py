"""The first screen of a report: findings, the forest plot of all treatments, and the checks."""

from __future__ import annotations

from collections.abc import Iterator

from windup.datasets import FEWEST_ROWS, scarce_treatments
from windup.fit.design.basis import BASES, EXTRAPOLATION, INTERPOLATION, NOT_RECORDED, PRIOR_DRIVEN
from windup.fit.diagnostics.estimand import reference_estimand
from windup.fit.display.blocks import Paragraph, Verdict
from windup.fit.display.format import number, probability
from windup.fit.display.text import clipped
from windup.fit.report.document.elements import Answer, Chip, Opening, Picture, Section, State
from windup.fit.report.document.pictures import picture
from windup.fit.report.document.subject import ALL_LOOPS, Subject
from windup.fit.report.parts.plan import NAME, TITLE, plan_state
from windup.fit.report.parts.verdicts import (
    calibration_question,
    comparison_question,
    sampler_question,
    solver_question,
)
from windup.fit.runs.figures_effects import drug_effects_figure
from windup.fit.runs.page import ONE_PATIENT
from windup.fit.settings.priors import is_choice

_BASIS_WORDS = {
    INTERPOLATION: "interpolated",
    EXTRAPOLATION: "extrapolated",
    PRIOR_DRIVEN: "prior-driven",
    NOT_RECORDED: "of unknown basis",
}
_STATES: dict[Answer, State] = {"yes": "passed", "no": "failed", "not known": "not run"}


def opening_part(subject: Subject) -> Section:
    """What was found, and whether the checks passed, below red notices; then what is hardly tested."""
    notices = (Verdict(sentence, good=False) for sentence in subject.record["notices"])
    opening = Opening(tuple(_findings(subject)), _forest(subject), tuple(_chips(subject)))
    return Section("results", "Results", (*notices, opening, Paragraph(_of_evidence(subject))))


def _findings(subject: Subject) -> Iterator[str]:
    yield _of_effects(subject)
    yield _of_loops(subject)
    yield _of_comparison(subject)


def _of_effects(subject: Subject) -> str:
    if not subject.record["drug_effects"]:
        return "This model has no effect of a drug."
    effects = subject.effects
    sure = effects[effects["high_95"] < 0.0]
    split = [
        f"{count} {_BASIS_WORDS[basis]}" for basis in BASES if (count := int((sure["basis"] == basis).sum()))
    ]
    return (
        f"{len(sure)} of {len(effects)} treatments reduce pain more than placebo (95 % CrI below 0)"
        f"{': ' if split else ''}{', '.join(split)}."
    )


def _of_evidence(subject: Subject) -> str:
    scarce = scarce_treatments(subject.run.trials)
    few = f"fewer than {FEWEST_ROWS} included observations of pain"
    if not scarce:
        return f"No treatment has {few}."
    named = ", ".join(f"{clipped(subject.labels.of(drug), 60)} ({rows})" for drug, rows in scarce.items())
    return f"The trials hold hardly anything on {len(scarce)} treatments ({few}): {named}."


def _of_loops(subject: Subject) -> str:
    gains = subject.record["loop_gains"]
    if not gains:
        return "This model has no feedback loops."
    single = [row for row in gains if row["loop"] != ALL_LOOPS]
    above = sum((row["probability_above_one"] or 0.0) > 0.5 for row in single)
    driven = sum(row["prior_driven"] for row in single)
    text = f"{above} of {len(single)} feedback loops probably sustain themselves (gain above 1)"
    text += f"; {driven} of {len(single)} prior-driven." if driven else "."
    for row in gains:
        if row["loop"] == ALL_LOOPS:
            text += (
                f" All loops together: gain {number(row['median'], 2)} (95 % CrI {number(row['low_95'], 2)} "
                f"to {number(row['high_95'], 2)}), P(gain > 1) {probability(row['probability_above_one'])}."
            )
    return f"{text} {ONE_PATIENT}" if subject.record.get("patients") == "mean" else text


def _of_comparison(subject: Subject) -> str:
    asked, found = comparison_question(subject), subject.result("compare")
    if found is None:
        return "No comparison with other models was run: whether these trials need the mechanism is open."
    answer = {"shown": "The trials need the mechanism", "not shown": "A need for the mechanism is not shown"}
    lead = answer.get(asked.answer, "The cascade was not compared")
    return f"{lead}. {clipped(str(found.record['verdict']), 300)}"


def _forest(subject: Subject) -> Picture | None:
    effects = subject.record["drug_effects"]
    if not effects:
        return None
    told = "; ".join(
        f"{row['drug']} {number(row['median'], 2)} ({number(row['low_95'], 2)} to "
        f"{number(row['high_95'], 2)})"
        for row in effects
    )
    drawn = drug_effects_figure(subject.effects, subject.trial_effects)
    # The estimand is the caption of the page; inside the figure it would stand twice.
    drawn.supxlabel("")
    return picture(
        drawn,
        alt=f"Forest plot of {len(effects)} treatments with the trials behind each, NRS points, median and "
        f"95 % credible interval: {clipped(told, 1500)}.",
        caption=reference_estimand(),
    )


def _chips(subject: Subject) -> Iterator[Chip]:
    if subject.plan is not None:
        yield Chip(TITLE, plan_state(subject.plan), NAME)
    for text, asked in (
        ("Sampler", sampler_question(subject)),
        ("Solver", solver_question(subject)),
        ("Calibration", calibration_question(subject)),
    ):
        yield Chip(text, _STATES[asked.answer], asked.part)
    compared = subject.result("compare")
    if compared is not None:
        # Which model predicts best is a finding; whether the compared fits can be relied on is a check.
        yield Chip(
            "Held-out comparison",
            "done" if all(map(is_choice, compared.record["notices"])) else "failed",
            "rivals",
        )
    elif subject.result("score") is not None:
        yield Chip("Held-out prediction", "done", "new-trials")
    else:
        yield Chip("Held-out comparison", "not run", "rivals")

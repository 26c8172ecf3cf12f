"""The part of a report on what treatments do: forest plots, courses, doses, combinations, wash-out."""

from __future__ import annotations

from windup.fit.analyses.prediction.page import predict_page
from windup.fit.diagnostics.effects import EVIDENCE, drug_effects, trials_in
from windup.fit.diagnostics.estimand import reference_estimand
from windup.fit.display.blocks import Heading, Paragraph
from windup.fit.display.format import number
from windup.fit.display.text import clipped
from windup.fit.posterior.evidence import with_evidence
from windup.fit.report.document.elements import Picture, ReportBlock, Section, within
from windup.fit.report.document.pictures import picture, picture_of
from windup.fit.report.document.results import CommandResult
from windup.fit.report.document.subject import Subject
from windup.fit.runs.figures_effects import drug_effects_figure
from windup.fit.runs.page import effect_blocks

# Name of the image that `windup predict` draws, what it is, and what is seen.
_IMAGES = {
    "effects": ("Forest plot of all regimens at their last reported week.", "Forest plot"),
    "trials": ("Effect over time next to what each trial measured.", "Effects over time and the trials"),
    "courses": ("Effect over time with 50 and 95 % credible intervals.", "Effects over time"),
    "doses": ("Dose and response at the last reported week.", "Dose-response curves"),
    "combinations": (
        "Combinations minus their best drug, and minus the sum of their drugs.",
        "Contrasts of combinations",
    ),
    "magnesium": ("Serum and cerebrospinal magnesium.", "Courses of magnesium"),
}


def effects_part(subject: Subject) -> Section:
    """Differences from placebo at 12 weeks, as every run has them."""
    record = subject.record
    effects = record["drug_effects"]
    if not effects:
        return Section(
            "effects", "Effects of treatments", (Paragraph("This model has no effect of a drug."),)
        )
    told = "; ".join(
        f"{row['drug']} {number(row['median'], 2)} ({number(row['low_95'], 2)} to "
        f"{number(row['high_95'], 2)})"
        for row in effects
    )
    # Runs of earlier versions hold neither the trials nor what the effects rest on.
    tree = subject.run.tree
    if EVIDENCE not in tree.children:
        tree = with_evidence(tree, subject.run.problem, subject.run.trials)
    forest = picture(
        drug_effects_figure(drug_effects(tree), trials_in(tree)),
        alt=f"Forest plot of {len(effects)} treatments with the trials behind each, NRS points, median and "
        f"95 % credible interval: {clipped(told, 1500)}.",
        caption=reference_estimand(),
    )
    return Section("effects", "Effects of treatments at 12 weeks", (*effect_blocks(record), forest))


def predictions_part(found: CommandResult) -> Section:
    """What `windup predict` left."""
    record = found.record
    pictures: list[ReportBlock] = [
        _image(found, name, caption, lead)
        for name, (caption, lead) in _IMAGES.items()
        if name in found.images
    ]
    blocks = (*pictures, *within(predict_page(record)))
    if "doses" not in found.images:
        blocks = (*blocks, Paragraph("No dose-response: no regimen of the file asks for other doses."))
    return Section("predictions", "Predictions of regimens", (Heading("Figures"), *blocks))


def _image(found: CommandResult, name: str, caption: str, lead: str) -> Picture:
    record = found.record
    rows = record["combinations"] if name == "combinations" else record["effects"]
    told = "; ".join(
        f"{row['regimen']} {number(row['median'], 2)} ({row['basis']})"
        for row in sorted(rows, key=lambda row: row["median"])
    )
    alt = f"{lead} of {len(rows)} regimens. Medians, NRS points: {told}."
    if name == "magnesium":
        alt = f"{lead} in the regimens with magnesium, with bands of posterior and prior."
    return picture_of(found.images[name], alt=clipped(alt, 1500), caption=caption)

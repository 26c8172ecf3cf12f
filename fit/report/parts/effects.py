"""The parts of a report on what treatments do: effects at 12 weeks, and predictions of regimens."""

from __future__ import annotations

from windup.fit.analyses.prediction.page import predict_page
from windup.fit.display.blocks import Heading, Paragraph
from windup.fit.display.covariates import covariate_blocks
from windup.fit.display.format import number
from windup.fit.display.own_trials import own_trial_blocks
from windup.fit.display.text import clipped
from windup.fit.report.document.elements import Picture, ReportBlock, Section, within
from windup.fit.report.document.pictures import picture_of
from windup.fit.report.document.results import CommandResult
from windup.fit.report.document.subject import Subject
from windup.fit.runs.page import effect_blocks
from windup.fit.storage.formats import as_plain

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
    # The record of an earlier version does not hold what the effects rest on.
    rows = [{str(key): value for key, value in row.items()} for row in subject.effects.to_dict("records")]
    enriched = {**record, "drug_effects": as_plain(rows), "labels": subject.labels.by_name}
    return Section(
        "effects",
        "Effects of treatments at 12 weeks",
        (*effect_blocks(enriched), *own_trial_blocks(enriched), *covariate_blocks(enriched)),
    )


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

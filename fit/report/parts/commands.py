"""Parts of a report that show what one command left, with its page and its figures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from windup.fit.analyses.pages import page_of
from windup.fit.display.blocks import Paragraph
from windup.fit.display.text import clipped
from windup.fit.report.document.elements import Section, within
from windup.fit.report.document.pictures import picture_of
from windup.fit.report.document.results import CommandResult
from windup.fit.report.parts.effects import predictions_part

# Anchor and title of the part of each command.
TITLES: Mapping[str, tuple[str, str]] = {
    "calibrate": ("calibration", "Calibration of the model by simulation"),
    "compare": ("rivals", "Comparison with other models"),
    "predict": ("predictions", "Predictions of regimens: forests, courses, doses, combinations"),
    "claims": ("claims", "Claims about pain and its treatment"),
    "sensitivity/power-scaling": (
        "power-scaling",
        "What the posterior owes to prior and data (power-scaling)",
    ),
    "sensitivity/sobol": ("sobol", "Sensitivity: shares of variance (Sobol')"),
    "sensitivity/morris": ("morris", "Sensitivity: elementary effects (Morris)"),
    "sensitivity/local": ("local", "Sensitivity: derivatives"),
    "sensitivity/prior-refit": ("prior-refit", "Sensitivity: fits with other prior widths"),
    "sensitivity/block-refit": ("block-refit", "Sensitivity: fits without a part of the likelihood"),
    "identify": ("identifiability", "Identifiability"),
    "score": ("new-trials", "Trials that the run has not seen"),
    "simulate": ("planned-trials", "Planned trials"),
}

# What is seen on the figures of each command; the numbers follow from its record.
_SEEN: Mapping[str, str] = {
    "ranks": "Ranks of the truth among the draws of simulated fits, one line per parameter, as difference "
    "from uniform ones, with bands that uniform ranks would keep",
    "studies": "Log density of each left-out study by model, as difference from the best model (left), and "
    "coverage of intervals by model (right)",
    "claims": "Probability of each claim before the trials (hollow) and after them (full), by verdict",
    "numbers": "Densities of the number that decides each claim, prior and posterior, with the side on which "
    "it holds shaded",
    "power_scaling": "Power-scaling sensitivity of each result to the priors, the trials and the assumption "
    "that states last",
    "spectrum": "Eigenvalues of the Fisher information at several draws, from stiff to sloppy",
    "profiles": "Profiles of posterior density and likelihood of single parameters",
    "trade_offs": "Posterior correlations of parameters that trade off",
    "refits": "Results of fits with prior widths halved and doubled, or without a block, beside the run",
    "indices": "Sensitivity indices of each result, by parameter",
    "derivatives": "Change of each result by one prior standard deviation of each parameter",
    "convergence": "Sensitivity indices over the number of blocks, with 95 % intervals",
    "predicted": "Predicted against observed rows of the new trials",
    "trials": "Results of the simulated trials by arm",
}


def command_part(command: str, found: CommandResult) -> Section:
    """Page and figures of what a command left."""
    if command == "predict":
        return predictions_part(found)
    name, title = TITLES[command]
    record = found.record
    told = _told(record)
    pictures = tuple(
        picture_of(
            image,
            alt=clipped(f"{_SEEN.get(image_name, f'{title}: {image_name}')}. {told}", 1500),
            caption=_SEEN.get(image_name, image_name.replace("_", " ")) + ".",
        )
        for image_name, image in found.images.items()
    )
    return Section(name, title, (*_about(command, record), *within(page_of(record)), *pictures))


def _about(command: str, record: Mapping[str, Any]) -> tuple[Paragraph, ...]:
    if command != "calibrate":
        return ()
    return (
        Paragraph(
            f"A calibration belongs to a model, not to a run: this one is of '{record['model']}' on the "
            f"design of {len(record['studies'])} studies, with simulated data."
        ),
    )


def _told(record: Mapping[str, Any]) -> str:
    """The finding in a sentence, for those who do not see the figure."""
    if "verdict" in record:
        return str(record["verdict"])
    if "claims" in record:
        words = [row["verdict"] for row in record["claims"]]
        return ", ".join(f"{words.count(word)} {word}" for word in dict.fromkeys(words)) + "."
    if "calibrated" in record:
        return (
            f"{record['outside_95']} of {record['parameters']} parameters leave their 95 % band; "
            f"{record['outside_95_expected']:.1f} are expected."
        )
    return ""

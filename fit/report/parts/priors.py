"""The part of a report on its priors: every parameter of the model with its source."""

from __future__ import annotations

from windup.fit.display.blocks import Paragraph
from windup.fit.display.text import clipped
from windup.fit.problem.problem import Change
from windup.fit.report.document.elements import Cell, Grid, Section
from windup.fit.report.document.links import linked
from windup.fit.report.document.subject import Subject
from windup.fit.settings.fit import MODELS
from windup.models import Parameter


def priors_part(subject: Subject) -> Section:
    """Parameters of the mechanism, free ones and fixed ones."""
    name = subject.run.settings.model
    parameters = subject.run.problem.model.parameters()
    expert = sum(each.source.startswith("expert") for each in parameters)
    changes = subject.run.problem.chosen.changes
    told = f" The settings changed or fixed {len(changes)} priors; they are in the first table."
    chosen = told if changes else ""
    return Section(
        "priors",
        "Priors and where they come from",
        (
            Paragraph(
                f"The model '{name}' ({MODELS[name]}) has {len(parameters)} parameters. {expert} of their "
                "priors are expert judgements and say why; the others have a source. Scale is that of the "
                "logarithm for lognormal priors; widening multiplies it for evidence from animals or cells. "
                f"Priors of the observation model are in docs/understand/priors.md of windup.{chosen}"
            ),
            *_chosen(changes),
            Grid(
                f"Parameters of the model '{name}'",
                ("parameter", "meaning", "unit", "prior", "species", "source"),
                tuple(_row(each) for each in parameters),
            ),
        ),
    )


def _chosen(changes: tuple[Change, ...]) -> tuple[Grid, ...]:
    """Table of what the settings changed; none where they changed nothing."""
    if not changes:
        return ()
    return (
        Grid(
            "Priors and fixed values of the settings",
            ("parameter", "unit", "prior of windup", "in this run"),
            tuple((each.parameter, each.unit, each.packaged, each.chosen) for each in changes),
        ),
    )


def _row(parameter: Parameter) -> tuple[Cell, ...]:
    if parameter.family == "fixed":
        prior = f"fixed at {parameter.location:g}"
    else:
        widening = f" × {parameter.widening:g}" if parameter.widening != 1.0 else ""
        prior = f"{parameter.family}, location {parameter.location:g}, scale {parameter.scale:g}{widening}"
    return (
        parameter.name,
        parameter.meaning,
        parameter.unit,
        prior.replace("-", "−"),
        parameter.species,
        linked(clipped(parameter.source)),
    )

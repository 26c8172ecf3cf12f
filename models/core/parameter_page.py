"""The page of every parameter, written from the tables."""

from __future__ import annotations

import math

from windup.datasets import packaged_catalogue
from windup.models.core.parameters import Parameter, read_parameters
from windup.models.core.pharmacology import Pharmacology

_INTRODUCTION = """# Parameters and priors

Written from the tables in `models/*_parameters.csv`, `datasets/catalogue/packaged/drugs.csv` and
`datasets/catalogue/packaged/actions.csv` by `make tables`. Change the tables, not this page. Priors:
`median ×÷ factor` is log-normal, the factor being one standard deviation on the log scale; `mean ± sd` is
normal; a bare number is fixed. Spreads are after widening: evidence from rodents, oocytes or culture is
widened by the factor given with its species. `expert` marks a prior, or its size, that no source carries.
"""


def parameter_page() -> str:
    """Markdown page of every parameter: meaning, unit, prior, species and source."""
    catalogue = packaged_catalogue()

    def drugs(model: str) -> Pharmacology:
        return Pharmacology.of(catalogue, model, model, None)

    sections = {
        "Exposure, shared by all models": read_parameters("exposure_parameters")
        + drugs("placebo_only").half_doses,
        "Cascade": read_parameters("cascade_parameters") + drugs("cascade").strengths,
        "Turnover; the single loop has them too": read_parameters("turnover_parameters")
        + drugs("turnover").strengths,
        "Single loop": read_parameters("single_loop_parameters"),
        "Time course, without a mechanism; placebo only has the first of them": read_parameters(
            "time_course_parameters"
        )
        + drugs("time_course").strengths,
    }
    parts = [_INTRODUCTION]
    for title, parameters in sections.items():
        parts.append(f"\n## {title}\n")
        parts.append("\n| parameter | part | meaning | unit | prior | species | source |\n")
        parts.append("| :-- | :-- | :-- | :-- | :-- | :-- | :-- |\n")
        parts.extend(_row(parameter) for parameter in parameters)
    return "".join(parts)


def _row(parameter: Parameter) -> str:
    species = parameter.species
    if parameter.widening != 1.0:
        species = f"{species}, widened {parameter.widening:g}"
    cells = (
        f"`{parameter.name}`",
        parameter.part,
        parameter.meaning,
        parameter.unit,
        prior_text(parameter.family, parameter.location, parameter.prior_scale),
        species,
        parameter.source,
    )
    return "| " + " | ".join(cells) + " |\n"


def prior_text(family: str, location: float, scale: float) -> str:
    """A prior as the tables of parameters show it.

    Parameters
    ----------
    family
        ``fixed``, ``lognormal``, or one of which location and scale are mean and SD.
    location, scale
        After widening.

    Examples
    --------
    >>> prior_text("lognormal", 14.0, 0.8), prior_text("normal", 0.0, 0.3), prior_text("fixed", 2.0, 0.0)
    ('14 ×÷ 2.23', '0 ± 0.3', '2')
    """
    if family == "fixed":
        return f"{location:g}"
    if family == "lognormal":
        return f"{location:g} ×÷ {math.exp(scale):.2f}"
    return f"{location:g} ± {scale:g}"

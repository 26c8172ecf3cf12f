"""The parameters of all models as one page of text, so that priors can be read without code."""

from __future__ import annotations

import math

from ._parameters import Parameter, read_parameters

_TABLES = {
    "exposure_parameters": "Exposure, shared by all models",
    "cascade_parameters": "Cascade",
    "turnover_parameters": "Turnover; the single loop has them too",
    "single_loop_parameters": "Single loop",
    "time_course_parameters": "Time course, without a mechanism; placebo only has the first of them",
}
_INTRODUCTION = """# Parameters and priors

Written from the tables in `models/*_parameters.csv` by

    python -c "from windup.models import parameter_page; print(parameter_page(), end='')" > docs/parameters.md

Change the tables, not this page. Priors: `median ×÷ factor` is log-normal, the factor being one standard
deviation on the log scale; `mean ± sd` is normal; a bare number is fixed. Spreads are after widening:
evidence from rodents, oocytes or culture is widened by the factor given with its species. `expert`
marks a prior, or its size, that no source carries.
"""


def parameter_page() -> str:
    """Markdown page of every parameter: meaning, unit, prior, species and source."""
    parts = [_INTRODUCTION]
    for table, title in _TABLES.items():
        parts.append(f"\n## {title}\n")
        parts.append("\n| parameter | part | meaning | unit | prior | species | source |\n")
        parts.append("| :-- | :-- | :-- | :-- | :-- | :-- | :-- |\n")
        parts.extend(_row(parameter) for parameter in read_parameters(table))
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
        _prior(parameter),
        species,
        parameter.source,
    )
    return "| " + " | ".join(cells) + " |\n"


def _prior(parameter: Parameter) -> str:
    if parameter.family == "fixed":
        return f"{parameter.location:g}"
    if parameter.family == "lognormal":
        return f"{parameter.location:g} ×÷ {math.exp(parameter.prior_scale):.2f}"
    return f"{parameter.location:g} ± {parameter.prior_scale:g}"

"""All figures of a run, by file name."""

from __future__ import annotations

from collections.abc import Iterator

import xarray as xr

from ._convergence import worst_mixing
from ._diagnose import Diagnosis
from ._figure import png
from ._figures_checks import mixing_figure, predictive_figure
from ._figures_courses import courses_figure
from ._figures_learned import contraction_figure, drug_effects_figure, loop_gains_figure

_WORST = 6


def figures(tree: xr.DataTree, diagnosis: Diagnosis, footer: str) -> Iterator[tuple[str, bytes]]:
    """Name and PNG bytes of each figure that the run has data for.

    Parameters
    ----------
    tree
        The run.
    diagnosis
        What was computed from it.
    footer
        Where the figures come from, and the warnings that apply to the run.
    """
    yield "drug_effects.png", png(drug_effects_figure(diagnosis.drug_effects), footer)
    yield "predictive_check.png", png(predictive_figure(diagnosis.rows), footer)
    yield "contraction.png", png(contraction_figure(diagnosis.contraction), footer)
    if not diagnosis.loop_gains.empty:
        yield "loop_gains.png", png(loop_gains_figure(diagnosis.loop_gains), footer)
    yield "mixing.png", png(mixing_figure(worst_mixing(tree, _WORST)), footer)
    courses = courses_figure(tree, diagnosis.rows)
    if courses is not None:
        yield "pain_courses.png", png(courses, footer)

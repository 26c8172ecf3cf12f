"""Warnings that every file of a run carries, so that no table or figure travels without them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from windup.fit.settings.priors import choice_notices

if TYPE_CHECKING:
    # It imports JAX, which a command that only reads must not.
    from windup.fit.diagnostics.convergence import Convergence
    from windup.fit.settings.fit import Settings

RESEARCH_ONLY = "For research only; this is not medical advice."
QUICK = "Preset 'quick': shows that everything runs; NOT for conclusions."
NOT_CONVERGED = "NOT CONVERGED: do not rely on these results."
INTERRUPTED = "INTERRUPTED before the last draw."


def notices(convergence: Convergence, settings: Settings, *, interrupted: bool) -> tuple[str, ...]:
    """Warnings that apply to a run, gravest first; what its settings changed of the model comes last.

    Empty for a finished full run that converged, with all priors as windup brings them.
    """
    applies = {
        INTERRUPTED: interrupted,
        NOT_CONVERGED: not convergence.converged,
        QUICK: settings.preset == "quick",
    }
    return (
        *(sentence for sentence, holds in applies.items() if holds),
        *choice_notices(settings.priors, settings.fixed),
    )

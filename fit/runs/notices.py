"""Warnings that every file of a run carries, so that no table or figure travels without them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    # It imports JAX, which a command that only reads must not.
    from windup.fit.diagnostics.convergence import Convergence

RESEARCH_ONLY = "For research only; this is not medical advice."
QUICK = "Preset 'quick': shows that everything runs; NOT for conclusions."
NOT_CONVERGED = "NOT CONVERGED: do not rely on these results."
INTERRUPTED = "INTERRUPTED before the last draw."


def notices(convergence: Convergence, *, preset: str, interrupted: bool) -> tuple[str, ...]:
    """Warnings that apply to a run, gravest first; empty for a finished full run that converged."""
    applies = {
        INTERRUPTED: interrupted,
        NOT_CONVERGED: not convergence.converged,
        QUICK: preset == "quick",
    }
    return tuple(sentence for sentence, holds in applies.items() if holds)

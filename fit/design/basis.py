"""What an estimate rests on: trials of the same kind, trials of another kind, or the prior."""

from __future__ import annotations

from typing import Final, NamedTuple

INTERPOLATION: Final = "interpolation"
EXTRAPOLATION: Final = "extrapolation"
PRIOR_DRIVEN: Final = "prior-driven"
NO_TRIAL: Final = "no used trial"
"""Begins the reason of an effect that no trial supports."""

NOT_RECORDED: Final = "not recorded"
"""Basis of an effect in a run of an earlier version."""


BASES: Final = (INTERPOLATION, EXTRAPOLATION, PRIOR_DRIVEN, NOT_RECORDED)
"""In the order in which tables and figures show them."""

BASIS_WORDS: Final = (
    f"'{INTERPOLATION}': the trials include this treatment in this condition, at this dose and time. "
    f"'{EXTRAPOLATION}': the trials of this treatment are of another condition, a smaller dose or a shorter "
    f"time. '{PRIOR_DRIVEN}': no trial is included, or the trials hardly moved the prior."
)


class Basis(NamedTuple):
    """What an estimate rests on: ``interpolation``, ``extrapolation`` or ``prior-driven``, and why."""

    basis: str
    reasons: str


def resting_on(beyond: tuple[str, ...], *, prior_driven: bool) -> Basis:
    """Basis of an estimate.

    Parameters
    ----------
    beyond
        In what it goes beyond the trials (`windup.fit.design.support.beyond`).
    prior_driven
        Whether the data hardly moved it (`windup.fit.diagnostics.contraction.is_prior_driven`).

    Examples
    --------
    >>> resting_on(("nsaid unseen in this condition",), prior_driven=False).basis
    'extrapolation'
    """
    missing = any(reason.startswith(NO_TRIAL) for reason in beyond)
    if prior_driven or missing:
        why = (*(["the data hardly moved it"] if prior_driven else []), *beyond)
        return Basis(PRIOR_DRIVEN, "; ".join(why))
    return Basis(EXTRAPOLATION if beyond else INTERPOLATION, "; ".join(beyond))

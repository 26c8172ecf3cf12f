"""When two rows of the observations say the same."""

from __future__ import annotations

from windup.datasets.dictionary.limits import ROUNDING_WEEKS
from windup.datasets.dictionary.usage import ANY_INSTRUMENT, LIMIT_KIND, MAGNESIUM_KINDS, RESPONDERS

# The left kind already follows from, or contains, the right kind of the same arm and time.
_EXCLUSIVE = frozenset(
    frozenset(pair)
    for pair in (
        ("mean", "mean"),
        ("change", "mean"),
        ("change", "change"),
        ("percent_change", "mean"),
        ("percent_change", "change"),
        ("percent_change", "percent_change"),
        ("contrast", "mean"),
        ("contrast", "change"),
        ("contrast", "percent_change"),
        ("contrast", "contrast"),
        *((kind, kind) for kind in (*RESPONDERS, *MAGNESIUM_KINDS)),
    )
)


def same_time(one: float, other: float) -> bool:
    """Whether two times of an arm are the same visit, rounded in two ways.

    From week 1 on 4.3 and 4.33 weeks are; within the first week, hours and days are told apart.

    Examples
    --------
    >>> same_time(4.3, 4.33), same_time(4.3, 4.5), same_time(0.0, 0.04)
    (True, False, False)
    """
    return one == other or (min(one, other) >= 1.0 and abs(one - other) <= ROUNDING_WEEKS)


def same_instrument(one: str, other: str) -> bool:
    """Whether two rows may say the same: what people say on two instruments are two facts.

    A standardised difference may repeat a row on any instrument.

    Examples
    --------
    >>> same_instrument("", "womac_pain"), same_instrument(ANY_INSTRUMENT, "womac_pain")
    (False, True)
    """
    return one == other or ANY_INSTRUMENT in (one, other)


def same_fact(one: str, other: str) -> bool:
    """Whether rows of two kinds of one arm and time may not both be used.

    Shares at a limit are the same at one limit (`windup.datasets.decisions.limits.fact_of`).

    Examples
    --------
    >>> same_fact("change", "mean"), same_fact("responder_50", "mean")
    (True, False)
    """
    return frozenset((one, other)) in _EXCLUSIVE or (one == other and one.startswith(LIMIT_KIND))

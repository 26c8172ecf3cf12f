"""Numbers as pages and figures show them."""

from __future__ import annotations

from typing import Final

LEVELS: Final = (50, 80, 95)
"""Percent."""


def number(value: float | None, digits: int) -> str:
    """Rounded number with a true minus sign, or words when it could not be computed.

    Examples
    --------
    >>> number(-0.004, 2), number(-1.5, 1), number(None, 2)
    ('0.00', '−1.5', 'not computable')
    """
    if value is None:
        return "not computable"
    text = f"{value:.{digits}f}"
    if float(text) == 0.0:
        text = text.removeprefix("-")
    return text.replace("-", "−")


def probability(value: float | None) -> str:
    """Probability to two digits; finitely many draws never show 0 or 1.

    Examples
    --------
    >>> probability(1.0), probability(0.5), probability(0.0)
    ('>0.99', '0.50', '<0.01')
    """
    if value is None:
        return number(value, 2)
    return "<0.01" if value < 0.01 else ">0.99" if value > 0.99 else number(value, 2)


def percent(share: float, digits: int = 0) -> str:
    """Share of a whole in percent.

    Examples
    --------
    >>> percent(0.0254, 1), percent(0.5)
    ('2.5 %', '50 %')
    """
    return f"{number(100.0 * share, digits)} %"

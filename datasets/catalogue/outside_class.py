"""A class of treatments that no model has a mechanism for, and the prior of its relief."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final


@final
@dataclass(frozen=True)
class OutsideClass:
    r"""One row of ``outside_classes.csv``.

    A fit with the block ``outside_drugs`` gives each class one relief :math:`b`, which comes and goes with
    one time constant :math:`\tau` (`windup.fit.design.treatments.outside`). Doses within a class are not
    told apart.

    Attributes
    ----------
    name, label, synonyms
        Word of the column ``drug`` in ``dosing.csv``, how it is shown, and other names that it is found by.
    relief_sd
        SD of the prior of :math:`b`, which is centred at no effect; log odds of pain on the 0-10 scale. At 6
        points a relief of 0.65 takes off 1.6 points.
    days, days_log_sd
        Median of the prior of :math:`\tau`, in days, and SD of its logarithm.
    lasts_days
        Days for which an administration goes on acting after its phase has ended: a depot in a joint, or what
        was learnt.
    source
        Where these numbers come from.
    """

    name: str
    label: str
    synonyms: tuple[str, ...]
    relief_sd: float
    days: float
    days_log_sd: float
    lasts_days: float
    source: str

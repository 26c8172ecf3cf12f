"""What a sensitivity analysis looks at: pain and magnesium on the packaged regimens, and loop gains."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from windup.fit.posterior.regimens import course_at_12_weeks, reported_regimens
from windup.models import PainModel, Values, loop_gains

MAGNESIUM = "magnesium 300 mg/day"
EFFECT, PAIN, GAIN, CSF = "difference from placebo", "pain", "loop gain", "CSF magnesium"


class Responses(NamedTuple):
    """Numbers that a model gives for one set of parameters.

    Attributes
    ----------
    names, kinds, units
        One of each per number.
    of
        The numbers, from parameters by name.
    """

    names: tuple[str, ...]
    kinds: tuple[str, ...]
    units: tuple[str, ...]
    of: Callable[[Values], Float[Array, " responses"]]

    @property
    def logarithmic(self) -> np.ndarray:
        """Which of them are looked at on the logarithm: gains, whose prior spans powers of ten."""
        return np.array([kind == GAIN for kind in self.kinds])

    def scaled(self, solved: np.ndarray) -> np.ndarray:
        """Numbers with the logarithm taken where `logarithmic` says so; not finite where it cannot be."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(self.logarithmic, np.log(solved), solved)


def responses_of(model: PainModel[Any, Any]) -> Responses:
    """Responses of a model in the reference patient (`windup.fit.posterior.regimens`) at 12 weeks.

    Differences from placebo and pain on every regimen (NRS points), CSF magnesium under oral magnesium
    (mmol/L), and the gain of each loop and of all. Pain without a drug is that at enrolment, 6.5.
    """
    labels = [regimen.label for regimen in reported_regimens(model.pharmacology.drugs)]
    loops = [*model.loops, "total"] if model.loops else []
    magnesium = labels.index(MAGNESIUM)

    def of(values: Values) -> Array:
        course = course_at_12_weeks(model, values)
        parts = [course.pain[1:] - course.pain[0], course.pain[1:], course.csf_magnesium[1 + magnesium][None]]
        if loops:
            each, total = loop_gains(model, values)
            parts += [each, total[None]]
        return jnp.concatenate(parts)

    blocks = (
        (EFFECT, labels, "NRS points"),
        (PAIN, labels, "NRS points"),
        (CSF, [MAGNESIUM], "mmol/L"),
        (GAIN, loops, "1"),
    )
    rows = [(f"{kind}: {label}", kind, unit) for kind, each, unit in blocks for label in each]
    names, kinds, units = (tuple(column) for column in zip(*rows, strict=True))
    return Responses(names, kinds, units, of)

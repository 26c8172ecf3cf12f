"""Parameters of rows of minutes to hours: meaning, unit and prior of each, and which the rows read."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
from numpyro import distributions as dist

from windup.fit.problem.errors.within_hours.rows import HoursRows


class HoursParameter(NamedTuple):
    """A scalar parameter of the block.

    Attributes
    ----------
    unit, meaning
        In words.
    prior
        Its prior.
    source
        Rows of ``datasets/literature/pharmacokinetics.csv``, or expert.
    """

    unit: str
    meaning: str
    prior: dist.Distribution
    source: str


def _beta(mean: float, sd: float) -> dist.Distribution:
    total = mean * (1.0 - mean) / sd**2 - 1.0
    return dist.Beta(mean * total, (1.0 - mean) * total)


_SHARED = {
    "session_correlation": HoursParameter(
        "1",
        "correlation of the sampling errors of two times of one session, of the same patients",
        dist.Beta(9.0, 1.0),
        "expert: hours, not weeks, apart",
    ),
}
_OF_MAGNESIUM = {
    "magnesium_central_share": HoursParameter(
        "1",
        "share of the volume of magnesium (magnesium_volume) that is central",
        _beta(24.0 / 49.0, 0.1),
        "pharmacokinetics.csv: 24 and 25 L (pubmed 12403646); SD expert",
    ),
    "magnesium_exchange": HoursParameter(
        "L/h",
        "clearance of magnesium between its compartments",
        dist.LogNormal(np.log(5.6), 0.4),
        "pharmacokinetics.csv: 5.6 L/h (pubmed 12403646); SD of the logarithm expert",
    ),
    "magnesium_kinetics_spread": HoursParameter(
        "1",
        "between-study SD of the rise of magnesium by a dose, as a share of it",
        dist.LogNormal(np.log(0.25), 0.5),
        "expert: volumes of 13 to 49 L over studies (pharmacokinetics.csv)",
    ),
    "misfit_serum_within_hours": HoursParameter(
        "mmol/L",
        "SD of serum magnesium at a time that nothing else explains, within hours",
        dist.LogNormal(np.log(0.05), 0.5),
        "expert: fluids, blood loss and the time of day",
    ),
}
_OF_CSF = {
    "misfit_csf_within_hours": HoursParameter(
        "mmol/L",
        "SD of CSF magnesium at a time that nothing else explains, within hours",
        dist.LogNormal(np.log(0.1), 0.5),
        "expert: a tenth; CSF that is drained comes from other places in the end",
    ),
}
_SWALLOWED = {
    "magnesium_absorption_rate": HoursParameter(
        "1/h",
        "rate with which magnesium by mouth is absorbed",
        dist.LogNormal(np.log(0.3), 0.7),
        "expert: within hours",
    ),
}
_OF_PAIN = {
    "session_response": HoursParameter(
        "NRS points",
        "mean fall of pain within hours after a placebo",
        dist.Normal(1.0, 1.0),
        "expert: as the placebo response of weeks",
    ),
}
_OF_KETAMINE = {
    "ketamine_clearance": HoursParameter(
        "L/h",
        "clearance of ketamine (70 kg)",
        dist.LogNormal(np.log(79.0), 0.2),
        "pharmacokinetics.csv: 79 L/h (Kamp 2020), 80 (Clements 1981), 95 of esketamine (Fanta 2015)",
    ),
    "ketamine_volume": HoursParameter(
        "L",
        "volume of distribution of ketamine (70 kg)",
        dist.LogNormal(np.log(252.0), 0.2),
        "pharmacokinetics.csv: 252 L, 200 to 304 (Kamp 2020); 289 (Clements 1981)",
    ),
    "ketamine_central_share": HoursParameter(
        "1",
        "share of that volume that is central",
        _beta(0.42, 0.1),
        "pharmacokinetics.csv: 123 of 289 L (Clements 1981); SD expert",
    ),
    "ketamine_exchange": HoursParameter(
        "L/h",
        "clearance of ketamine between its compartments",
        dist.LogNormal(np.log(137.0), 0.4),
        "pharmacokinetics.csv: 137 L/h (Clements 1981); SD of the logarithm expert",
    ),
    "ketamine_effect_time": HoursParameter(
        "h",
        "time constant with which the effect site of ketamine follows blood",
        dist.LogNormal(np.log(0.28), 0.5),
        "pharmacokinetics.csv: half-life 11.8 min for pain (Olofsen 2012); SD of the logarithm expert",
    ),
}
HOURS_PARAMETERS: Mapping[str, HoursParameter] = MappingProxyType(
    _SHARED | _OF_MAGNESIUM | _OF_CSF | _SWALLOWED | _OF_PAIN | _OF_KETAMINE
)
"""All of them by name."""


def hours_parameters(rows: HoursRows | None) -> dict[str, HoursParameter]:
    """Those that some rows read; none without rows."""
    if rows is None:
        return {}
    read = dict(_SHARED)
    if rows.of_magnesium.any():
        read |= _OF_MAGNESIUM
    if rows.of_csf.any():
        read |= _OF_CSF
    if any(len(given.amount) for given in rows.swallowed):
        read |= _SWALLOWED
    if not rows.of_magnesium.all():
        read |= _OF_PAIN
    if any(len(given.amount) for given in rows.ketamine):
        read |= _OF_KETAMINE
    return read


def hours_priors(rows: HoursRows | None) -> dict[str, dist.Distribution]:
    """Priors of the parameters that some rows read."""
    return {name: each.prior for name, each in hours_parameters(rows).items()}

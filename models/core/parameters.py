"""One row per parameter: meaning, unit, prior, source, species and widening."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal, final

type Family = Literal["lognormal", "normal", "fixed"]


@final
@dataclass(frozen=True)
class Parameter:
    r"""A quantity of the model with its prior and where the prior comes from.

    ``lognormal``: :math:`\log x \sim N(\log \text{location}, (\text{scale}\cdot\text{widening})^2)`, location
    is the median. ``normal``: :math:`x \sim N(\text{location}, (\text{scale}\cdot\text{widening})^2)`.
    ``fixed``: :math:`x = \text{location}`.

    Attributes
    ----------
    name, meaning, unit
        Spelled out; the name is the name in every table and in the DataTree.
    part
        The row of the cascade it belongs to.
    family, location, scale
        The prior as above.
    widening
        Factor on the scale for rodent or in-vitro evidence; 1 for human evidence and for expert priors.
    species
        Where the number was measured; ``none`` for expert priors.
    source
        DOI, PubMed id or address of the number; ``expert: reason`` where no source carries it.
    """

    name: str
    part: str
    meaning: str
    unit: str
    family: Family
    location: float
    scale: float
    widening: float
    species: str
    source: str

    @property
    def prior_scale(self) -> float:
        """Scale after widening (on the log scale for ``lognormal``)."""
        return self.scale * self.widening

    @property
    def is_strength(self) -> bool:
        """Whether it says how much a dose does: to its target, or in a direct model to pain."""
        return self.unit.startswith(("log multiplier", "NRS points at the reference dose"))


@cache
def read_parameters(table: str) -> tuple[Parameter, ...]:
    """Parameters of one packaged table, in the order of the file (``table`` without ``.csv``)."""
    text = (files("windup.models") / f"{table}.csv").read_text(encoding="utf-8")
    return tuple(_parameter(row) for row in csv.DictReader(text.splitlines()))


def free(parameters: Iterable[Parameter]) -> tuple[Parameter, ...]:
    """Those with a prior, i.e. not ``fixed``."""
    return tuple(parameter for parameter in parameters if parameter.family != "fixed")


def _parameter(row: dict[str, str]) -> Parameter:
    family = row["family"]
    if family not in ("lognormal", "normal", "fixed"):
        raise ValueError(f"parameter {row['name']}: unknown prior family {family!r}")
    return Parameter(
        name=row["name"],
        part=row["part"],
        meaning=row["meaning"],
        unit=row["unit"],
        family=family,  # type: ignore[arg-type]
        location=float(row["location"]),
        scale=float(row["scale"]),
        widening=float(row["widening"]),
        species=row["species"],
        source=row["source"],
    )

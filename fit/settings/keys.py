"""What a file of settings may hold, key by key: how it is checked, and how `windup init` explains it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, final

from pydantic import BaseModel, ConfigDict, Field, create_model

from windup.datasets import BLOCKS
from windup.fit.settings.exposure import HABITUAL_MAGNESIUM, UNKNOWN_DOSES
from windup.fit.settings.fit import ERRORS, MODELS, PATIENTS, SEEDS
from windup.fit.settings.samplers import PRECISIONS, SAMPLERS, WHOLE_NUMBERS

_PRESETS = {
    "full": "for conclusions: enough draws for all convergence checks",
    "quick": "to see that everything works; its files carry a warning",
}


@final
@dataclass(frozen=True)
class Key:
    """One key: a field of `windup.fit.Settings`.

    Parameters
    ----------
    meaning
        What it decides, in a sentence, with its unit.
    type
        What its value is in TOML.
    words
        What a text may be and what each word means; empty where any text may stand.
    bounds
        Smallest and largest whole number.
    limits
        Smallest number, and the first that is too large.
    """

    meaning: str
    type: type
    words: Mapping[str, str] = field(default_factory=dict)
    bounds: tuple[int, int] | None = None
    limits: tuple[float, float] | None = None

    @property
    def allowed(self) -> str:
        """What may stand there, as a sentence; ``''`` where the words say it."""
        if self.bounds is not None:
            return f"A whole number from {self.bounds[0]} to {self.bounds[1]}."
        if self.limits is not None:
            return f"A number from {self.limits[0]:g} to below {self.limits[1]:g}."
        if self.type is bool:
            return "true or false."
        if self.type is list:
            return "A list of words."
        return "" if self.words else "A path, relative to the folder of this file."


def _whole(meaning: str, bounds: tuple[int, int]) -> Key:
    return Key(meaning, int, bounds=bounds)


KEYS: Mapping[str, Key] = MappingProxyType(
    {
        "model": Key("Model to fit.", str, MODELS),
        "errors": Key("Error model of published rows.", str, ERRORS),
        "patients": Key("What the patients of an arm are.", str, PATIENTS),
        "preset": Key("Purpose of the run; decides the number of draws.", str, _PRESETS),
        "sampler": Key("Sampler of the posterior.", str, SAMPLERS),
        "precision": Key("Floating-point precision of the sampler; the rest is double.", str, PRECISIONS),
        "unknown_doses": Key(
            "Doses that no table of the trials gives, and doses that were adjusted to patients.",
            str,
            UNKNOWN_DOSES,
        ),
        "habitual_magnesium": Key(
            "Magnesium absorbed from the diet before a trial, relative to the customary.",
            str,
            HABITUAL_MAGNESIUM,
        ),
        "chains": _whole("Number of chains.", WHOLE_NUMBERS["chains"]),
        "warmup": _whole("Warm-up iterations of each chain.", WHOLE_NUMBERS["warmup"]),
        "draws": _whole(
            "Draws of each chain; a number here turns until_converged off, unless it is true below.",
            WHOLE_NUMBERS["draws"],
        ),
        "until_converged": Key(
            "Whether chains go on until all convergence checks hold with a margin, instead of to draws.",
            bool,
        ),
        "max_draws": _whole("Largest number of draws of each chain until then.", WHOLE_NUMBERS["draws"]),
        "max_minutes": Key(
            "Largest number of minutes of warm-up and draws until then; 0 for no limit.",
            float,
            limits=(0.0, 1e6),
        ),
        "target_accept": Key("Target acceptance rate of step-size adaptation.", float, limits=(0.5, 1.0)),
        "max_tree_depth": _whole(
            "Largest number of doublings of one trajectory; sampler 'nuts' only.",
            WHOLE_NUMBERS["max_tree_depth"],
        ),
        "seed": _whole("Random seed.", SEEDS),
        "data": Key(
            "Folder with studies.csv, dosing.csv and observations.csv. Default: the packaged trials.", str
        ),
        "out": Key("Run folder to write.", str),
        "blocks": Key(
            "Blocks of the likelihood that are on; all of them by default, [] for none.",
            list,
            {name: block.meaning for name, block in BLOCKS.items()},
        ),
    }
)
PATHS = ("data", "out")
TABLES: Mapping[str, str] = MappingProxyType(
    {
        "priors": "Priors in place of the packaged ones, a table for each parameter.",
        "fixed": "Parameters fixed at a value.",
        "covariates": "Numbers of studies by which effects of treatments may differ.",
    }
)
"""Tables of a file, which `windup.fit.settings.priors` and `windup.fit.settings.covariates` check."""


def _field(key: Key) -> Any:
    if key.bounds is not None:
        return Field(None, ge=key.bounds[0], le=key.bounds[1])
    if key.limits is not None:
        return Field(None, ge=key.limits[0], lt=key.limits[1])
    if key.type in (bool, list):
        return None
    # No path holds a NUL.
    return Field(None, min_length=1, pattern=r"^[^\x00]*$")


_FIELDS: dict[str, Any] = {
    name: ((list[str] if key.type is list else key.type) | None, _field(key)) for name, key in KEYS.items()
}
Shape: type[BaseModel] = create_model("Shape", __config__=ConfigDict(extra="forbid", strict=True), **_FIELDS)
"""Types and bounds of all keys; words are checked apart, because a wrong one has a nearest one."""

"""Priors and fixed values of settings, applied to a model and its observation model: every fault at once."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from windup.datasets import Catalogue, nearest
from windup.fit.design.arrays import DISPERSION_CLASSES
from windup.fit.errors import SettingsFault, SettingsFaults
from windup.fit.problem.errors.error_model import ErrorModel
from windup.fit.problem.errors.student_t import STUDENT_T
from windup.fit.problem.errors.within_hours.parameters import HOURS_PARAMETERS
from windup.fit.problem.meanings import SCALARS, VECTORS, WHITENED
from windup.fit.problem.people.one_patient import ONE_PATIENT
from windup.fit.problem.people.people import People
from windup.fit.problem.priors import form_of, link_priors, packaged_scalars, packaged_vectors
from windup.fit.problem.problem import Change, Chosen, ChosenPrior
from windup.fit.settings.fit import Settings
from windup.fit.settings.priors import Prior
from windup.models import PainModel, Parameter, WithPriors, prior_text

# What a prior may be for a parameter of each family, so that every draw lies in the parameter's support.
_ALLOWED = {"lognormal": ("lognormal",), "normal": ("normal", "lognormal"), "beta": ("beta",)}

type FoundAt = tuple[str, str, str]


class Packaged(NamedTuple):
    """A parameter as windup brings it; ``labels`` are those of its elements, empty for a scalar."""

    unit: str
    family: str
    location: np.ndarray
    scale: np.ndarray
    labels: tuple[str, ...] = ()

    @property
    def allowed(self) -> tuple[str, ...]:
        """Families that its prior may have."""
        if self.family == "fixed":
            return ("lognormal",) if self.location > 0.0 else ("normal",)
        # Elements of a vector share their family.
        return (self.family,) if self.labels else _ALLOWED[self.family]

    @property
    def text(self) -> str:
        """Its prior in words; of a vector by element where these differ."""
        each = [
            prior_text(self.family, float(location), float(scale))
            for location, scale in zip(self.location.ravel(), self.scale.ravel(), strict=True)
        ]
        if len(set(each)) == 1:
            return each[0]
        return "; ".join(f"{label} {text}" for label, text in zip(self.labels, each, strict=True))

    def element(self, label: str) -> Packaged:
        """One element of a vector."""
        place = self.labels.index(label)
        return self._replace(location=self.location[place], scale=self.scale[place], labels=())


def chosen_priors(
    model: PainModel[Any, Any],
    catalogue: Catalogue,
    priors: Mapping[str, Prior],
    fixed: Mapping[str, float],
    *,
    errors: ErrorModel = STUDENT_T,
    people: People = ONE_PATIENT,
) -> tuple[PainModel[Any, Any], Chosen]:
    """A model with the priors and fixed values of settings, and what they change beside it.

    Parameters
    ----------
    model, catalogue
        The model and the catalogue of its trials.
    priors, fixed
        As of `windup.fit.settings.fit.Settings`.
    errors
        The error model, whose parameters are among those of the observation model.
    people
        What the patients of an arm are; parameters of it are, too.

    Raises
    ------
    SettingsFaults
        With every parameter that is not there, and every value outside its support.
    """
    if not priors and not fixed:
        return model, Chosen()
    known = packaged_parameters(model, catalogue, errors, people)
    faults = [*_faults(model.name, known, priors, fixed)]
    if faults:
        raise SettingsFaults(SettingsFault("", 0, *fault) for fault in faults)
    mechanism = {parameter.name: parameter for parameter in model.parameters()}
    named = {**dict.fromkeys(priors), **dict.fromkeys(fixed)}
    of_model = [name for name in named if name in mechanism]
    replaced = {name: _parameter(mechanism[name], known[name], priors.get(name), fixed) for name in of_model}
    vectors = dict.fromkeys(_parts(name)[0] for name in named if name not in mechanism)
    return WithPriors(model, replaced) if replaced else model, Chosen(
        {name: _observation(name, known[name], priors, fixed) for name in vectors},
        tuple(
            _change(name, known, priors, fixed)._replace(
                is_strength=name in mechanism and mechanism[name].is_strength
            )
            for name in named
        ),
    )


def packaged_parameters(
    model: PainModel[Any, Any], catalogue: Catalogue, errors: ErrorModel, people: People = ONE_PATIENT
) -> dict[str, Packaged]:
    """Every parameter of a model and of the observation model whose prior can be changed."""
    known = {
        each.name: Packaged(each.unit, each.family, np.asarray(each.location), np.asarray(each.prior_scale))
        for each in model.parameters()
    }
    labels = {
        "placebo_group": tuple(group.name for group in catalogue.placebo_groups),
        "dispersion_class": tuple(DISPERSION_CLASSES),
        "instrument_link": catalogue.links,
    }
    packaged = packaged_scalars(errors, people) | packaged_vectors(catalogue) | link_priors(catalogue)
    packaged |= {name: each.prior for name, each in HOURS_PARAMETERS.items()}
    for name, prior in packaged.items():
        if name in SCALARS:
            known[name] = Packaged(SCALARS[name][0], *form_of(prior))
        else:
            dimension, unit, _ = VECTORS[name]
            known[name] = Packaged(unit, *form_of(prior), labels[dimension])
    return known


def shared_choices(
    settings: Settings,
    model: PainModel[Any, Any],
    catalogue: Catalogue,
    errors: ErrorModel,
    people: People = ONE_PATIENT,
) -> tuple[dict[str, Prior], dict[str, float]]:
    """Priors and fixed values of settings of which another model has the parameter, too."""
    known = packaged_parameters(model, catalogue, errors, people)
    return (
        {name: prior for name, prior in settings.priors.items() if _parts(name)[0] in known},
        {name: value for name, value in settings.fixed.items() if _parts(name)[0] in known},
    )


def _parts(name: str) -> tuple[str, str]:
    """Parameter and label of ``parameter[label]``; the label is '' for the whole of it."""
    vector, _, label = name.removesuffix("]").partition("[")
    return vector, label


def _faults(
    model: str, known: Mapping[str, Packaged], priors: Mapping[str, Prior], fixed: Mapping[str, float]
) -> Iterator[FoundAt]:
    for table, names in (("priors", priors), ("fixed", fixed)):
        for name in names:
            at = f"{table}.{name}"
            found = _unknown(name, model, known)
            if found is not None:
                yield at, *found
                continue
            vector, label = _parts(name)
            one = known[vector].element(label) if label else known[vector]
            if table == "fixed":
                yield from _of_value(at, fixed[name], one)
            elif label and vector in fixed:
                yield at, f"'{vector}' is fixed as a whole in [fixed].", "Remove one of the two."
            else:
                yield from _of_prior(at, priors[name], one)


def _unknown(name: str, model: str, known: Mapping[str, Packaged]) -> tuple[str, str] | None:
    vector, label = _parts(name)
    if vector in known and (not label or label in known[vector].labels):
        return None
    if vector in known:
        labels = known[vector].labels
        if not labels:
            return f"'{vector}' is one number and has no elements.", f"Write {vector}."
        return f"'{vector}' has no element '{label}'.", nearest(label, labels)
    if vector in WHITENED or vector.startswith(("study_effects_", "study_precision_")):
        return (
            f"'{vector}' is standard normal by construction.",
            "Change the parameter that scales it, for example drug_spread.",
        )
    if VECTORS.get(vector, ("",))[0] == "outside_class":
        return (
            f"The prior of '{vector}' stands in outside_classes.csv.",
            "Give the class a row of your own there, and that name in dosing.csv.",
        )
    if VECTORS.get(vector, ("",))[0] == "procedure":
        return (
            f"The prior of '{vector}' stands in procedures.csv.",
            "Give the procedure a row of your own there, and that name in dosing.csv.",
        )
    if VECTORS.get(vector, ("",))[0] == "covariate":
        return f"The prior of '{vector}' stands in [covariates].", "Change its sd there."
    if vector.endswith("_response") and vector.removesuffix("_response") in known:
        strength = vector.removesuffix("_response")
        return f"'{vector}' is a coordinate of the sampler.", f"Change the strength: {strength}."
    everything = [
        *known,
        *(f"{vector}[{label}]" for vector, each in known.items() for label in each.labels),
    ]
    return f"The model '{model}' has no parameter '{name}'.", nearest(name, everything)


def _of_value(at: str, value: float, one: Packaged) -> Iterator[FoundAt]:
    family = one.allowed[0]
    if family == "lognormal" and not value > 0.0:
        yield at, f"{value:g} stands there, and the parameter is positive.", "Write a number above 0."
    if family == "beta" and not 0.0 < value < 1.0:
        yield at, f"{value:g} stands there, and the parameter is a share.", "Write a number between 0 and 1."


def _of_prior(at: str, prior: Prior, one: Packaged) -> Iterator[FoundAt]:
    family = prior.family or one.allowed[0]
    if family not in one.allowed:
        allowed = " or ".join(one.allowed)
        yield f"{at}.family", f"'{family}' leaves the range of the parameter.", f"Write {allowed}."
        return
    other = family != one.family
    if other and prior.scale is None:
        packaged = "is fixed" if one.family == "fixed" else f"has a {one.family} prior"
        yield f"{at}.scale", f"The key is missing: the parameter {packaged} in windup.", "Add 'scale'."
    if other and one.family != "fixed" and prior.location is None:
        yield f"{at}.location", f"The key is missing, as the family is not {one.family}.", "Add 'location'."
        return
    locations = [*one.location.ravel()] if prior.location is None else [prior.location]
    scales = [*one.scale.ravel()] if prior.scale is None else [prior.scale]
    if family == "lognormal" and min(locations) <= 0.0:
        yield (
            f"{at}.location",
            f"{min(locations):g} stands there, and a median is positive.",
            ("Write a number above 0."),
        )
    if family == "beta":
        yield from _of_share(at, locations[0], scales[0], given=prior.location is not None)


def _of_share(at: str, mean: float, sd: float, *, given: bool) -> Iterator[FoundAt]:
    if not 0.0 < mean < 1.0:
        yield (
            f"{at}.location",
            f"{mean:g} stands there, and a share is meant.",
            ("Write a number between 0 and 1."),
        )
    elif not sd < (most := math.sqrt(mean * (1.0 - mean))):
        key = "location" if given else "scale"
        found = f"A share with mean {mean:g} cannot have an SD of {sd:g}."
        yield f"{at}.{key}", found, f"Write a scale below {most:.3g}."


def _parameter(
    packaged: Parameter, known: Packaged, prior: Prior | None, fixed: Mapping[str, float]
) -> Parameter:
    """A parameter of the mechanism as it was chosen; its source says so, and what it was."""
    source = f"chosen in the settings; windup brings {known.text} ({packaged.source})"
    same = {"widening": 1.0, "species": "none", "source": source}
    if prior is None:
        value = fixed[packaged.name]
        return dataclasses.replace(packaged, family="fixed", location=value, scale=0.0, **same)  # type: ignore[arg-type]
    family, location, scale = _numbers(prior, known)
    numbers = {"location": float(location), "scale": float(scale)}
    return dataclasses.replace(packaged, family=family, **numbers, **same)  # type: ignore[arg-type]  # checked


def _numbers(prior: Prior, one: Packaged) -> tuple[str, np.ndarray, np.ndarray]:
    location = one.location if prior.location is None else np.full_like(one.location, prior.location)
    scale = one.scale if prior.scale is None else np.full_like(one.scale, prior.scale)
    return prior.family or one.allowed[0], location, scale


def _observation(
    name: str, known: Packaged, priors: Mapping[str, Prior], fixed: Mapping[str, float]
) -> ChosenPrior:
    """A parameter of the observation model as it was chosen; its elements win over the whole."""
    family, location, scale = _numbers(priors.get(name, Prior()), known)
    location, scale = np.array(location, float), np.array(scale, float)
    free, values = np.full(location.shape, name not in fixed), np.full(location.shape, fixed.get(name, 0.0))
    for place, label in enumerate(known.labels):
        element = f"{name}[{label}]"
        if element in priors:
            _, location[place], scale[place] = _numbers(priors[element], known.element(label))
        if element in fixed:
            free[place], values[place] = False, fixed[element]
    return ChosenPrior(family, location, scale, free, values)


def _change(
    name: str, known: Mapping[str, Packaged], priors: Mapping[str, Prior], fixed: Mapping[str, float]
) -> Change:
    vector, label = _parts(name)
    one = known[vector].element(label) if label else known[vector]
    if name in fixed:
        return Change(name, one.unit, one.text, f"fixed at {fixed[name]:g}", True)
    family, location, scale = _numbers(priors[name], one)
    return Change(
        name, one.unit, one.text, one._replace(family=family, location=location, scale=scale).text, False
    )

"""A model and its trials as one problem for a sampler."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

import numpy as np

from windup.datasets import EPISODES, INSTRUMENTS, WITHIN_HOURS, Catalogue, DataFaults, Fault, Trials, nearest
from windup.fit.design.arrays import StudyCovariate
from windup.fit.design.build import Weeks, build_design
from windup.fit.design.exposure import TAKEN_FOR_KNOWN, Exposure
from windup.fit.errors import SettingsError
from windup.fit.problem.choices import chosen_priors
from windup.fit.problem.drug_responses import responding_drugs
from windup.fit.problem.errors.error_model import ErrorModel
from windup.fit.problem.errors.mixture import Mixture
from windup.fit.problem.errors.student_t import STUDENT_T, StudentT
from windup.fit.problem.errors.within_hours.density import DAYS_PARAMETERS
from windup.fit.problem.errors.within_hours.parameters import HOURS_PARAMETERS, hours_priors
from windup.fit.problem.errors.within_hours.rows import HoursRows, hours_rows
from windup.fit.problem.people.one_patient import ONE_PATIENT
from windup.fit.problem.people.people import People
from windup.fit.problem.people.population import Population
from windup.fit.problem.priors import link_priors
from windup.fit.problem.problem import AS_PACKAGED, Chosen, Problem
from windup.fit.settings.covariates import Covariate
from windup.fit.settings.exposure import LATENT
from windup.fit.settings.priors import Prior
from windup.models import Cascade, PainModel, PlaceboOnly, SingleLoop, TimeCourse, Turnover


def model_named(name: str, catalogue: Catalogue | None = None) -> PainModel[Any, Any]:
    """Model of a checked setting, with the drugs of a catalogue (None: the packaged ones).

    Raises
    ------
    DataFaults
        When a row of the catalogue's actions names no model, or a point that this model does not have.
    """
    models: dict[str, Callable[[Catalogue | None], PainModel[Any, Any]]] = {
        "cascade": Cascade,
        "turnover": Turnover,
        "single_loop": SingleLoop,
        "time_course": TimeCourse,
        "placebo_only": PlaceboOnly,
    }
    named = () if catalogue is None else (model for action in catalogue.actions for model in action.models)
    unknown = [word for word in dict.fromkeys(named) if word not in models]
    if unknown:
        raise DataFaults(
            Fault("actions.csv", 0, "model", f"'{word}' is no model.", nearest(word, models))
            for word in unknown
        )
    return models[name](catalogue)


def error_model_named(name: str) -> ErrorModel:
    """Error model of a checked setting."""
    return {"student_t": StudentT, "mixture": Mixture}[name]()


def people_named(name: str, model: PainModel[Any, Any]) -> People:
    """What a checked setting takes the patients of an arm for."""
    if name == "mean":
        return ONE_PATIENT
    return Population(model.loop_strengths() if name == "population" else ())


class ModelChoice(Protocol):
    """What decides the model of a problem; `windup.fit.Settings` is one."""

    @property
    def model(self) -> str:
        """Name of the model."""
        ...

    @property
    def errors(self) -> str:
        """Name of the error model."""
        ...

    @property
    def patients(self) -> str:
        """What the patients of an arm are."""
        ...

    @property
    def priors(self) -> Mapping[str, Prior]:
        """Priors in place of the packaged ones, by parameter."""
        ...

    @property
    def fixed(self) -> Mapping[str, float]:
        """Values at which parameters are fixed."""
        ...

    @property
    def unknown_doses(self) -> str:
        """``latent`` where doses that no table gives are unknowns of the fit."""
        ...

    @property
    def covariates(self) -> Mapping[str, Covariate]:
        """Numbers of studies by which effects of treatments may differ."""
        ...

    @property
    def habitual_magnesium(self) -> str:
        """``latent`` where the magnesium of the diet is an unknown of the fit."""
        ...


def problem_of(
    trials: Trials,
    choice: ModelChoice,
    *,
    model: PainModel[Any, Any] | None = None,
    refinement: int = 1,
    also: Weeks | None = None,
) -> Problem:
    """The problem that settings describe: their model, with their priors and fixed values, and trials.

    Whatever works with the model of a run or of settings gets it here.

    Parameters
    ----------
    trials, refinement, also
        As for `build_problem`.
    choice
        Settings.
    model
        A model of one's own in place of the one that they name.

    Raises
    ------
    SettingsFaults
        When priors or fixed values name parameters that are not there, or leave their support.
    """
    catalogue = trials.catalogue
    packaged = model or model_named(choice.model, catalogue)
    errors = error_model_named(choice.errors)
    people = people_named(choice.patients, packaged)
    changed, chosen = chosen_priors(
        packaged, catalogue, choice.priors, choice.fixed, errors=errors, people=people
    )
    exposure = Exposure(choice.unknown_doses == LATENT, choice.habitual_magnesium == LATENT)
    return build_problem(
        trials,
        changed,
        chosen=chosen,
        errors=errors,
        people=people,
        exposure=exposure,
        covariates=tuple(
            StudyCovariate(
                name, each.centre, each.unit, each.sd, each.centre if each.missing is None else each.missing
            )
            for name, each in choice.covariates.items()
        ),
        refinement=refinement,
        also=also,
    )


def build_problem(
    trials: Trials,
    model: PainModel[Any, Any],
    *,
    chosen: Chosen = AS_PACKAGED,
    exposure: Exposure = TAKEN_FOR_KNOWN,
    errors: ErrorModel = STUDENT_T,
    people: People = ONE_PATIENT,
    covariates: tuple[StudyCovariate, ...] = (),
    refinement: int = 1,
    also: Weeks | None = None,
) -> Problem:
    """A model and the data it is fitted to, as arrays, on a mesh whose steps are cut into ``refinement``.

    Parameters
    ----------
    trials, exposure, covariates, refinement, also
        As for `windup.fit.design.build.build_design`.
    model
        The model.
    chosen
        What a user chose in place of the packaged priors; that of the mechanism is in the model already.
    errors
        How published rows err.
    people
        What the patients of an arm are.

    Raises
    ------
    SettingsError
        When the trials give a drug that the model was made without, or rows of magnesium within hours need
        parameters that it does not have.
    """
    design = build_design(trials, exposure=exposure, covariates=covariates, refinement=refinement, also=also)
    drugs = tuple(sorted({drug for study in design.study_drugs for drug in study}))
    known = {drug.name for drug in model.pharmacology.drugs}
    missing = [
        drug for drug in drugs if drug not in {*known, *design.outside.classes, *design.removal.procedures}
    ]
    if missing:
        raise SettingsError(
            f"Arms of these trials got {', '.join(missing)}, which '{model.name}' was made without. Make the "
            f"model with their catalogue: {type(model).__name__}(trials.catalogue)."
        )
    index = np.zeros((len(design.studies), design.visits.drug_load.shape[1]), int)
    for study, names in enumerate(design.study_drugs):
        index[study, : len(names)] = [drugs.index(drug) for drug in names]
    responding = responding_drugs(model, design)
    hours = hours_rows(trials, design.studies)
    _refuse_without_magnesium(model, hours)
    return Problem(
        model,
        design,
        people.observed(design),
        errors.buckets(design),
        drugs,
        index,
        responding,
        chosen=chosen,
        errors=errors,
        people=people,
        hours=hours,
    )


def _refuse_without_magnesium(model: PainModel[Any, Any], hours: HoursRows | None) -> None:
    if hours is None or not hours.of_magnesium.any():
        return
    known = {parameter.name for parameter in model.parameters()}
    missing = [name for name in DAYS_PARAMETERS if name not in known]
    if missing:
        raise SettingsError(
            f"Rows of magnesium within hours need {', '.join(missing)}, which '{model.name}' does not have. "
            f"Leave the block '{WITHIN_HOURS}' off, or give it the parameters of exposure_parameters.csv."
        )


def refuse_unread_choices(problem: Problem) -> None:
    """Refuse to fit where a parameter of links of instruments is chosen that no row reads.

    Raises
    ------
    SettingsError
        With the first of them.
    """
    chosen = [name for name in link_priors(problem.design.catalogue) if name in problem.chosen.observation]
    if chosen and not problem.design.links:
        raise SettingsError(
            f"{chosen[0]} is chosen, and no row reads it; rows that do need the block '{INSTRUMENTS}' or "
            f"'{EPISODES}' of the likelihood. Switch it on, or take the choice out."
        )
    read = hours_priors(problem.hours)
    unread = [name for name in HOURS_PARAMETERS if name in problem.chosen.observation and name not in read]
    if unread:
        raise SettingsError(
            f"{unread[0]} is chosen, and no row reads it; rows that do need the block '{WITHIN_HOURS}'. "
            "Switch it on, or take the choice out."
        )

"""A model and its trials in SBML and PEtab."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from importlib.metadata import version
from typing import NamedTuple

import numpy as np

from windup.datasets import Trials, nearest
from windup.fit.analyses.exchange.experiments import experiment_ids, experiments_of
from windup.fit.analyses.exchange.files import MODEL, PROBLEM, README
from windup.fit.analyses.exchange.libraries import library
from windup.fit.analyses.exchange.nominal import Nominal
from windup.fit.analyses.exchange.observables import measurements_of
from windup.fit.analyses.exchange.parameters import parameters_of
from windup.fit.analyses.exchange.readme import readme
from windup.fit.analyses.exchange.rows import CHANGE, carried_rows
from windup.fit.analyses.exchange.sbml import sbml_text
from windup.fit.analyses.exchange.tables import counts, petab_tables, problem_yaml, read_by
from windup.fit.errors import SettingsError
from windup.fit.problem.problem import Problem
from windup.fit.settings.fit import Settings
from windup.models import model_formulas


class Exported(NamedTuple):
    """Files of an export, and what they hold.

    Attributes
    ----------
    files
        Text by name of file.
    counts
        Number of rows of every table of PEtab.
    left_out
        Number of rows of the trials that it does not hold, by kind and reason.
    notices
        What stands against conclusions from the run that nominal values come from.
    """

    files: Mapping[str, str]
    counts: Mapping[str, int]
    left_out: Mapping[tuple[str, str], int]
    notices: tuple[str, ...] = ()


def export(
    problem: Problem, nominal: Nominal, *, trials: Trials, settings: Settings, studies: Sequence[str] = ()
) -> Exported:
    """Write out a problem: equations, priors, arms, and the rows that PEtab can carry.

    Parameters
    ----------
    problem
        A model and its trials.
    nominal
        Values of everything that is not known.
    trials, settings
        What it was made of.
    studies
        Those to be exported; empty for all.

    Raises
    ------
    SettingsError
        When a study is not there, no row of the studies can be carried, effects differ by covariates, or a
        library is not installed.
    NoFormula
        When the model has a part that no formula can say.
    """
    library("libsbml")
    if problem.design.covariates:
        names = ", ".join(each.name for each in problem.design.covariates)
        raise SettingsError(f"Effects by covariates ({names}) cannot be exported; fit without them.")
    design, draw, within_hours = problem.design, nominal.draw, trials.of_hours["study_id"]
    known = {*design.studies, *within_hours}
    _refuse_unknown(studies, known)
    wanted = list(studies or known)
    chosen = np.isin(np.array(design.studies)[design.rows.study], wanted)
    carried = carried_rows(design, chosen=chosen, within_hours=int(within_hours.isin(wanted).sum()))
    if not len(carried.rows):
        raise SettingsError("PEtab can carry no row of these studies. Name others with --study.")
    formulas = model_formulas(problem.model)
    arm_of = design.visits.arm[design.rows.visits[carried.rows, 0]]
    arms = list(dict.fromkeys(map(int, arm_of)))
    remembering = {int(a) for a, name in zip(arm_of, carried.observables, strict=True) if name == CHANGE}
    measurements = list(measurements_of(problem, draw, carried, experiment_ids(design.arms)))
    read = read_by(measurements) | {each.name for each in formulas.parameters}
    parameters = [each for each in parameters_of(problem, formulas, draw) if each.name in read]
    values = {each.name: each.value for each in parameters}
    files = {
        MODEL: sbml_text(formulas, values, version=version("windup")),
        **petab_tables(experiments_of(problem, formulas, draw, arms, remembering), measurements, parameters),
        PROBLEM: problem_yaml(formulas.model),
    }
    found = Exported(files, counts(files), carried.left_out, nominal.notices)
    page = readme(
        formulas,
        found.counts,
        found.left_out,
        source=nominal.source,
        notices=nominal.notices,
        studies=studies,
        estimated=sum(each.estimated for each in parameters),
        arms=len(arms),
        settings=settings,
    )
    return found._replace(files={**files, README: page})


def _refuse_unknown(studies: Sequence[str], known: Set[str]) -> None:
    unknown = [name for name in studies if name not in known]
    if unknown:
        names = sorted(known)
        raise SettingsError(
            "\n".join(f"'{name}' is no study with a used row. {nearest(name, names)}" for name in unknown)
        )

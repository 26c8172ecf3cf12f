"""A model and its trials as a folder of SBML and PEtab, checked by the libraries of both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

import numpy as np

from windup.datasets import Trials, nearest
from windup.fit.analyses.exchange.check import faults_in
from windup.fit.analyses.exchange.experiments import experiment_ids, experiments_of
from windup.fit.analyses.exchange.libraries import library
from windup.fit.analyses.exchange.nominal import Nominal
from windup.fit.analyses.exchange.observables import measurements_of
from windup.fit.analyses.exchange.parameters import parameters_of
from windup.fit.analyses.exchange.readme import readme
from windup.fit.analyses.exchange.rows import CHANGE, carried_rows
from windup.fit.analyses.exchange.sbml import sbml_text
from windup.fit.analyses.exchange.tables import (
    FILES,
    MODEL,
    PROBLEM,
    README,
    counts,
    petab_tables,
    problem_yaml,
    read_by,
)
from windup.fit.errors import RunFolderRefused, SettingsError
from windup.fit.problem.problem import Problem
from windup.fit.settings.fit import Settings
from windup.fit.storage.files import disk_errors, write_file
from windup.fit.storage.replacing import replacing
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
    """

    files: Mapping[str, str]
    counts: Mapping[str, int]
    left_out: Mapping[tuple[str, str], int]


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
        When a study is not there, no row of the studies can be carried, or a library is not installed.
    NoFormula
        When the model has a part that no formula can say.
    """
    library("libsbml")
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
    found = Exported(files, counts(files), carried.left_out)
    page = readme(
        formulas,
        found.counts,
        found.left_out,
        source=nominal.source,
        studies=studies,
        estimated=sum(each.estimated for each in parameters),
        arms=len(arms),
        settings=settings,
    )
    return found._replace(files={**files, README: page})


def export_to_folder(exported: Exported, out: Path, *, overwrite: bool) -> Path:
    """Write an export into a folder, which gets its name when all is there and the standards find no fault.

    Parameters
    ----------
    exported
        What is written.
    out
        The folder.
    overwrite
        Whether another export there is replaced.

    Raises
    ------
    RunFolderRefused
        When something stands there that is not to be replaced.
    SettingsError
        When libSBML or PEtab find a fault; nothing is written then.
    DiskError
        When the disk refuses; what was there is then unchanged.
    """
    target = out.expanduser().resolve()
    with disk_errors(f"writing {out}"):
        refuse_unless_free(target, overwrite=overwrite)
        with replacing(target) as partial:
            for name, text in exported.files.items():
                write_file(partial / name, text)
            faults = faults_in(partial)
            if faults:
                raise SettingsError("\n".join(["The standards find faults; nothing was written.", *faults]))
    return target


def refuse_unless_free(out: Path, *, overwrite: bool) -> None:
    """Refuse a folder that may not be written, before anything is computed.

    Raises
    ------
    RunFolderRefused
        When something stands there that is not to be replaced.
    """
    target = out.expanduser().resolve()
    if not target.name or (target.exists() and not target.is_dir()):
        raise RunFolderRefused(f"{target} is no folder for an export. Name a new one.")
    present = sorted(path.name for path in target.iterdir()) if target.exists() else []
    foreign = [name for name in present if name not in FILES]
    if foreign:
        raise RunFolderRefused(
            f"{target} holds {', '.join(foreign[:3])}, so it is not touched. Name another folder."
        )
    if present and not overwrite:
        raise RunFolderRefused(
            f"{target} holds an export already. Give --overwrite to replace it, or name another folder."
        )


def _refuse_unknown(studies: Sequence[str], known: Set[str]) -> None:
    for name in studies:
        if name not in known:
            raise SettingsError(f"'{name}' is no study with a used row. {nearest(name, sorted(known))}")

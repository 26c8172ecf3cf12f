"""Whole exports, from the name of a model or a finished run to their folder, checked by the standards."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from windup.datasets import nearest, packaged_trials
from windup.fit.analyses.exchange.files import FILES
from windup.fit.analyses.exchange.libraries import library
from windup.fit.errors import RunFolderRefused, SettingsError
from windup.fit.settings.fit import MODELS, Settings
from windup.fit.storage.files import disk_errors, write_file
from windup.fit.storage.replacing import replacing

if TYPE_CHECKING:
    # Importing it takes longer than --help may take.
    from windup.fit.analyses.exchange.export import Exported


def export_to_folder(
    subject: str, out: Path, *, studies: Sequence[str] = (), overwrite: bool = False
) -> tuple[Path, Exported]:
    """Export a model or a run, and write one folder.

    Parameters
    ----------
    subject
        Name of a packaged model, or the folder of a finished run.
    out
        Folder of the export.
    studies
        Those to be exported; empty for all.
    overwrite
        Replace an earlier export, once the new one is complete.

    Returns
    -------
    tuple
        The folder, and what it holds.

    Raises
    ------
    SettingsError
        When the subject or a study is not there, a library is missing, or the standards find a fault.
    RunFolderRefused
        When something stands there that is not to be replaced, or the run is not finished.
    NoFormula
        When the model has a part that no formula can say.
    DiskError
        When the disk refuses; what was there is then unchanged.
    """
    for name in ("libsbml", "petab.v2"):
        library(name)
    _refuse_unless_free(out, overwrite=overwrite)
    exported = _exported(subject, studies)
    return write_export(exported, out, overwrite=overwrite), exported


def write_export(exported: Exported, out: Path, *, overwrite: bool) -> Path:
    """Write an export into a folder, which gets its name when the standards find no fault in it.

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
    SettingsError
        When a library is missing, or the standards find a fault; nothing is written then.
    RunFolderRefused
        When something stands there that is not to be replaced.
    DiskError
        When the disk refuses; what was there is then unchanged.
    """
    from windup.fit.analyses.exchange.check import faults_in

    _refuse_unless_free(out, overwrite=overwrite)
    target = out.expanduser().resolve()
    with disk_errors(f"writing {out}"), replacing(target) as partial:
        for name, text in exported.files.items():
            write_file(partial / name, text)
        faults = faults_in(partial)
        if faults:
            raise SettingsError("\n".join(["The standards find faults; nothing was written.", *faults]))
    return target


def _exported(subject: str, studies: Sequence[str]) -> Exported:
    from windup.fit.analyses.exchange.export import export
    from windup.fit.analyses.exchange.nominal import posterior_medians, prior_medians
    from windup.fit.execution.process import prepare_process
    from windup.fit.problem.build import problem_of
    from windup.fit.runs.fitted_run import read_run

    prepare_process()
    if subject in MODELS:
        settings, trials = Settings.from_preset("full", model=subject), packaged_trials()
        problem = problem_of(trials, settings)
        return export(problem, prior_medians(problem), trials=trials, settings=settings, studies=studies)
    if not Path(subject).expanduser().is_dir():
        raise SettingsError(f"'{subject}' is neither a model nor a run folder. {nearest(subject, MODELS)}")
    run = read_run(Path(subject))
    nominal = posterior_medians(run)
    return export(run.problem, nominal, trials=run.trials, settings=run.settings, studies=studies)


def _refuse_unless_free(out: Path, *, overwrite: bool) -> None:
    with disk_errors(f"writing {out}"):
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

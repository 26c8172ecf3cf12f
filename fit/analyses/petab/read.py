"""PEtab problems from their files: checked by the linter, translated, or refused with every reason."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from windup.datasets import DataFaults, Fault, nearest
from windup.fit.analyses.exchange.libraries import library
from windup.fit.analyses.petab.layout import changed_at_the_beginning, layout_of
from windup.fit.analyses.petab.mechanism import read_mechanism
from windup.fit.analyses.petab.nominal.stiffness import method_for
from windup.fit.analyses.petab.options import ABSOLUTE_SHARE, MAX_STEPS, PRIORS, SOLVERS, TOLERANCE
from windup.fit.analyses.petab.problem import PetabProblem
from windup.fit.analyses.petab.readings import readings_of
from windup.fit.analyses.petab.solve import Solver
from windup.fit.analyses.petab.tables.cells import Faults
from windup.fit.analyses.petab.tables.contents import Place
from windup.fit.analyses.petab.tables.read_tables import read_tables
from windup.fit.errors import SettingsError
from windup.fit.execution.process import prepare_process


def read_petab(
    path: str | Path,
    *,
    prior: str = "problem",
    solver: str = "auto",
    tolerance: float = TOLERANCE,
    absolute_tolerance: float | None = None,
    max_steps: int = MAX_STEPS,
) -> PetabProblem:
    r"""Read a problem of PEtab, version 1 or 2, with an SBML model.

    The equations :math:`\dot x = f(x, p, t)` come from the reactions and rules of the model. Experiments are
    periods: at the beginning of each, conditions give new values to :math:`x` and :math:`p`, and a first one
    may last until nothing changes. Formulas are walked as trees; no text of the problem is run as a program,
    and none is written.

    Parameters
    ----------
    path
        The YAML file of the problem.
    prior
        ``problem``, or ``uniform``: what stands for priors that the problem does not give.
    solver
        ``dopri8``, ``kvaerno5`` for stiff models, or ``auto``.
    tolerance
        Relative tolerance of each step.
    absolute_tolerance
        Absolute tolerance of each step, in the units of the states; None for a ten-thousandth of the relative
        one.
    max_steps
        Largest number of steps of one stretch of an experiment.

    Returns
    -------
    PetabProblem
        With `log_likelihood`, and a `model` for `windup.fit.sample_model`.

    Raises
    ------
    DataFaults
        With everything that the linter of PEtab finds or windup does not support: file, row, column or the
        line of the SBML element, and what to do.
    SettingsError
        When the file is not there, an option is not allowed, or a library is not installed.

    Examples
    --------
    >>> problem = read_petab("problem.yaml")  # doctest: +SKIP
    >>> problem.log_likelihood({"k1": 0.8})  # doctest: +SKIP
    Array(-0.8475, dtype=float64)
    """
    for word, allowed in ((prior, PRIORS), (solver, SOLVERS)):
        if word not in allowed:
            raise SettingsError(f"'{word}' is not allowed here. {nearest(word, allowed)}")
    if not 0.0 < tolerance < 0.1:
        raise SettingsError(f"tolerance is {tolerance!r}; give a number above 0 and below 0.1.")
    absolute = ABSOLUTE_SHARE * tolerance if absolute_tolerance is None else absolute_tolerance
    if not 0.0 < absolute < 0.1:
        raise SettingsError(f"absolute_tolerance is {absolute!r}; give a number above 0 and below 0.1.")
    prepare_process()
    path = Path(path).expanduser()
    faults = Faults()
    settings = _settings(path)
    lint = Faults()
    for message in _lint(path, settings):
        lint.add(Place(path.name, 0), message, "This is a finding of the linter of PEtab.")
    try:
        contents = read_tables(path, settings, faults)
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"A file of {path} cannot be read: {error}.") from error
    mechanism = None
    if contents is not None:
        mechanism = read_mechanism(
            contents.model, contents.parameters.keys(), changed_at_the_beginning(contents), faults
        )
    if contents is None or mechanism is None or faults.found:
        raise DataFaults(_distinct(faults, lint))
    layout = layout_of(contents, mechanism, faults)
    readings = readings_of(contents, mechanism, faults)
    if faults.found or lint.found:
        # The linter gives no places, and may have other findings.
        raise DataFaults(_distinct(faults, lint))
    method = "kvaerno5" if solver == "auto" else solver
    made = Solver(mechanism, layout, contents.parameters, method, tolerance, absolute, max_steps)
    if solver == "auto":
        made = method_for(made)
    return PetabProblem(contents, readings, made, prior)


def _settings(path: Path) -> Mapping[str, Any]:
    library("petab.v2")
    if not path.is_file():
        raise SettingsError(f"There is no file {path}. Give the YAML file of a PEtab problem.")
    try:
        settings = library("yaml").safe_load(path.read_text(encoding="utf-8"))
        version = str(settings["format_version"]).split(".")[0]
    except Exception as error:
        # Anything may stand in the file, and the parser has errors of its own.
        raise SettingsError(f"{path} is no problem of PEtab: it has no format_version.") from error
    if version not in ("1", "2"):
        raise SettingsError(f"{path} is of version {version} of PEtab. Versions 1 and 2 are supported.")
    found: Mapping[str, Any] = settings
    return found


class _Kept(logging.Handler):
    """Messages of errors that the linter logs."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        # The last message is a verdict on the whole.
        if record.getMessage() != "Not OK":
            self.messages.append(record.getMessage())


def _lint(path: Path, settings: Mapping[str, Any]) -> Iterator[str]:
    """What the linter of PEtab calls errors."""
    logger, kept = logging.getLogger("petab"), _Kept()
    before = logger.handlers, logger.propagate
    logger.handlers, logger.propagate = [kept], False
    try:
        if str(settings["format_version"]).startswith("2"):
            v2 = library("petab.v2")
            kept.messages = [
                issue.message for issue in v2.lint_problem(str(path)) if int(issue.level) >= logging.ERROR
            ]
        else:
            v1 = library("petab.v1")
            if library("petab.v1.lint").lint_problem(v1.Problem.from_yaml(str(path))) and not kept.messages:
                kept.messages = ["The tables are not valid."]
    except Exception as error:
        # Tables that cannot be read at all are no issues of the linter, but errors of many kinds.
        kept.messages.append(f"{type(error).__name__}: {error}")
    finally:
        logger.handlers, logger.propagate = before
    yield from (" ".join(message.split()) for message in dict.fromkeys(kept.messages))


def _distinct(*faults: Faults) -> list[Fault]:
    return list(dict.fromkeys(fault for each in faults for fault in each.found))

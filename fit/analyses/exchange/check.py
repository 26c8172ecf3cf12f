"""What the libraries of the standards find in an export."""

from __future__ import annotations

import logging
from pathlib import Path

from windup.fit.analyses.exchange.files import MODEL, PROBLEM
from windup.fit.analyses.exchange.libraries import library
from windup.fit.analyses.exchange.sbml import sbml_faults


def faults_in(folder: Path) -> tuple[str, ...]:
    """Everything that libSBML's check of consistency and PEtab's linter find, warnings included.

    Parameters
    ----------
    folder
        With the files of an export.

    Raises
    ------
    SettingsError
        When one of the libraries is not installed.
    """
    petab = library("petab.v2")
    found = [f"{MODEL}, {each}" for each in sbml_faults((folder / MODEL).read_text(encoding="utf-8"))]
    # The linter writes to the log what it returns.
    logging.getLogger("petab").setLevel(logging.CRITICAL)
    try:
        issues = petab.lint_problem(folder / PROBLEM)
    except Exception as error:
        # Tables that cannot be read at all are no issues of the linter, but errors of many kinds.
        return (*found, f"{PROBLEM}: {type(error).__name__}: {error}")
    return (*found, *(f"{PROBLEM}: {issue.message}" for issue in issues))

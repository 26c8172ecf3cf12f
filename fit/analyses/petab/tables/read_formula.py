"""A formula in a cell of a table, whose faults are told with its place."""

from __future__ import annotations

import math
from collections.abc import Set

from windup.fit.analyses.petab.formulas.formula import Formula, NotTranslated, constant
from windup.fit.analyses.petab.formulas.sympy_formulas import table_formula
from windup.fit.analyses.petab.tables.cells import Faults
from windup.fit.analyses.petab.tables.contents import Place


def read_formula(text: str, place: Place, known: Set[str], faults: Faults) -> Formula:
    """Formula of a cell; not a number where it cannot be read.

    Parameters
    ----------
    text, place
        Content of the cell, and where it stands.
    known
        Names that something gives.
    faults
        Takes a formula that cannot be read, and names that nothing gives.
    """
    try:
        formula = table_formula(text)
    except NotTranslated as reason:
        faults.add(place, f"The formula cannot be read: {reason}.", "Write another one.")
        return constant(math.nan)
    for missing in sorted(formula.names - known):
        faults.add(place, f"The formula reads '{missing}', which nothing gives.", "Add the parameter.")
    return formula

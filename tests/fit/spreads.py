"""Tables of a study that prints the interval of a contrast, or three SDs of an arm, beside its used rows."""

from ..datasets.tiny import Tables
from .designs import tables_of

REPEATED = {"used": "no", "reason": "duplicates another row"}


def with_contrast(tables: Tables, **cells: str) -> Tables:
    """The tables with an unused contrast of both arms, of 40 and 10 patients: SE 0.5, SD sqrt(2)."""
    for dose, size in zip(tables["dosing.csv"], ("40", "10"), strict=True):
        dose["n_randomised"] = size
    last = tables["observations.csv"][-1]
    cells = {"se": "0.5", "n": "50", **cells}
    contrast = {"outcome": "difference_vs_placebo", "arm_id": "one", "reference_arm": "two", "value": "-1"}
    row = {**last, **REPEATED, **contrast, "sd": "", "time_weeks": "8", **cells}
    tables["observations.csv"].append({**row, "row_id": f"contrast{len(tables['observations.csv'])}"})
    return tables


def without_sd(*arms: str, **study: str) -> Tables:
    """Means of two arms at baseline and the end without any dispersion."""
    return tables_of({"sd": ""}, *(arms or ("one", "two")), study=study)


def with_change(tables: Tables, arm: str, **cells: str) -> Tables:
    """The tables with an unused change from baseline of an arm at week 8, with an SD."""
    last = tables["observations.csv"][-1]
    change = {"outcome": "pain_intensity_change", "arm_id": arm, "value": "-2", "time_weeks": "8"}
    row = {**last, **REPEATED, "reference_arm": "", "se": "", **change, **cells}
    tables["observations.csv"].append({**row, "row_id": f"change{len(tables['observations.csv'])}"})
    return tables

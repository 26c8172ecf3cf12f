"""A trial of a drug in which patients are many."""

from ....datasets.tiny import Tables
from ...designs import tables_of


def one_trial(**row: str) -> Tables:
    """Placebo and pregabalin 300 mg/day in one trial, with SDs."""
    tables = tables_of({"sd": "1.9", "n": "80", **row}, "placebo", "active")
    # The template is an arm on placebo.
    tables["dosing.csv"][1] |= {
        "drug": "pregabalin", "substance": "pregabalin",
        "dose_per_administration": "150", "dose_unit": "mg", "administrations_per_day": "2",
    }  # fmt: skip
    return tables

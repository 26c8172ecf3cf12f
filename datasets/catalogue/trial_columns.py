"""Columns of the tables of trials with the words that the rows of a catalogue add to them."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

from windup.datasets.catalogue.catalogue import Catalogue
from windup.datasets.catalogue.condition import Condition, Procedure
from windup.datasets.catalogue.drug import Drug
from windup.datasets.catalogue.instrument import Instrument
from windup.datasets.catalogue.outside_class import OutsideClass
from windup.datasets.dictionary.columns import TABLES, Column
from windup.datasets.dictionary.vocabulary import DOSE_UNITS


def trial_tables(catalogue: Catalogue) -> dict[str, tuple[Column, ...]]:
    """Columns of ``studies.csv``, ``dosing.csv`` and ``observations.csv`` for a folder.

    Parameters
    ----------
    catalogue
        Drugs, conditions and instruments that the folder may name.
    """
    words = {
        "condition": (tuple(catalogue.condition_by_name), other_names(catalogue.conditions)),
        "drug": (
            catalogue.treatments,
            other_names((*catalogue.drugs, *catalogue.outside_classes, *catalogue.procedures)),
        ),
        "dose_unit": (dose_units(catalogue), ()),
        "scale": (tuple(catalogue.instrument_by_name), other_names(catalogue.instruments)),
    }
    return {
        name: tuple(
            dataclasses.replace(column, allowed=words[column.name][0], other_names=words[column.name][1])
            if column.name in words
            else column
            for column in columns
        )
        for name, columns in TABLES.items()
    }


def dose_units(catalogue: Catalogue) -> tuple[str, ...]:
    """Units in which ``dosing.csv`` may give a dose."""
    own = [row.unit for row in catalogue.substances] + [drug.unit for drug in catalogue.drugs]
    return tuple(dict.fromkeys((*DOSE_UNITS, *own)))


def other_names(
    rows: Iterable[Drug | Condition | Instrument | OutsideClass | Procedure],
) -> tuple[tuple[str, str], ...]:
    """Labels and synonyms, each with the word of the tables that it means."""
    return tuple(
        (other, row.name)
        for row in rows
        for other in (row.label, *(() if isinstance(row, Instrument) else row.synonyms))
    )

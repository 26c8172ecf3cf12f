"""What single rows of the catalogue's tables lack, beyond the type and the bounds of a cell."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping

import pandas as pd

from windup.datasets.catalogue.instrument import LINKED
from windup.datasets.dictionary.vocabulary import ROUTES
from windup.datasets.files.errors import Fault, nearest

# Column, what stands there, what to do about it.
type _Finding = tuple[str, str, str]

# Numbers of a table and the column that has their source.
_SOURCES: dict[str, dict[str, str]] = {
    "drugs.csv": {
        "reference_dose": "reference_dose_source",
        "usual_low": "usual_source",
        "usual_high": "usual_source",
        "usual_dose": "usual_dose_source",
        "usual_dose_log_sd": "usual_dose_source",
        "half_dose": "half_dose_source",
        "absorption_a_mg": "absorption_source",
    },
    "actions.csv": {"prior_sd": "source"},
    "conditions.csv": {"central_share": "central_share_source"},
    "outside_classes.csv": {"relief_sd": "source", "days": "source"},
    "procedures.csv": {"cause_stays_low": "source", "cause_stays_high": "source"},
}
_REMEDY = "Give a DOI or an address that you have read, or 'expert: reason'."


def row_faults(tables: Mapping[str, pd.DataFrame]) -> list[Fault]:
    """Faults of rows that need no other row.

    Parameters
    ----------
    tables
        Typed tables by the name of their file, indexed by line.
    """
    return [
        Fault(name, int(str(line)), *finding)
        for name, table in tables.items()
        for line, row in table.iterrows()
        for finding in (*_ROWS[name](row), *_without_source(name, row))
    ]


def _without_source(name: str, row: pd.Series) -> Iterator[_Finding]:
    for source in dict.fromkeys(_SOURCES.get(name, {}).values()):
        given = [number for number, its in _SOURCES[name].items() if its == source]
        numbers = [number for number in given if not math.isnan(row[number])]
        if numbers and not row[source]:
            yield source, f"The number in {' and '.join(numbers)} has no source.", _REMEDY
        elif numbers and row[source].strip(" :").lower() == "expert":
            yield source, "The expert gives no reason.", "Write 'expert: ' and the reason."


def _drug(row: pd.Series) -> Iterator[_Finding]:
    unit = str(row["unit"])
    if math.isnan(row["reference_dose"]) and "/" in unit:
        found = f"A drug in {unit} has no reference dose."
        yield "reference_dose", found, "Give the daily dose at which its strengths are defined."
    if row["half_dose_log_sd"] > 0.0 and math.isnan(row["half_dose"]):
        found = "The SD of the logarithm of half_dose is given, and half_dose is not."
        yield "half_dose", found, "Give half_dose, or empty half_dose_log_sd."
    if row["usual_low"] > row["usual_high"]:
        found = f"The lower end {row['usual_low']:g} is above the upper end {row['usual_high']:g}."
        yield "usual_low", found, "Exchange them."
    for one, other in (("absorption_a_mg", "absorption_b_mg"), ("absorption_b_mg", "absorption_a_mg")):
        if not math.isnan(row[one]) and math.isnan(row[other]):
            yield other, f"Absorption needs two constants, and only {one} is given.", "Give both, or none."


def _substance(row: pd.Series) -> Iterator[_Finding]:
    for route in (word.strip() for word in row["route"].split(";")):
        if route and route not in ROUTES:
            yield "route", f"'{route}' is no route.", nearest(route, ROUTES)


def _action(row: pd.Series) -> Iterator[_Finding]:
    if row["sign"] in ("lowers", "raises") and math.isnan(row["prior_sd"]):
        found = "The strength has no prior."
        yield "prior_sd", found, "Give the SD of its prior, which is centred at no effect, and its source."


def _condition(row: pd.Series) -> Iterator[_Finding]:
    if "yes" not in (row["chronic"], row["episodic"]):
        return
    word = "chronic" if row["chronic"] == "yes" else "episodic"
    if math.isnan(row["central_share"]):
        found = f"A condition that is {word} has no central share."
        yield "central_share", found, "Give the share of the drive without a peripheral source, 0 to 1."
    if not row["placebo_group"]:
        found = f"A condition that is {word} has no placebo group."
        yield "placebo_group", found, "Name a group of placebo_groups.csv, packaged or yours."


def _placebo_group(_: pd.Series) -> Iterator[_Finding]:
    yield from ()


def _outside_class(_: pd.Series) -> Iterator[_Finding]:
    yield from ()


def _procedure(row: pd.Series) -> Iterator[_Finding]:
    low, high = row["cause_stays_low"], row["cause_stays_high"]
    if low >= high:
        found = f"The lower end {low:g} is not below the upper end {high:g}."
        yield "cause_stays_low", found, "Give the smaller share first."


def _instrument(row: pd.Series) -> Iterator[_Finding]:
    quantity, low, high = row["quantity"], row["low"], row["high"]
    if quantity in ("pain", *LINKED):
        for column, end in (("low", low), ("high", high)):
            if math.isnan(end):
                yield column, "An instrument of pain lacks an end.", "Give both ends of the scale."
    if low >= high:
        found = f"The lower end {low:g} is not below the upper end {high:g}."
        remedy = "Give the smaller number first; higher_is has the direction."
        yield "low", found, remedy
    if quantity == "magnesium" and math.isnan(row["factor"]):
        yield "factor", "A unit of magnesium has no factor.", "Give mmol/L per unit."
    if quantity in ("pain", *LINKED, "standardised_pain", "magnesium") and not row["source"]:
        yield "source", "The scale has no source.", _REMEDY
    if row["link"] and quantity not in LINKED:
        yield (
            "link",
            f"A scale of '{quantity}' has no link.",
            f"Empty the cell, or write one of: {', '.join(LINKED)}.",
        )


_ROWS: dict[str, Callable[[pd.Series], Iterator[_Finding]]] = {
    "drugs.csv": _drug,
    "substances.csv": _substance,
    "actions.csv": _action,
    "conditions.csv": _condition,
    "placebo_groups.csv": _placebo_group,
    "instruments.csv": _instrument,
    "outside_classes.csv": _outside_class,
    "procedures.csv": _procedure,
}

"""Names of the catalogue's tables: new, plain, each once, and known where another table uses them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping

import pandas as pd

from windup.datasets.catalogue.catalogue import Catalogue
from windup.datasets.catalogue.catalogue_rows import catalogue_of
from windup.datasets.files.errors import Fault, close_to

_PLAIN = re.compile(r"[a-z][a-z0-9_]*")
# Instruments are abbreviated by their authors.
_PLAIN_INSTRUMENT = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


def name_faults(tables: Mapping[str, pd.DataFrame], base: Catalogue) -> list[Fault]:
    """Names that stand twice, are not plain, or do not stand in the table that describes them.

    Parameters
    ----------
    tables
        Typed tables by the name of their file, indexed by line.
    base
        Rows that the tables are added to.
    """
    own = catalogue_of(tables)
    known = {
        ("drugs.csv", "drug"): base.treatments,
        ("outside_classes.csv", "class"): base.treatments,
        ("procedures.csv", "procedure"): base.treatments,
        ("conditions.csv", "condition"): tuple(base.condition_by_name),
        ("placebo_groups.csv", "placebo_group"): tuple(group.name for group in base.placebo_groups),
        ("instruments.csv", "instrument"): tuple(base.instrument_by_name),
    }
    faults: list[Fault] = []
    for (name, column), packaged in known.items():
        if name in tables:
            faults += _new_names(name, column, tables[name], packaged)
    drugs = [drug.name for drug in (*base.drugs, *own.drugs)]
    groups = [group.name for group in (*base.placebo_groups, *own.placebo_groups)]
    conditions = [*base.condition_by_name, *own.condition_by_name]
    for name, column, words in (
        ("procedures.csv", "conditions", conditions),
        ("substances.csv", "drug", drugs),
        ("actions.csv", "drug", drugs),
        ("conditions.csv", "placebo_group", groups),
    ):
        if name in tables:
            faults += _described(name, column, tables[name], words)
    if "outside_classes.csv" in tables:
        faults += _both_drug_and_class(tables["outside_classes.csv"], own)
    if "procedures.csv" in tables:
        faults += _both_procedure_and_other(tables["procedures.csv"], own)
    if "drugs.csv" in tables:
        faults += _dose_columns(tables["drugs.csv"], own, base)
    if "instruments.csv" in tables:
        faults += _links(tables["instruments.csv"], own, base)
    if "substances.csv" in tables:
        faults += _substances(tables["substances.csv"], own, base)
    if "actions.csv" in tables:
        faults += _strengths(tables["actions.csv"], own, base)
    return faults


def _new_names(name: str, column: str, table: pd.DataFrame, packaged: Collection[str]) -> Iterator[Fault]:
    seen: dict[str, int] = {}
    instrument = column == "instrument"
    for line, word in _cells(table, column):
        if word in packaged:
            found = f"'{word}' comes with windup already."
            yield Fault(name, line, column, found, "Use that row, or give yours another name.")
        elif word in seen:
            found = f"'{word}' stands in row {seen[word]} already."
            yield Fault(name, line, column, found, "Give every row a name that no other has.")
        elif not (_PLAIN_INSTRUMENT if instrument else _PLAIN).fullmatch(word):
            letters = "letters" if instrument else "lower-case letters"
            remedy = f"Use {letters}, digits and _, with a letter in front; label may hold anything."
            yield Fault(name, line, column, f"'{word}' is no plain name.", remedy)
        seen.setdefault(word, line)


def _both_drug_and_class(table: pd.DataFrame, own: Catalogue) -> Iterator[Fault]:
    """Classes that have the name of a drug of the same folder."""
    for line, word in _cells(table, "class"):
        if word in own.drug_by_name:
            remedy = "Leave the row where a model has a mechanism for it, or give one of them another name."
            yield Fault("outside_classes.csv", line, "class", f"'{word}' is a drug of drugs.csv.", remedy)


def _both_procedure_and_other(table: pd.DataFrame, own: Catalogue) -> Iterator[Fault]:
    """Procedures that have the name of a drug or a class of the same folder."""
    for line, word in _cells(table, "procedure"):
        for file, known in (
            ("drugs.csv", own.drug_by_name),
            ("outside_classes.csv", own.outside_class_by_name),
        ):
            if word in known:
                found = f"'{word}' stands in {file}, too."
                yield Fault("procedures.csv", line, "procedure", found, "Give one of them another name.")


def _links(table: pd.DataFrame, own: Catalogue, base: Catalogue) -> Iterator[Fault]:
    """Instruments that share a link and give it another prior, or another quantity."""
    first = {each.link: each for each in (*own.instruments[::-1], *base.instruments[::-1]) if each.link}
    for line, each in zip(table.index, own.instruments, strict=True):
        other = first.get(each.link)
        for column in ("quantity", "link_shift", "link_shift_sd", "link_slope_log_sd"):
            if other is not None and getattr(each, column) != getattr(other, column):
                found = f"'{other.name}' has the same link, with {column} {getattr(other, column)}."
                remedy = "Give both the same, or this one a link of its own."
                yield Fault("instruments.csv", int(line), column, found, remedy)


def _described(name: str, column: str, table: pd.DataFrame, words: list[str]) -> Iterator[Fault]:
    where = {"drug": "drugs.csv", "conditions": "conditions.csv"}.get(column, "placebo_groups.csv")
    for line, cell in _cells(table, column):
        for word in (part.strip() for part in cell.split(";")):
            if word and word not in words:
                found = f"'{word}' stands neither in {where} nor among those that come with windup."
                remedy = close_to(word, words) or f"Correct the name, or describe it in {where}."
                yield Fault(name, line, column, found, remedy)


def _dose_columns(table: pd.DataFrame, own: Catalogue, base: Catalogue) -> Iterator[Fault]:
    """Names of doses that belong to another drug."""
    owner = {column: drug.name for drug in base.drugs for column in (drug.name, *drug.dose_columns)}
    for line, drug in zip(table.index, own.drugs, strict=True):
        given = {"drug": drug.name, "dose_column": drug.dose_column,
                 "parenteral_dose_column": drug.parenteral_dose_column}  # fmt: skip
        for column, word in given.items():
            if column != "drug" and word and not _PLAIN.fullmatch(word):
                remedy = "Use lower-case letters, digits and _, with a letter in front."
                yield Fault("drugs.csv", int(line), column, f"'{word}' is no plain name.", remedy)
            # A name that comes with windup is a fault already.
            if word and owner.get(word, drug.name) != drug.name and word not in base.drug_by_name:
                found = f"'{word}' is a dose of '{owner[word]}'."
                yield Fault("drugs.csv", int(line), column, found, "Give it another name.")
        for word in given.values():
            owner.setdefault(word, drug.name)


def _substances(table: pd.DataFrame, own: Catalogue, base: Catalogue) -> Iterator[Fault]:
    """Substances of which two rows give different equivalents."""
    before = list(base.substances)
    for line, row in zip(table.index, own.substances, strict=True):
        for other in before:
            routes_meet = not row.routes or not other.routes or set(row.routes) & set(other.routes)
            shared = set(row.names) & set(other.names)
            if (row.drug, row.unit) == (other.drug, other.unit) and shared and routes_meet:
                words = "', '".join(sorted(shared))
                found = f"Another row has '{words}' of '{row.drug}' in {row.unit} by the same route."
                remedy = "Leave one of them; rows that come with windup stay as they are."
                yield Fault("substances.csv", int(line), "substance", found, remedy)
                break
        before.append(row)


def _strengths(table: pd.DataFrame, own: Catalogue, base: Catalogue) -> Iterator[Fault]:
    """Strengths whose name another action of the same model has."""
    taken = {(model, action.strength) for action in base.actions for model in action.models}
    for line, action in zip(table.index, own.actions, strict=True):
        if action.sign == "feeds" or not action.drugs:
            continue
        models = [model for model in action.models if (model, action.strength) in taken]
        if models:
            found = f"Another action in '{models[0]}' has the strength '{action.strength}'."
            yield Fault("actions.csv", int(line), "strength", found, "Give the strength another name.")
        elif not _PLAIN.fullmatch(action.strength) and all(map(_PLAIN.fullmatch, action.drugs)):
            remedy = "Use lower-case letters, digits and _, with a letter in front."
            found = f"'{action.strength}' is no plain name."
            yield Fault("actions.csv", int(line), "strength", found, remedy)
        taken |= {(model, action.strength) for model in action.models}


def _cells(table: pd.DataFrame, column: str) -> Iterator[tuple[int, str]]:
    """Lines and words of a column, without empty cells."""
    for line, word in table[column].items():
        if word:
            yield int(str(line)), str(word)

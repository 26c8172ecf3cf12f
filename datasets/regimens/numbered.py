"""The numbered tables of a TOML file, ``[[regimen]]`` and the like, each with its place."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

from windup.datasets.files.plain_file import NotReadable, toml_tables
from windup.datasets.regimens.checks import Place, name_of
from windup.datasets.regimens.faults import RegimenFault, RegimenFaults


class Numbered(NamedTuple):
    """One of them."""

    where: Place
    table: dict[str, Any]


def numbered_tables(path: Path, kind: str, remedy: str) -> tuple[tuple[Numbered, ...], list[RegimenFault]]:
    """All tables of one kind in a file that should hold nothing else.

    Parameters
    ----------
    path
        The file.
    kind
        Name of the tables.
    remedy
        What to do where there is none, or another key.

    Returns
    -------
    tuple
        The tables, and what is wrong with the file as a whole: other keys, names that occur twice.

    Raises
    ------
    RegimenFaults
        When the file cannot be read, or holds no such table.
    """
    whole = Place(path.name, 0, "", kind)
    try:
        content = toml_tables(path)
    except NotReadable as error:
        raise RegimenFaults([whole.unreadable(error)]) from error
    tables = content.get(kind)
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables) or not tables:
        raise RegimenFaults([whole.fault("", f"It holds no [[{kind}]].", remedy)])
    faults = [whole.fault(key, "The key is not known here.", remedy) for key in content if key != kind]
    numbered = tuple(
        Numbered(Place(path.name, number, name_of(table), kind), table)
        for number, table in enumerate(tables, start=1)
    )
    names = [each.where.name for each in numbered]
    for number, (where, _) in enumerate(numbered):
        if where.name and where.name in names[:number]:
            found = f"[[{kind}]] {names.index(where.name) + 1} has the same name."
            faults.append(where.fault("name", found, f"Name each {kind} differently."))
    return numbered, faults

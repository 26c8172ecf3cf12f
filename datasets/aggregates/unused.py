"""Names in a map that the file does not have."""

from __future__ import annotations

from windup.datasets.aggregates.reading.mapping import AggregateMap
from windup.datasets.aggregates.reading.read_file import AggregateFile
from windup.datasets.aggregates.reading.records import ContrastResult
from windup.datasets.files.errors import Fault, nearest


def not_in_the_file(file: AggregateFile, told: AggregateMap) -> tuple[list[Fault], list[str]]:
    """Names of the map that no row has.

    A study is a fault, and so is its own treatment: without it the common cells would count, and nobody would
    see. One map may serve several files of a synthesis: other labels are notes.

    Parameters
    ----------
    file, told
        The file as it was read, and the map.

    Returns
    -------
    tuple
        Faults and notes.
    """
    if not file.results:
        return [], []
    labels: dict[str, set[str]] = {}
    for each in file.results:
        mine = labels.setdefault(each.study, set())
        mine |= {each.label} | ({each.reference} if isinstance(each, ContrastResult) else set())
    anywhere = {label.casefold() for mine in labels.values() for label in mine}
    faults = [
        Fault(
            told.name, 0, f'study."{name}"', f"The file has no study '{name}'.", nearest(name, sorted(labels))
        )
        for name in told.study
        if name not in labels
    ]
    unused: list[str] = []
    for study, label in told.treatments:
        if study and study in labels and label.casefold() not in {each.casefold() for each in labels[study]}:
            found = f"The study '{study}' has no treatment '{label}'."
            place = f'study."{study}".treatment."{label}"'
            faults.append(Fault(told.name, 0, place, found, nearest(label, sorted(labels[study]))))
        elif not study and label.casefold() not in anywhere:
            unused.append(label)
    outcomes = {each.outcome for each in file.results}
    unused += [label for label in told.outcomes if label not in outcomes]
    return faults, [f"Labels of the map that the file does not have: {', '.join(unused)}."] if unused else []

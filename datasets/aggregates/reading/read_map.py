"""Reading a map of aggregate data from a TOML file, or from what a program hands over in its form."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, final

from windup.datasets.aggregates.reading.known_headers import ARM_MEANINGS, MEANINGS, column_name
from windup.datasets.aggregates.reading.mapping import LAYOUTS, NO_MAP, TIME_UNITS, AggregateMap, Cells
from windup.datasets.catalogue.catalogue import Catalogue
from windup.datasets.catalogue.trial_columns import trial_tables
from windup.datasets.dictionary.columns import Column
from windup.datasets.dictionary.limits import LONGEST_WEEKS
from windup.datasets.dictionary.rows import number
from windup.datasets.files.errors import Fault, nearest
from windup.datasets.files.plain_file import NotReadable, toml_tables
from windup.datasets.reading.said_cells import cell_findings

MOST_ARMS = 9
"""Arms that may stand side by side in a row."""

NAMES = (
    *MEANINGS,
    *(column_name(meaning, arm) for arm in range(1, MOST_ARMS + 1) for meaning in ARM_MEANINGS),
)
"""Names of columns in a map."""

WEEK = Column(
    "week", "number", "Week of rows without a time of their own.", unit="weeks", minimum=-LONGEST_WEEKS,
    maximum=LONGEST_WEEKS,
)  # fmt: skip
_LABELS = (Column("experimental", "text", "Treatment of arm 1."), Column("control", "text", "… of arm 2."))
_OF_A_ROW = ("outcome", "scale", "baseline_week", "limit", "flags", "source", "used", "reason")
_TOP = ("file", "columns", "studies", "rows", "treatment", "outcome", "study")


def read_map(source: Path | Mapping[str, Any] | None, catalogue: Catalogue) -> AggregateMap:
    """A map, with every fault of it.

    Parameters
    ----------
    source
        TOML file, or its content; None for a map that says nothing.
    catalogue
        Words that it may use.
    """
    name = source.name if isinstance(source, Path) else NO_MAP
    try:
        content = toml_tables(source) if isinstance(source, Path) else dict(source or {})
    except NotReadable as error:
        return AggregateMap(name, faults=(Fault(name, error.row, "", error.found, error.remedy),))
    return _Reader(name, catalogue).map_of(content)


@final
class _Reader:
    def __init__(self, name: str, catalogue: Catalogue) -> None:
        self._name, self._faults = name, list[Fault]()
        tables = trial_tables(catalogue)
        rows = [column for column in tables["observations.csv"] if column.name in _OF_A_ROW]
        self._study = [column for column in tables["studies.csv"] if column.name != "study_id"]
        self._row = [WEEK, *rows]
        self._phase = [column for column in tables["dosing.csv"] if column.name not in ("study_id", "arm_id")]

    def map_of(self, content: Mapping[str, Any]) -> AggregateMap:
        """The map; what is wrong is left out of it and named."""
        for key in content:
            if key not in _TOP:
                self._fault("", f"'{key}' is no table of a map.", nearest(key, _TOP))
        file = self._words("file", content.get("file", {}), ("layout", "time_unit"))
        columns = self._words("columns", content.get("columns", {}), NAMES)
        treatments = self._treatments("", content.get("treatment", {}))
        study: dict[str, Cells] = {}
        for name, table in self._tables("study", content.get("study", {})).items():
            place = f'study."{name}"'
            own = {key: cell for key, cell in table.items() if key != "treatment"}
            study[name] = self._cells(place, own, [WEEK, *self._study])
            treatments |= self._treatments(name, table.get("treatment", {}))
        outcomes = {
            name: self._cells(f'outcome."{name}"', table, [*self._row, *_LABELS])
            for name, table in self._tables("outcome", content.get("outcome", {})).items()
        }
        return AggregateMap(
            self._name,
            self._choice("layout", file.get("layout", ""), LAYOUTS),
            self._choice("time_unit", file.get("time_unit", ""), TIME_UNITS),
            columns,
            self._cells("studies", content.get("studies", {}), self._study),
            self._cells("rows", content.get("rows", {}), [*self._row, *_LABELS]),
            outcomes,
            study,
            treatments,
            tuple(self._faults),
        )

    def _fault(self, place: str, found: str, remedy: str) -> None:
        self._faults.append(Fault(self._name, 0, place, found, remedy))

    def _choice(self, key: str, word: str, allowed: Collection[str]) -> str:
        if word and word not in allowed:
            self._fault(f"file {key}", f"'{word}' is not known here.", nearest(word, allowed))
            return ""
        return word

    def _treatments(self, study: str, content: object) -> dict[tuple[str, str], tuple[Cells, ...]]:
        within = f'study."{study}".' if study else ""
        if not isinstance(content, Mapping):
            self._fault(f"{within}treatment", "It is no table of treatments.", 'Write [treatment."LABEL"].')
            return {}
        found: dict[tuple[str, str], tuple[Cells, ...]] = {}
        for label, phases in content.items():
            place = f'{within}treatment."{label}"'
            several = phases if isinstance(phases, list) else [phases]
            found[study, str(label)] = tuple(self._cells(place, each, self._phase) for each in several)
        return found

    def _tables(self, place: str, content: object) -> dict[str, Mapping[str, Any]]:
        """Tables by their names."""
        if isinstance(content, Mapping) and all(isinstance(each, Mapping) for each in content.values()):
            return {str(name): each for name, each in content.items()}
        self._fault(place, "It is no table of tables.", f'Write [{place}."NAME"] for each.')
        return {}

    def _words(self, place: str, content: object, known: Collection[str]) -> Cells:
        return self._cells(place, content, [Column(name, "text", "") for name in known])

    def _cells(self, place: str, content: object, columns: Collection[Column]) -> Cells:
        """Cells as text; those that cannot be meant are named and left out."""
        if not isinstance(content, Mapping):
            self._fault(place, "It is no table.", f"Write [{place}], and NAME = VALUE below it.")
            return {}
        cells = {str(name): self._text(f"{place} {name}", value) for name, value in content.items()}
        wrong = list(cell_findings("this table", columns, cells))
        for name, found, remedy in wrong:
            self._fault(f"{place} {name}".strip(), found, remedy)
        known = {column.name for column in columns} - {name for name, _, _ in wrong}
        return {name: cell for name, cell in cells.items() if name in known}

    def _text(self, place: str, value: object) -> str:
        match value:
            case bool():
                return "yes" if value else "no"
            case int() | float() if abs(value) < float("inf"):
                return number(float(value))
            case str():
                return value.strip()
            case list() if all(isinstance(each, str) for each in value):
                return ";".join(value)
        self._fault(place, "It is no text and no number.", "Write a number, or text in quotation marks.")
        return ""

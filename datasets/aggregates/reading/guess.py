"""What each column of a file of aggregate data holds, and how its rows are laid out: as told, or guessed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import final

from windup.datasets.aggregates.reading.known_headers import MEANINGS, column_name, known_header
from windup.datasets.aggregates.reading.mapping import LAYOUTS, AggregateMap
from windup.datasets.files.errors import Fault, nearest
from windup.datasets.files.grid import Grid
from windup.datasets.files.header import header_key
from windup.datasets.reading.numbers import MISSING

_MAP = "named in the map"
_RESULTS = ("mean", "events")


@final
@dataclass(frozen=True)
class ColumnGuess:
    """One column that is read.

    Attributes
    ----------
    name
        Name of the column in a map: its meaning, with the number of its arm.
    header
        Its header in the file.
    meaning, arm
        One of `MEANINGS`, and the number of the arm; 0 where arms do not stand side by side.
    how
        How that is known.
    unit
        Unit of a column of times that its header names.
    """

    name: str
    header: str
    meaning: str
    arm: int
    how: str
    unit: str = ""

    @property
    def shown(self) -> str:
        """Its meaning in words."""
        return MEANINGS[self.meaning] + (f" of arm {self.arm}" if self.arm else "")


@final
@dataclass(frozen=True)
class AggregateGuesses:
    """What is read of a file, and how.

    Attributes
    ----------
    columns
        The columns that are read, in the order of the file.
    layout, layout_how
        One of `windup.datasets.aggregates.reading.mapping.LAYOUTS`, and how it is known.
    time_unit, time_unit_how
        Unit of the column of times, ``''`` where there is none or it is not known, and how it is known.
    notes
        Sentences on how the file was read, and on columns that are not read.
    """

    columns: tuple[ColumnGuess, ...]
    layout: str
    layout_how: str
    time_unit: str
    time_unit_how: str
    notes: tuple[str, ...] = ()

    @property
    def headers(self) -> dict[str, str]:
        """Header of each column, by its name."""
        return {each.name: each.header for each in self.columns}

    @property
    def arms(self) -> tuple[int, ...]:
        """Numbers of the arms that stand side by side."""
        return tuple(sorted({each.arm for each in self.columns} - {0}))


def guesses_of(grid: Grid, name: str, told: AggregateMap) -> tuple[AggregateGuesses, list[Fault]]:
    """Columns, layout and unit of time of a file, and what cannot be decided.

    Parameters
    ----------
    grid
        The file, with its header first.
    name
        Its name, as faults show it.
    told
        What the map says; it goes before every guess.
    """
    line = grid.lines[0]
    columns, faults = _columns(grid.rows[0], name, line, told)
    layout, how = told.layout, _MAP
    if not layout:
        layout, how = _layout(columns, grid)
    columns = _read_so(columns, layout)
    columns = [each for each in columns if each.name in _wanted(columns, layout)]
    present = {each.name for each in columns}
    faults += [
        Fault(name, line, column, found, remedy) for column, found, remedy in _lacking(present, layout)
    ]
    times = next((each for each in columns if each.meaning == "time"), None)
    unit, unit_how = told.time_unit, _MAP
    if times is not None and not unit:
        unit, unit_how = times.unit, times.how
        if not unit:
            found = "The file does not show the unit of these times."
            remedy = 'Write time_unit = "weeks" under [file] of the map, or "days", or "months".'
            faults.append(Fault(name, line, times.header, found, remedy))
    if times is None:
        unit = unit_how = ""
    return AggregateGuesses(tuple(columns), layout, how, unit, unit_how), faults


def _columns(
    titles: Sequence[str], name: str, line: int, told: AggregateMap
) -> tuple[list[ColumnGuess], list[Fault]]:
    """Columns that the map names, and those whose header is known."""
    faults: list[Fault] = []
    chosen: dict[str, ColumnGuess] = {}
    keys = [header_key(title) for title in titles]
    named = {column: header for column, header in told.columns.items() if header}
    for column, header in named.items():
        if header_key(header) not in keys:
            found = f"The file has no column '{header}'."
            faults.append(
                Fault(told.name, 0, f"columns {column}", found, nearest(header, filter(None, titles)))
            )
            continue
        meaning, _, arm = column.rpartition("_") if column[-1].isdigit() else (column, "", "0")
        title = titles[keys.index(header_key(header))]
        chosen[column] = ColumnGuess(column, title, meaning, int(arm), _MAP, _unit_in(title))
    taken = {header_key(header) for header in named.values()}
    for title in titles:
        known = known_header(title)
        if known is None or header_key(title) in taken:
            continue
        column = column_name(known.meaning, known.arm)
        if column in told.columns:
            continue
        guess = ColumnGuess(column, title, known.meaning, known.arm, known.how, known.unit)
        if column in chosen:
            found = f"The columns '{chosen[column].header}' and '{title}' both look like '{column}'."
            remedy = f'Name the right one in the map: [columns], {column} = "{title}".'
            faults.append(Fault(name, line, title, found, remedy))
        chosen.setdefault(column, guess)
    order = {title: place for place, title in enumerate(titles)}
    return sorted(chosen.values(), key=lambda each: order[each.header]), faults


def _unit_in(title: str) -> str:
    known = known_header(title)
    return known.unit if known is not None else ""


def _layout(columns: Sequence[ColumnGuess], grid: Grid) -> tuple[str, str]:
    names = {each.name for each in columns}
    side_by_side = {each.meaning for each in columns if each.arm}
    if side_by_side & {*_RESULTS}:
        return "wide", "guessed: results of arms stand side by side"
    if "treatment" in side_by_side:
        return "contrasts", "guessed: two treatments and one difference in a row"
    value = next((name for name in ("mean", "effect") if name in names), "")
    if value and "study" in names and _one_empty_in_each(columns, grid, value):
        return "long contrasts", "guessed: one row of each study has no value"
    return "long", "guessed: one treatment in a row"


def _one_empty_in_each(columns: Sequence[ColumnGuess], grid: Grid, value: str) -> bool:
    """Whether every group of rows of a study and time has one without a value, and others with one."""
    titles = grid.rows[0]
    by_name = {each.name: titles.index(each.header) for each in columns}
    keys = [by_name[name] for name in ("study", "outcome", "time") if name in by_name]
    groups: dict[tuple[str, ...], list[bool]] = {}
    for row in grid.rows[1:]:
        if len(row) == len(titles):
            cell = row[by_name[value]]
            groups.setdefault(tuple(row[key] for key in keys), []).append(not cell or cell in MISSING)
    return bool(groups) and all(sum(each) == 1 and len(each) > 1 for each in groups.values())


def _read_so(columns: Sequence[ColumnGuess], layout: str) -> list[ColumnGuess]:
    """Columns as the layout reads them: an unnumbered value is that of an arm, or of a difference."""
    names = {each.name for each in columns}
    means = {"effect": "mean", "effect_se": "se"}
    other = means if layout == "long" else {mean: effect for effect, mean in means.items()}
    return [
        ColumnGuess(other[each.name], each.header, other[each.name], 0, each.how)
        if each.name in other and other[each.name] not in names and (layout != "wide" or each.name == "se")
        else each
        for each in columns
    ]


def _wanted(columns: Sequence[ColumnGuess], layout: str) -> set[str]:
    """Names of the columns that a layout reads."""
    rows = {"study", "year", "outcome", "time"}
    if layout in ("wide", "contrasts"):
        numbered = {each.name for each in columns if each.arm}
        return rows | numbered | {"effect", "effect_se"}
    aside = {"effect", "effect_se"} if layout == "long" else {"mean", "sd", "se", "events"}
    return rows | {each.name for each in columns if not each.arm} - aside


def _lacking(present: set[str], layout: str) -> Iterator[tuple[str, str, str]]:
    """Columns without which no row can be read."""
    remedy = "Name the column in the map, under [columns]."
    if "study" not in present:
        yield "study", "No column holds the names of the studies.", remedy
    if layout in ("long", "long contrasts"):
        if "treatment" not in present:
            yield "treatment", "No column holds the treatments.", remedy
        if layout == "long" and not present & {*_RESULTS}:
            yield "mean", "No column holds means, or numbers of responders.", remedy
    if layout == "contrasts":
        for name in ("treatment_1", "treatment_2"):
            if name not in present:
                yield name, f"No column holds the {MEANINGS['treatment']} of arm {name[-1]}.", remedy
    if layout.endswith("contrasts") and "effect" not in present:
        yield "effect", f"No column holds the difference ({LAYOUTS[layout]}).", remedy
    if layout == "wide" and not any(name.startswith(_RESULTS) for name in present):
        yield "mean_1", "No column holds means, or numbers of responders, of arm 1.", remedy

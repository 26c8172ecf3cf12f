"""A map to be filled in, with the labels of a file and what was guessed of them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from windup.datasets.aggregates.added import added_rows
from windup.datasets.aggregates.outcomes import OTHER
from windup.datasets.aggregates.reading.guess import AggregateGuesses
from windup.datasets.aggregates.reading.mapping import LAYOUTS, AggregateMap
from windup.datasets.aggregates.reading.read_file import AggregateFile, read_aggregate
from windup.datasets.aggregates.reading.read_map import read_map
from windup.datasets.aggregates.reading.records import ContrastResult
from windup.datasets.aggregates.treatments import Treatments
from windup.datasets.catalogue.catalogue import Catalogue
from windup.datasets.files.data_faults import DataFaults

_NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)?")


def aggregate_map(
    table: Path | pd.DataFrame,
    *,
    mapping: Path | Mapping[str, Any] | None = None,
    catalogue: Path | None = None,
) -> str:
    """Text of a map of a file of aggregate data, to be filled in.

    A label that the catalogue has, and that needs no dose, is filled in. A number in another label is named
    in a comment: it may be a dose, and a dose is never guessed.

    Parameters
    ----------
    table, mapping, catalogue
        As `windup.datasets.aggregates_to_trials` has them; of the map only columns, layout and unit are read.

    Returns
    -------
    str
        TOML.

    Raises
    ------
    DataFaults
        When the file cannot be read.

    Examples
    --------
    >>> arms = pd.DataFrame({"study": "a", "trt": ["placebo", "gaba 600"], "y": [6, 5], "se": 0.2, "n": 50})
    >>> print(aggregate_map(arms).partition('[treatment."placebo"]')[2].strip())
    drug = "placebo"  # a name of the catalogue
    """
    added = added_rows(catalogue)
    told = read_map(mapping, added.catalogue)
    file = read_aggregate(table, told)
    if added.faults or file.guesses is None or not file.results:
        raise DataFaults(sorted({*added.faults, *told.faults, *file.faults}))
    parts = (
        _file_part(file.guesses),
        _rows_part(file),
        _outcome_part(file),
        _treatment_part(file, told, added.catalogue),
    )
    heading = f"# What {file.name} means, for: windup import aggregate. An empty text counts as missing."
    return "\n".join([heading, *(line for part in parts for line in part)]) + "\n"


def _file_part(guesses: AggregateGuesses) -> Iterator[str]:
    yield ""
    yield "[file]"
    yield f"layout = {_quoted(guesses.layout)}  # {guesses.layout_how}; one of: {', '.join(LAYOUTS)}"
    if any(each.meaning == "time" for each in guesses.columns):
        yield f"time_unit = {_quoted(guesses.time_unit)}  # days, weeks or months"
    yield ""
    yield "[columns]"
    for each in guesses.columns:
        yield f"{each.name} = {_quoted(each.header)}  # {each.shown}; {each.how}"


def _rows_part(file: AggregateFile) -> Iterator[str]:
    yield ""
    yield '[studies]  # cells of studies.csv; of one study below [study."NAME"]'
    yield 'condition = ""  # what the participants have, e.g. "fibromyalgia"'
    yield '# design = "parallel_rct"  # how participants were allocated'
    yield ""
    yield "[rows]  # cells of observations.csv"
    if file.guesses is None or "time" not in file.guesses.headers:
        yield "# week = 12  # time of rows that have none"
    if not _outcomes(file):
        yield from _of_an_outcome(file)
    yield '# source = "doi:…"  # of the synthesis'


def _of_an_outcome(file: AggregateFile) -> Iterator[str]:
    if not all(isinstance(each, ContrastResult) for each in file.results):
        yield 'outcome = ""  # pain_intensity, pain_intensity_change, responder_30, responder_50 or other'
    yield 'scale = ""  # instrument, e.g. "NRS_0_10"; "percent" of responders; "sd_units" of SMDs'


def _outcomes(file: AggregateFile) -> list[str]:
    return sorted({each.outcome for each in file.results} - {""})


def _outcome_part(file: AggregateFile) -> Iterator[str]:
    for label in _outcomes(file):
        yield ""
        yield f"[outcome.{_quoted(label)}]"
        yield from _of_an_outcome(file)
        if len(_outcomes(file)) > 1:
            yield f'# outcome = "{OTHER}"  # instead: no fit reads it'


def _treatment_part(file: AggregateFile, told: AggregateMap, catalogue: Catalogue) -> Iterator[str]:
    labels = {each.label for each in file.results}
    labels |= {each.reference for each in file.results if isinstance(each, ContrastResult)}
    treatments = Treatments(AggregateMap(told.name), catalogue)
    for label in sorted(labels - {""}):
        treatments.treatment_of("", label, 0, "")
        guessed = treatments.guessed.get(label, "")
        yield ""
        yield f"[treatment.{_quoted(label)}]"
        yield f"drug = {_quoted(guessed)}" + ("  # a name of the catalogue" if guessed else "")
        if guessed:
            continue
        numbers = _NUMBER.findall(label)
        seen = f"  # the label has {', '.join(numbers)}" if numbers else ""
        yield f"# dose_per_administration ={seen}"
        yield '# dose_unit = "mg"'
        yield "# administrations_per_day ="
        yield '# dose_how = "not stated"  # instead of a dose'


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")

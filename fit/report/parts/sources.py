"""The part of a report on its data: every study with its source, and every row, used or not and why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from windup.fit.display.blocks import Heading, Paragraph, Table
from windup.fit.display.labels import label
from windup.fit.display.text import clipped
from windup.fit.report.document.elements import Cell, Details, Grid, Link, ReportBlock, Section
from windup.fit.report.document.links import doi_link, linked
from windup.fit.report.document.subject import Subject

_LONGEST = 300
_ROW_COLUMNS = ("row", "week", "outcome", "scale", "value", "n", "source", "where in it", "how")


def sources_part(subject: Subject) -> Section:
    """Studies and rows of the trials that the run was fitted to."""
    trials = subject.run.trials
    rows = trials.observations
    used = rows[rows["used"]]
    unused = rows[~rows["used"]]
    counts = used["study_id"].value_counts()
    with_rows = trials.studies[trials.studies["study_id"].isin(counts.index)]
    without = trials.studies[~trials.studies["study_id"].isin(counts.index)]
    reasons = {name: part["reason"].value_counts() for name, part in unused.groupby("study_id")}
    blocks: list[ReportBlock] = [
        Paragraph(
            f"{len(trials.studies)} studies with {len(rows)} published rows were read; the fit used "
            f"{len(used)} rows of {len(with_rows)} studies. SHA-256 of the three tables: "
            f"{trials.sha256}. Links lead to the web; nothing else in this file does."
        ),
        Heading("Why rows were not used"),
        Table(
            ("reason", "rows", "studies"),
            tuple(
                (clipped(str(reason), 80), str(len(part)), str(part["study_id"].nunique()))
                for reason, part in sorted(unused.groupby("reason"), key=lambda each: -len(each[1]))
            ),
        ),
        Heading("Studies that the fit used"),
        _studies("Studies with used rows", with_rows, subject, counts, reasons),
        Details(
            f"The {len(without)} studies that gave no row, and why",
            (_studies("Studies without a used row", without, subject, counts, reasons),),
        ),
        Details(f"The {len(used)} rows used, each with its source", (_rows("Rows used", used, ()),)),
        Details(
            f"The {len(unused)} rows not used, each with its source and the reason",
            (_rows("Rows not used", unused, ("reason",)),),
        ),
    ]
    return Section("sources", "Data and their sources", tuple(blocks))


def _studies(
    caption: str,
    studies: pd.DataFrame,
    subject: Subject,
    counts: pd.Series[int],
    reasons: Mapping[Any, pd.Series[int]],
) -> Grid:
    cells: list[tuple[Cell, ...]] = []
    for row in studies.to_dict("records"):
        name = str(row["study_id"])
        why = reasons.get(name)
        told = "" if why is None else "; ".join(f"{count} {reason}" for reason, count in why.items())
        cells.append(
            (
                clipped(name, 60),
                clipped(str(row["citation"]), _LONGEST),
                f"{subject.labels.of(str(row['condition']))}, {label(str(row['design']))}",
                _addresses(row),
                str(counts.get(name, 0)),
                clipped(told, _LONGEST),
                clipped(str(row.get("notes", "")), _LONGEST),
            )
        )
    columns = ("study", "citation", "condition, design", "source", "rows used", "rows not used", "notes")
    names = tuple(subject.anchors[str(name)] for name in studies["study_id"])
    return Grid(caption, columns, tuple(cells), names)


def _addresses(row: Mapping[Any, object]) -> Cell:
    """Addresses of a study, each once: DOI, PubMed id, where it was read, and those in its citation."""
    pubmed = _text(row.get("pmid"))
    fields = (
        doi_link(_text(row.get("doi"))),
        linked(f"pmid:{pubmed}" if pubmed else ""),
        linked(clipped(_text(row.get("source_url")), _LONGEST)),
        tuple(part for part in linked(_text(row.get("citation"))) if isinstance(part, Link)),
    )
    seen: set[str] = set()
    parts: list[str | Link] = []
    for field in fields:
        fresh = [part for part in field if isinstance(part, str) or _same(part) not in seen]
        if any(isinstance(part, Link) for part in fresh) or any(isinstance(part, str) for part in field):
            parts += ["; "] if parts else []
            parts += [part if part in fresh or isinstance(part, str) else part.text for part in field]
        seen |= {_same(part) for part in field if isinstance(part, Link)}
    return tuple(parts)


def _same(link: Link) -> str:
    """Address by which two links to one place are known."""
    return link.address.rstrip("/").lower()


def _text(value: object) -> str:
    """Text of a cell; a PubMed id may have been read as a number."""
    if value is None or value != value:
        return ""
    return f"{value:.0f}" if isinstance(value, float) else str(value)


def _rows(caption: str, rows: pd.DataFrame, more: tuple[str, ...]) -> Grid:
    cells: list[tuple[Cell, ...]] = [
        (
            clipped(str(row["row_id"]), 120),
            _number(row["time_weeks"]),
            str(row["outcome"]).replace("_", " "),
            str(row["scale"]).replace("_", " "),
            _number(row["value"]),
            _number(row["n"]),
            linked(clipped(str(row["source"]), _LONGEST)),
            clipped(str(row["location"]), _LONGEST),
            clipped(str(row["how"]), _LONGEST),
            *(clipped(str(row[name]), _LONGEST) for name in more),
        )
        for row in rows.to_dict("records")
    ]
    return Grid(caption, (*_ROW_COLUMNS, *more), tuple(cells))


def _number(value: object) -> str:
    return "" if value is None or value != value else f"{value:g}".replace("-", "−")

"""Claims about corrupted tables of trials: each loads or is refused with file, row, column and remedy."""

from __future__ import annotations

import io
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from windup.datasets import TABLES, DataFaults, Trials, check_counts, load_trials
from windup.fit.design.build import build_design
from windup.fit.errors import NothingToFit

from .corruption import spoilt_bytes, spoilt_rows
from .invariants import assert_is_told, examples, faults_or
from .packaged import csv_bytes, small_tables

SMALL = small_tables()
WHOLE = {name: csv_bytes(rows) for name, rows in SMALL.items()}
NAMES = st.sampled_from(list(TABLES))


def _folder_in_place_of_a_file(path: Path) -> None:
    path.mkdir()


def _link_to_itself(path: Path) -> None:
    path.symlink_to(path)


def _pipe_that_nobody_writes_to(path: Path) -> None:
    os.mkfifo(path)


def _endless_device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def _nothing(path: Path) -> None:
    pass


THINGS = (
    _folder_in_place_of_a_file,
    _link_to_itself,
    _pipe_that_nobody_writes_to,
    _endless_device,
    _nothing,
)


class Files(dict[str, bytes]):
    """The three files; shown by the lines in which they differ from those without a fault."""

    def __repr__(self) -> str:
        changed: list[str] = []
        for name, content in self.items():
            whole = WHOLE[name].split(b"\n")
            lines = [line for line in content.split(b"\n") if line not in whole][:8]
            changed += [f"{name}: {len(content)} bytes, of {len(WHOLE[name])}"] * (content != WHOLE[name])
            changed += [f"  {line[:400]!r}" for line in lines]
        return "\n".join(changed)


@st.composite
def corrupted(draw: Callable[[st.SearchStrategy[Any]], Any]) -> Files:
    """The three files with accidents to the cells of one or two, or to the bytes of one."""
    files = Files(WHOLE)
    for name in draw(st.lists(NAMES, min_size=1, max_size=2, unique=True)):
        files[name] = csv_bytes(draw(spoilt_rows(SMALL[name])))
    if draw(st.integers(0, 2)) == 0:
        name = draw(NAMES)
        files[name] = draw(spoilt_bytes(files[name]))
    return files


def load_and_judge(files: Files) -> None:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        for name, content in files.items():
            (folder / name).write_bytes(content)
        judge(faults_or(lambda: load_trials(folder), folder), files)


def judge(found: Trials | Exception, files: Files) -> None:
    if isinstance(found, Trials):
        check_counts(found)
        try:
            design = build_design(found)
        except NothingToFit:
            return
        # What loads can be fitted.
        assert np.isfinite(design.rows.estimate).all()
        assert (design.rows.n > 0).all()
        assert np.isfinite(design.schedule.trial_days).all()
        assert all(np.isfinite(doses).all() for doses in design.schedule.doses.values())
        return
    assert isinstance(found, DataFaults)
    assert found.faults
    for fault in found.faults:
        assert fault.file in files
        lines = files[fault.file].count(b"\n") + files[fault.file].count(b"\r") + 1
        assert 0 <= fault.row <= lines
        # A column belongs to a row, if only to the header.
        assert not fault.column or fault.row >= 1
        assert_is_told([fault.found, fault.remedy, str(fault)])


def test_small_tables_that_are_corrupted_load_whole(tmp_path: Path) -> None:
    for name, content in WHOLE.items():
        (tmp_path / name).write_bytes(content)
    assert load_trials(tmp_path).observations["used"].sum() > 10


@examples(100)
@given(corrupted())
def test_corrupted_tables_load_or_are_refused_with_place_and_remedy(files: Files) -> None:
    load_and_judge(files)


@st.composite
def corrupted_workbook(draw: Callable[[st.SearchStrategy[Any]], Any]) -> bytes:
    """One workbook with accidents to the cells of a sheet, at times to its bytes."""
    spoilt = draw(NAMES)
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in SMALL.items():
        sheet = book.create_sheet(name.removesuffix(".csv"))
        for row in draw(spoilt_rows(rows)) if name == spoilt else rows:
            sheet.append([_cell_of_excel(cell) for cell in row])
    stream = io.BytesIO()
    book.save(stream)
    content = stream.getvalue()
    return bytes(draw(spoilt_bytes(content))) if draw(st.integers(0, 3)) == 0 else content


def _cell_of_excel(text: str) -> object:
    plain = ILLEGAL_CHARACTERS_RE.sub("", text)[:32_000]
    try:
        return float(plain) if plain and np.isfinite(float(plain)) else plain or None
    except ValueError:
        return plain


@examples(30)
@given(corrupted_workbook())
def test_corrupted_workbook_loads_or_is_refused_with_place_and_remedy(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        (folder / "trials.xlsx").write_bytes(content)
        found = faults_or(lambda: load_trials(folder), folder)
        if isinstance(found, Trials):
            check_counts(found)
            return
        assert isinstance(found, DataFaults)
        for fault in found.faults:
            assert fault.file.startswith("trials.xlsx, sheet ") or fault.file in TABLES
            assert_is_told([fault.found, fault.remedy, str(fault)])


@pytest.mark.robustness
@examples(4000)
@given(corrupted())
def test_four_thousand_corrupted_tables_load_or_are_refused(files: Files) -> None:
    load_and_judge(files)


@pytest.mark.parametrize("thing", THINGS)
@pytest.mark.parametrize("name", TABLES)
def test_what_is_no_plain_file_is_refused_without_waiting(
    tmp_path: Path, thing: Callable[[Path], None], name: str
) -> None:
    for other, content in WHOLE.items():
        if other != name:
            (tmp_path / other).write_bytes(content)
    thing(tmp_path / name)
    found = faults_or(lambda: load_trials(tmp_path), tmp_path)
    assert isinstance(found, DataFaults)
    assert [(fault.file, fault.row) for fault in found.faults] == [(name, 0)]

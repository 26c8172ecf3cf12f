"""One report for all of its tests, of a run with hostile names."""

import json
from pathlib import Path
from xml.etree.ElementTree import Element

import html5lib
import pandas as pd
import pytest

from windup.fit.report.build import RunReport, build_report
from windup.fit.report.document.results import results_of
from windup.fit.report.document.subject import Subject
from windup.fit.runs.fitted_run import read_run

from ..hostile import hostile_run, write_hostile_trials
from .reports import identified, leaves_out


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run with hostile names everywhere, also in its path, and one result of its draws."""
    home = tmp_path_factory.mktemp("reports")
    data = write_hostile_trials(home / "data")
    run = hostile_run(home / "<b>r & \"d'\N{PILL}", data)
    identified(run, read_run(run).draws_sha256)
    return run


@pytest.fixture(scope="session")
def found(folder: Path) -> RunReport:
    return build_report(folder, leaves_out=leaves_out)


@pytest.fixture(scope="session")
def page(found: RunReport) -> Element:
    """The report as a strict parser of HTML 5 reads it: it raises on any error."""
    parsed: Element = html5lib.HTMLParser(strict=True).parse(found.html)
    return parsed


@pytest.fixture
def subject(folder: Path) -> Subject:
    run = read_run(folder)
    record = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    results = results_of(run, compare=None, calibration=None)
    return Subject(run, record, pd.DataFrame(), leaves_out(run), results)

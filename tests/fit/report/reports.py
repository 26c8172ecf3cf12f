"""What the tests of a report share: how it is read, and results that it shows."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

import numpy as np
import pandas as pd
import xarray as xr

from windup.fit.analyses.comparison.left_out_rows import LeftOutRows, studies_left_out
from windup.fit.display.figure import figure
from windup.fit.report.document.subject import Subject
from windup.fit.runs.analysis_result import AnalysisResult, Section
from windup.fit.runs.fitted_run import FittedRun
from windup.fit.runs.results import publish_results
from windup.fit.storage.folder import RunFolder

from ..hostile import NAMES

HTML = "{http://www.w3.org/1999/xhtml}"


def leaves_out(run: FittedRun, **_: Any) -> LeftOutRows:
    """Stand-in for what evaluates the model: uniform transforms."""
    count = run.tree["observed_data"].sizes["row"]
    rows = pd.DataFrame({"pit": (np.arange(count) + 0.5) / count, "pareto_k": 0.1})
    return LeftOutRows(rows, studies_left_out(run.tree))


def identified(run: Path, digest: str) -> None:
    """What `windup identify` would leave."""
    section = Section(NAMES[0], NAMES[1], ("name", "value"), ((NAMES[2], NAMES[5]), (NAMES[6], "1")))
    drawn_figure = figure("nothing", width_inches=4.0, height_inches=2.0)
    found = AnalysisResult(
        "identify", "title", NAMES[0], (section,), {}, {NAMES[4]: drawn_figure}, xr.DataTree(), {}, ()
    )
    found = dataclasses.replace(found, numbers={"draws_sha256": digest})
    folder = RunFolder.open(run / "identify", overwrite=True)
    publish_results(folder, found.results({}))


def every(page: Element, *names: str) -> Iterator[Element]:
    return (element for element in page.iter() if element.tag in {f"{HTML}{name}" for name in names})


def text_of(element: Element) -> str:
    return "".join(element.itertext())


def with_record(subject: Subject, **changes: Any) -> Subject:
    return dataclasses.replace(subject, record={**subject.record, **changes})

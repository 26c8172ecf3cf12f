"""Claims about the folder that an analysis leaves."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from windup.fit.analyses.pages import page_of
from windup.fit.display.blocks import Heading, Paragraph, markdown
from windup.fit.display.figure import figure
from windup.fit.errors import RunFolderRefused
from windup.fit.runs.analysis_result import AnalysisResult, Section
from windup.fit.runs.results import Results, publish_results
from windup.fit.storage.folder import making

NOTICE = "NOT CONVERGED: do not rely on these results."


def results(**changes: object) -> Results:
    known: dict[str, object] = {
        "settings": {"draws": 2},
        "record": {"notices": [NOTICE], "statement": "For research only.", "share": np.float64("nan")},
        "page": lambda record: (Heading("Title", level=1), Paragraph(f"share: {record['share']}")),
        "source": "windup test.",
        "tables": {"rows": pd.DataFrame({"estimate": [1.5, 2.5]})},
        "figures": {"figures/empty": figure("Nothing", width_inches=3.0, height_inches=2.0)},
        "trees": {"draws": xr.DataTree(xr.Dataset({"gain": ("draw", [1.0, 2.0])}))},
    }
    return Results(**(known | changes))  # type: ignore[arg-type]  # each field keeps its type


def test_folder_of_an_analysis_holds_every_file_and_all_repeat_its_warnings(tmp_path: Path) -> None:
    with making(tmp_path / "out", overwrite=False) as folder:
        place, record = publish_results(folder, results())
    files = {str(path.relative_to(place)) for path in place.rglob("*") if path.is_file()}
    figures = {"figures/empty.png"}
    assert files == figures | {"settings.json", "draws.nc", "rows.csv", "summary.json", "summary.md"}
    assert json.loads((place / "settings.json").read_text()) == {"draws": 2, "notices": [NOTICE]}
    assert set(pd.read_csv(place / "rows.csv")["notices"]) == {NOTICE}
    with xr.open_datatree(place / "draws.nc", engine="h5netcdf") as tree:
        assert json.loads(tree.attrs["notices"]) == [NOTICE]
    assert json.loads((place / "summary.json").read_text()) == record


def test_page_of_an_analysis_is_made_from_the_record_that_is_written(tmp_path: Path) -> None:
    with making(tmp_path / "out", overwrite=False) as folder:
        place, record = publish_results(folder, results())
    assert record["share"] is None
    assert "share: None" in (place / "summary.md").read_text()


def test_result_made_of_sections_has_the_page_that_is_shown_for_its_summary(tmp_path: Path) -> None:
    empty = xr.DataTree(xr.Dataset())
    section = Section("Part", "Text of the part.", ("name",), (("first",),))
    result = AnalysisResult("identify", "Title", "Verdict.", (section,), {}, {}, empty, {"pairs": 1}, ())
    with making(tmp_path / "out", overwrite=False) as folder:
        place, record = publish_results(folder, result.results({"profiles": 6}))
    assert record["pairs"] == 1
    assert record["settings"] == {"profiles": 6}
    assert (place / "summary.md").read_text() == markdown(page_of(record))
    assert "Text of the part." in (place / "summary.md").read_text()


def test_folder_that_cannot_be_written_whole_is_not_there(tmp_path: Path) -> None:
    def fails(record: object) -> tuple[()]:
        raise RunFolderRefused("no page")

    with (
        pytest.raises(RunFolderRefused, match="no page"),
        making(tmp_path / "out", overwrite=False) as folder,
    ):
        publish_results(folder, results(page=fails))
    assert not list(tmp_path.iterdir())

"""Claims about what a run says of suspect rows and odd studies."""

import numpy as np
import pandas as pd
import xarray as xr

from windup.fit.diagnostics.predictive.suspects import (
    SUSPICION,
    odd_studies,
    suspected_typos,
    with_suspicion,
)
from windup.fit.display.blocks import Table
from windup.fit.display.suspects import suspect_blocks

ROWS = pd.DataFrame(
    {
        "row_id": ["a", "b", "c"],
        "study": ["one", "one", "two"],
        "kind": "mean",
        "observed": 5.0,
        "predicted": 4.0,
        "residual": 1.0,
    }
)
STUDIES = pd.DataFrame({"study": ["two", "one"], "rows": [1, 2], "root_mean_square_residual": 1.0})


def tree() -> xr.DataTree:
    row = np.array([[[0.1, 0.9, 0.6], [0.3, 0.9, 0.8]]])
    study = np.array([[[0.9, 0.2], [0.7, 0.2]]])
    dims = ("chain", "draw")
    found = xr.Dataset(
        {"suspect_row": ((*dims, "row"), row), "wide_study": ((*dims, "study"), study)},
        coords={"study": ["one", "two"]},
    )
    return xr.DataTree.from_dict({SUSPICION: found})


def test_rows_above_one_half_are_named_most_probable_first() -> None:
    named = suspected_typos(with_suspicion(ROWS, tree(), "row"))
    assert named is not None
    assert named["row_id"].tolist() == ["b", "c"]
    np.testing.assert_allclose(named["probability"], [0.9, 0.7])


def test_probability_of_a_study_is_found_by_its_name() -> None:
    named = odd_studies(with_suspicion(STUDIES, tree(), "study"))
    assert named is not None
    assert named["study"].tolist() == ["one"]
    np.testing.assert_allclose(named["probability"], [0.8])


def test_run_without_suspicion_names_nothing_and_shows_nothing() -> None:
    empty = xr.DataTree()
    assert suspected_typos(with_suspicion(ROWS, empty, "row")) is None
    assert odd_studies(with_suspicion(STUDIES, empty, "study")) is None
    assert suspect_blocks({"suspected_typos": None, "odd_studies": None}) == []


def test_summary_shows_a_line_for_each_suspect_row() -> None:
    named = suspected_typos(with_suspicion(ROWS, tree(), "row"))
    assert named is not None
    blocks = suspect_blocks({"suspected_typos": named.to_dict("records"), "odd_studies": []})
    (table,) = [block for block in blocks if isinstance(block, Table)]
    assert [row[0] for row in table.rows] == ["b", "c"]

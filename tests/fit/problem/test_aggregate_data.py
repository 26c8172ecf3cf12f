"""Claims about aggregate data in a fit: what was imported is what the likelihood reads."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from windup.datasets import aggregates_to_trials, load_trials
from windup.fit import Settings
from windup.fit.problem.build import problem_of

from ...datasets.aggregates.synthesis import MAP, long_contrasts, wide

SETTINGS = Settings.from_preset("quick", model="time_course")


@pytest.mark.parametrize(
    ("table", "kinds"),
    [(wide, ("mean",) * 4), (long_contrasts, ("contrast",) * 2)],
    ids=lambda each: getattr(each, "__name__", ""),
)
def test_problem_of_imported_tables_has_their_rows_and_arms(
    tmp_path: Path, table: Callable[[], pd.DataFrame], kinds: tuple[str, ...]
) -> None:
    for name, text in aggregates_to_trials(table(), mapping=MAP).files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    design = problem_of(load_trials(tmp_path), SETTINGS).design
    assert design.rows.kind == kinds
    assert len(design.arms) == 4

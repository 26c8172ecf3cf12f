"""Claims about models beside a network meta-analysis of contrasts."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from windup.fit.analyses.comparison.page_parts import contrast_only_blocks
from windup.fit.analyses.network.contrast_only import (
    RELATED,
    UNRELATED,
    contrast_only_record,
    contrast_only_table,
)
from windup.fit.analyses.network.meta_analysis import network_meta_analysis
from windup.fit.display.blocks import markdown

from .test_meta_analysis import trials_of

TRIALS = trials_of(
    {
        "a": {"placebo": -1.0, "pregabalin": -2.0},
        "b": {"placebo": -0.6, "pregabalin": -1.6},
        "c": {"placebo": -0.6, "pregabalin": -1.2},
        "alone": {"placebo": -0.6, "snri": -1.2},
    }
)


def predicted(crps: dict[str, float], **others: Any) -> pd.DataFrame:
    """A model's treated rows: one in each study, at the arm on pregabalin in week 12."""
    table = pd.DataFrame(
        [
            {"study": study, "arm": "pregabalin", "week": 12.0, "kind": "change", "crps_points": value}
            for study, value in crps.items()
        ]
    ).assign(reference_arm="", covered_50=False, covered_80=True, covered_95=True)
    return table.assign(**others)


def test_only_contrasts_that_all_predict_count() -> None:
    table = contrast_only_table(TRIALS, {"model": predicted({"a": 0.1, "b": 0.2, "alone": 0.3})})
    assert set(table["study"]) == {"a", "b"}
    assert set(table["model"]) == {"model", UNRELATED, RELATED}
    assert len(table) == 6


def test_meta_analysis_has_its_scores_without_the_study() -> None:
    table = contrast_only_table(TRIALS, {"model": predicted({"a": 0.1, "b": 0.2, "c": 0.3})})
    of_contrasts = network_meta_analysis(TRIALS).contrasts.set_index("study")["crps"]
    mine = table[table["model"] == UNRELATED].set_index("study")["crps"]
    assert mine.to_dict() == of_contrasts[["a", "b", "c"]].to_dict()


def test_row_of_another_week_or_of_an_instrument_is_no_contrast() -> None:
    for other in ({"week": 8.0}, {"kind": "instrument_change"}):
        table = contrast_only_table(TRIALS, {"model": predicted({"a": 0.1, "b": 0.2}, **other)})
        assert contrast_only_record(table) == {"contrasts": 0, "studies": 0, "models": []}


def test_contrast_with_another_arm_is_not_the_difference_that_is_pooled() -> None:
    other = predicted({"a": 0.1, "b": 0.2}, kind="contrast", reference_arm="snri")
    assert contrast_only_record(contrast_only_table(TRIALS, {"model": other}))["contrasts"] == 0
    same = predicted({"a": 0.1, "b": 0.2}, kind="contrast", reference_arm="placebo")
    assert contrast_only_record(contrast_only_table(TRIALS, {"model": same}))["contrasts"] == 2


def test_differences_of_means_have_the_standard_error_over_studies() -> None:
    near, far = {"a": 0.01, "b": 0.02, "c": 0.03}, {"a": 0.3, "b": 0.5, "c": 0.4}
    models = {"near": predicted(near), "far": predicted(far)}
    record = contrast_only_record(contrast_only_table(TRIALS, models))
    by_model = {each["model"]: each for each in record["models"]}
    assert record["contrasts"] == record["studies"] == 3
    assert (record["models"][0]["model"], record["models"][0]["difference"]) == ("near", 0.0)
    assert (by_model["near"]["crps"], by_model["far"]["crps"]) == pytest.approx((0.02, 0.4))
    assert by_model["far"]["difference"] == pytest.approx(0.38)
    error = np.std([0.29, 0.48, 0.37], ddof=1) / np.sqrt(3.0)
    assert by_model["far"]["difference_error"] == pytest.approx(error)
    assert by_model["far"]["coverage_80"] == 1.0


def test_page_has_a_line_for_every_model_and_none_without_contrasts() -> None:
    record = contrast_only_record(contrast_only_table(TRIALS, {"model": predicted({"a": 0.1, "b": 0.2})}))
    page = markdown(contrast_only_blocks({"contrast_only": record, "folds": 5}))
    assert all(f"| {name} |" in page for name in ("model", UNRELATED, RELATED))
    assert "2 contrasts of 2 studies" in page
    assert contrast_only_blocks({"contrast_only": {"contrasts": 0}}) == ()
    assert contrast_only_blocks({}) == ()

"""The one-page account of whatever folder windup wrote."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from windup.fit.analyses.calibration.page import calibration_page
from windup.fit.analyses.claims.page import claims_page
from windup.fit.analyses.comparison.page import compare_page
from windup.fit.analyses.network.page import network_page
from windup.fit.analyses.petab.page import sample_page
from windup.fit.analyses.prediction.page import predict_page
from windup.fit.analyses.scoring.page import score_page
from windup.fit.analyses.trial_design.page import design_page
from windup.fit.analyses.virtual_trials.page import simulate_page
from windup.fit.display.blocks import Block
from windup.fit.runs.analysis_page import analysis_page
from windup.fit.runs.page import summary_page

# What only the record of that command holds.
_BY_KEY: Mapping[str, Callable[[Mapping[str, Any]], tuple[Block, ...]]] = {
    "calibrated": calibration_page,
    "sections": analysis_page,
    "claims": claims_page,
    "combinations": predict_page,
    "by_study": score_page,
    "cascade_needed": compare_page,
    "arms": simulate_page,
    "known_before": design_page,
    "without_prior": sample_page,
    "left_out_scores": network_page,
}


def page_of(record: Mapping[str, Any]) -> tuple[Block, ...]:
    """Page of what a ``summary.json`` holds, whichever command wrote it."""
    page = next((page for key, page in _BY_KEY.items() if key in record), summary_page)
    return page(record)

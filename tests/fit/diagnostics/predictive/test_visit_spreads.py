"""Claims about SDs between patients at visits, printed and predicted."""

from typing import Any

import numpy as np
import pytest
import xarray as xr

from windup.fit.diagnostics.predictive.visit_spreads import VISIT_SPREADS, spread_findings, visit_spreads
from windup.fit.display.spreads import spread_blocks

CHAIN_DRAW = ("chain", "draw")
# Two arms at baseline and week 8, and a third that has no baseline and no control at its visit.
STUDY = ["a", "a", "a", "a", "b"]
ARM = ["drug", "placebo", "drug", "placebo", "drug"]
DRUGS = ["pregabalin", "placebo", "pregabalin", "placebo", "pregabalin"]
WEEK = [0.0, 0.0, 8.0, 8.0, 4.0]
PRINTED = np.array([1.5, 1.6, 2.4, 2.0, 3.0])


def tree_of(replicated: np.ndarray) -> xr.DataTree:
    """A run whose replicates have this median, spread by 10 %."""
    noise = np.random.default_rng(4).normal(0.0, 0.1, (2, 400, len(PRINTED)))
    each = "spread"
    known = xr.Dataset(
        {
            "study": (each, np.array(STUDY, object)),
            "arm": (each, np.array(ARM, object)),
            "week": (each, WEEK),
            "condition": (each, np.array(["fibromyalgia"] * len(WEEK), object)),
            "drugs": (each, np.array(DRUGS, object)),
            "n": (each, np.full(len(WEEK), 50.0)),
            "observed": (each, PRINTED),
            "expected": ((*CHAIN_DRAW, each), np.broadcast_to(replicated, (2, 400, len(PRINTED)))),
            "replicated": ((*CHAIN_DRAW, each), replicated * np.exp(noise)),
        }
    )
    return xr.DataTree.from_dict({VISIT_SPREADS: known})


def findings(tree: xr.DataTree) -> dict[str, Any] | None:
    return spread_findings(tree, visit_spreads(tree))


def test_printed_sd_counts_as_covered_where_replicates_lie_around_it() -> None:
    found = visit_spreads(tree_of(PRINTED * np.array([1.0, 1.0, 1.0, 1.0, 2.0])))
    assert found["covered_95"].tolist() == [True, True, True, True, False]
    assert found["predicted"].to_numpy() == pytest.approx(PRINTED * [1, 1, 1, 1, 2], rel=0.03)


def test_ratios_are_those_of_arms_at_one_visit_and_of_visits_of_one_arm() -> None:
    found = findings(tree_of(PRINTED * np.array([1.0, 1.0, 0.5, 1.0, 1.0])))
    assert found is not None
    drug, arms = found["treated_to_control"], found["later_to_baseline"]
    assert (drug["pairs"], arms["pairs"]) == (1, 2)
    assert drug["observed"] == pytest.approx(2.4 / 2.0)
    assert arms["observed"] == pytest.approx(np.sqrt(2.4 / 1.5 * 2.0 / 1.6))
    # Replicates halve the SD under the drug.
    assert drug["predicted"] == pytest.approx(0.5 * 1.2, rel=0.03)
    # Of one pair of independent logs with an SD of 0.1.
    assert np.log(drug["high_95"] / drug["low_95"]) == pytest.approx(2 * 1.96 * np.sqrt(2) * 0.1, rel=0.15)
    assert arms["predicted"] == pytest.approx(np.sqrt(0.5) * arms["observed"], rel=0.03)


def test_run_of_one_patient_for_each_arm_has_none() -> None:
    tree = xr.DataTree.from_dict({"posterior": xr.Dataset()})
    assert visit_spreads(tree).empty
    assert findings(tree) is None


def test_page_shows_printed_and_predicted_ratios() -> None:
    found = findings(tree_of(PRINTED))
    text = str(spread_blocks({"visit_spreads": found}))
    assert "1.20" in text
    assert "5 SDs" in text
    assert spread_blocks({"visit_spreads": None}) == spread_blocks({}) == []

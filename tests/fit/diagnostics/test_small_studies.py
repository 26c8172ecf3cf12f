"""Claims about small trials that report more relief than large ones."""

from typing import Any

import numpy as np
import pytest

from windup.datasets import packaged_trials
from windup.fit.diagnostics.pooling import regression
from windup.fit.diagnostics.small_studies import small_studies, small_study_effects

from .test_own_trials import contrast, tree_of

ERRORS = np.linspace(0.15, 0.9, 12)
DRUGS = ("pregabalin", "opioid", "nsaid")


def trials(slope: float, noise: float = 0.0, **changes: Any) -> list[dict[str, Any]]:
    """Twelve trials of each of three drugs, of which small ones differ by so much per point of error."""
    shifts = noise * np.random.default_rng(3).standard_normal((len(DRUGS), len(ERRORS)))
    return [
        contrast(f"{drug}{number}", -0.5 - 0.3 * of_drug + slope * error + shift, error, drug=drug, **changes)
        for of_drug, (drug, own) in enumerate(zip(DRUGS, shifts, strict=True))
        for number, (error, shift) in enumerate(zip(ERRORS, own, strict=True))
    ]


def found(contrasts: list[dict[str, Any]], expected: np.ndarray | None = None) -> dict[str, Any]:
    none = np.zeros((4, len(contrasts)))
    result = small_studies(tree_of(contrasts, none if expected is None else expected))
    assert result is not None
    return result


def test_slope_is_found_whatever_the_effects_of_the_drugs_are() -> None:
    measured = found(trials(-1.2))["measured"]
    assert measured["slope"] == pytest.approx(-1.2)
    assert measured["between_trials_sd"] == 0.0
    assert measured["shift"] == pytest.approx(-1.2 * 0.75 * 0.5, rel=0.1)


def test_model_that_expects_more_of_small_trials_leaves_nothing() -> None:
    contrasts = trials(-1.2)
    expected = np.array([[each["difference"] for each in contrasts]] * 4)
    result = found(contrasts, expected)
    assert result["left"]["slope"] == pytest.approx(0.0, abs=1e-9)
    assert result["measured"]["slope"] == pytest.approx(-1.2)


def test_limits_hold_a_slope_of_trials_that_differ_by_chance_and_between_themselves() -> None:
    rng = np.random.default_rng(5)
    design = np.column_stack([np.tile(ERRORS, 3), np.kron(np.eye(3), np.ones((12, 1)))])
    errors, hits = np.tile(ERRORS, 3), []
    for _ in range(600):
        true = design @ [-0.8, -0.5, -0.8, -0.1]
        made = regression(true + rng.normal(0.0, np.sqrt(errors**2 + 0.3**2)), errors, design)
        hits.append(made.low_95[0] < -0.8 < made.high_95[0])
    assert np.mean(hits) == pytest.approx(0.95, abs=3.0 * np.sqrt(0.95 * 0.05 / 600))


def test_open_trials_those_without_an_error_and_lone_ones_say_nothing() -> None:
    one = contrast("z", -9.0, 0.9, drug="pea")
    open_label = [contrast(f"o{n}", -5.0, 0.8, placebo_controlled=False) for n in range(3)]
    without = [contrast(f"w{n}", -5.0, np.nan) for n in range(3)]
    result = found([*trials(-1.2), one, *open_label, *without])
    assert result == found(trials(-1.2))
    assert (result["trials"], result["treatments"]) == (36, 3)


def test_fewer_than_ten_trials_give_no_answer() -> None:
    few = trials(-1.2)[:9]
    assert small_studies(tree_of(few, np.zeros((4, 9)))) is None


def test_packaged_trials_are_enough_for_an_answer() -> None:
    result = small_study_effects(packaged_trials())
    assert result is not None
    assert result["trials"] > 50
    assert result["measured"]["low_95"] < result["measured"]["slope"] < result["measured"]["high_95"]

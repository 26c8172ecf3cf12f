"""Claims about the verdict and the cautions of a score."""

import numpy as np
import pandas as pd
import pytest

from windup.fit.analyses.scoring.folder import _cautions, _verdict, about_treated
from windup.fit.analyses.scoring.score import Scores
from windup.fit.runs.notices import NOT_CONVERGED

STUDIES = [f"study{number}" for number in range(20)]


def scores(elpd: np.ndarray) -> Scores:
    covered = {f"covered_{level}": True for level in (50, 80, 95)}
    rows = pd.DataFrame({"study": STUDIES[: len(elpd)], "crps_points": 0.5, **covered})
    return Scores(rows, pd.Series(elpd, index=STUDIES[: len(elpd)]), pd.DataFrame(), 0.0)


def said(gain: float, studies: int = 20) -> str:
    noise = np.random.default_rng(0).normal(size=studies)
    one, other = -3.0 + 0.1 * noise + gain, np.full(studies, -3.0)
    by_study = {
        name: {"elpd": a, "baseline_elpd": b}
        for name, a, b in zip(STUDIES[:studies], one, other, strict=True)
    }
    sentence: str = _verdict("cascade", by_study, scores(one), scores(other))
    return sentence


@pytest.mark.parametrize(
    ("gain", "studies", "expected"),
    [
        (0.5, 20, "better than"),
        (-0.5, 20, "worse than"),
        (0.0, 20, "equally well"),
        (5.0, 1, "One study cannot"),
    ],
)
def test_verdict_goes_no_further_than_twice_the_standard_error(
    gain: float, studies: int, expected: str
) -> None:
    assert expected in said(gain, studies)


@pytest.mark.parametrize(
    ("run", "baseline", "expected"),
    [
        ((), (NOT_CONVERGED,), [f"The baseline: {NOT_CONVERGED}"]),
        ((NOT_CONVERGED,), (), [NOT_CONVERGED]),
        ((NOT_CONVERGED,), (NOT_CONVERGED,), [NOT_CONVERGED, f"The baseline: {NOT_CONVERGED}"]),
    ],
)
def test_a_warning_of_the_baseline_is_not_one_of_the_run(
    run: tuple[str, ...], baseline: tuple[str, ...], expected: list[str]
) -> None:
    assert _cautions(run, baseline, (), STUDIES) == expected


def test_a_difference_within_two_errors_is_no_difference() -> None:
    said = about_treated("cascade", {"studies": 9, "difference": 3.0, "difference_error": 1.6})
    assert (
        said
        == "Given the control arms, treated observations do not tell them apart (+3.0 ± 1.6 in 9 studies)."
    )


def test_the_better_one_is_named() -> None:
    ahead = about_treated("cascade", {"studies": 9, "difference": 4.0, "difference_error": 1.6})
    behind = about_treated("cascade", {"studies": 9, "difference": -4.0, "difference_error": 1.6})
    assert "'cascade' predicts" in ahead
    assert "the baseline predicts" in behind


def test_one_study_compares_nothing() -> None:
    said = about_treated("cascade", {"studies": 1, "difference": 9.0, "difference_error": float("nan")})
    assert "not compared" in said

"""Claims about the figure of a comparison."""

import numpy as np
import pandas as pd
import pytest

from windup.fit.analyses.comparison.figures import compare_figure


@pytest.fixture(scope="module")
def studies() -> pd.DataFrame:
    """Ten studies of which the last one alone makes the second model 20 nats worse."""
    names = [f"study{number}" for number in range(10)]
    best = np.zeros(10)
    second = np.array([*np.linspace(-0.2, 0.2, 9), -20.0])
    return pd.DataFrame(
        {"study": names * 2, "model": ["a"] * 10 + ["b_c"] * 10, "elpd": np.concatenate([best, second])}
    )


def models(studies: pd.DataFrame) -> pd.DataFrame:
    total = studies.groupby("model")["elpd"].sum()
    shares = {f"coverage_{level}": [level / 100] * 2 for level in (50, 80, 95)}
    return pd.DataFrame(
        {"model": ["a", "b_c"], "difference": [0.0, total["b_c"]], "difference_error": [0.0, 20.0], **shares}
    )


def test_difference_is_drawn_with_and_without_the_study_that_decides_it(studies: pd.DataFrame) -> None:
    drawn = compare_figure(models(studies), studies)
    totals = [line.get_xdata()[0] for line in drawn.axes[0].lines if line.get_marker() == "o"]
    assert totals == [pytest.approx(-20.0), pytest.approx(0.0)]
    assert "without study9" in drawn.get_supxlabel()


def test_title_states_the_difference_with_its_error(studies: pd.DataFrame) -> None:
    title = compare_figure(models(studies), studies).get_suptitle().replace("\n", " ")
    assert title == "Held-out studies: a leads b c by ELPD 20.0 (SE 20.0)"


def test_a_single_model_is_compared_with_nothing(studies: pd.DataFrame) -> None:
    alone = compare_figure(models(studies).head(1), studies[studies["model"] == "a"])
    assert alone.get_suptitle() == "Only a was compared"

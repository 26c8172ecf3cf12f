"""Claims about the published network: the solution without sampling is right, and gives printed numbers."""

import numpy as np
import pandas as pd
import pytest

from benchmarks._network_model import Mixture, TimeCourseNetwork, network_of
from benchmarks.published_network import FOLDER, REFERENCE, agreement, compared

ARMS = pd.read_csv(FOLDER / "arms.csv")
PUBLISHED = pd.read_csv(FOLDER / "published.csv", keep_default_na=False)


def test_effect_of_two_trials_is_the_weighted_mean_of_their_slopes() -> None:
    """With common effects, and a prior that is wide, each trial gives a difference of two slopes."""
    table = pd.DataFrame(
        [
            (study, week, level + slope * week, error, treatment)
            for study, error, extra in (("a", 0.1, -0.5), ("b", 0.2, -0.1))
            for treatment, slope in (("P", -0.2), ("X", -0.2 + extra))
            for level in (6.0,)
            for week in (0.0, 2.0)
        ],
        columns=["studyID", "time", "y", "se", "treatment"],
    )
    found = TimeCourseNetwork(network_of(table, "P"), "linear", random=False).solve({})
    # Arms of a study share their level, so a slope comes from the visit at week 2 alone.
    precision = np.array([1.0 / 0.1**2, 1.0 / 0.2**2])
    expected = (precision @ np.array([-0.5, -0.1])) / precision.sum()
    effect = found.effect(1)
    assert effect.mean == pytest.approx(expected, abs=1e-4)
    assert effect.sd == pytest.approx(np.sqrt(2.0 / precision.sum()) / 2.0, rel=1e-3)


def test_effect_between_two_treatments_has_the_variance_of_their_difference() -> None:
    network = network_of(ARMS, REFERENCE)
    found = TimeCourseNetwork(network, "linear", random=False).solve({})
    first, second = network.treatments.index("Na_1000"), network.treatments.index("Ce_200")
    covariance = found.covariances[0][np.ix_([first, second], [first, second])]
    assert found.effect(first, second).sd == pytest.approx(
        np.sqrt(np.array([1, -1]) @ covariance @ np.array([1, -1]))
    )
    assert found.effect(first, second).mean == pytest.approx(-found.effect(second, first).mean)


def test_quantiles_of_a_mixture_are_those_of_its_distribution() -> None:
    draws = np.random.default_rng(0)
    mixture = Mixture(np.array([0.3, 0.7]), np.array([-1.0, 2.0]), np.array([0.5, 1.0]))
    part = draws.random(200_000) < 0.3
    sample = np.where(part, draws.normal(-1.0, 0.5, 200_000), draws.normal(2.0, 1.0, 200_000))
    for share in (0.025, 0.5, 0.975):
        assert mixture.quantile(share) == pytest.approx(np.quantile(sample, share), abs=0.03)


@pytest.mark.parametrize(
    ("model", "course", "random", "start", "numbers"),
    [
        ("linear, random effects", "linear", True, {"tau": (0.02, 1.0)}, 117),
        ("Emax, common effects", "emax", False, {"et50": (0.02, 3.0)}, 28),
    ],
)
def test_printed_numbers_are_within_three_monte_carlo_errors(
    model: str, course: str, random: bool, start: dict[str, tuple[float, float]], numbers: int
) -> None:
    network = TimeCourseNetwork(network_of(ARMS, REFERENCE), course, random)
    table = compared(network, network.solve(start), PUBLISHED[PUBLISHED["model"] == model])
    assert len(table) == numbers
    assert table["errors_apart"].abs().max() < 3.0
    # As many lie beyond two errors as chance gives, and their mean is that of no difference.
    assert (table["errors_apart"].abs() > 2.0).mean() < 0.1
    assert abs(table["errors_apart"].mean()) < 0.5


def test_grid_that_misses_the_density_is_an_error() -> None:
    network = TimeCourseNetwork(network_of(ARMS, REFERENCE), "emax", random=False)
    with pytest.raises(ValueError, match="The grid ends where the density"):
        network.solve({"et50": (0.9, 3.0)})


def test_packaged_effects_are_those_that_the_page_summarises() -> None:
    effects = pd.read_csv(FOLDER / "effects.csv")
    assert list(effects["treatment"]) == list(network_of(ARMS, REFERENCE).treatments[1:])
    assert agreement(effects)["treatments"] == 28

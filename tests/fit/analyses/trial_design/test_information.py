"""Claims about expected information: closed forms, quadrature, and bounds."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm

from windup.fit.analyses.trial_design.information import (
    Case,
    case_information,
    entropy,
    linear_information,
    linear_information_error,
)


def test_information_about_a_normal_number_is_that_of_the_closed_form() -> None:
    effect = np.random.default_rng(0).normal(0.0, 0.8, 40_000)
    found = linear_information(effect, effect[:, None], np.array([[0.3**2]]))
    assert found == pytest.approx(0.5 * np.log(1.0 + 0.8**2 / 0.3**2), abs=0.02)


def test_errors_that_two_visits_share_count_once() -> None:
    effect = np.random.default_rng(1).normal(0.0, 1.0, 40_000)
    errors = np.array([[0.5, 0.4], [0.4, 0.5]])
    found = linear_information(effect, np.column_stack([effect, effect]), errors)
    # Both visits read the effect itself: their mean has the error (0.5 + 0.4) / 2.
    assert found == pytest.approx(0.5 * np.log(1.0 + 1.0 / 0.45), abs=0.02)


def test_what_is_printed_tells_nothing_about_what_is_independent_of_it() -> None:
    generator = np.random.default_rng(2)
    quantity, mean = generator.normal(size=200), generator.normal(size=(200, 6))
    values = [linear_information(generator.permutation(quantity), mean, 0.1 * np.eye(6)) for _ in range(200)]
    # Without the adjustment six numbers explain a thirtieth of 200 draws by chance: 0.015 nats.
    assert np.mean(values) < 0.008


def test_standard_error_is_the_spread_of_independent_estimates() -> None:
    generator = np.random.default_rng(3)
    found = []
    for _ in range(200):
        effect = generator.normal(size=500)
        found.append(linear_information_error(effect, effect[:, None] + 0.0, np.array([[0.5]])))
    spread = np.std([each.nats for each in found])
    assert np.mean([each.error for each in found]) == pytest.approx(spread, rel=0.2)


def of_two_normals(distance: float, sd: float, weight: float) -> float:
    """Mutual information of a case and a normal number whose mean differs between the cases."""

    def density(y: float) -> tuple[float, float]:
        return norm.pdf(y, 0.0, sd), norm.pdf(y, distance, sd)

    def gain(y: float) -> float:
        first, second = density(y)
        both = weight * first + (1.0 - weight) * second
        parts = ((weight, first), (1.0 - weight, second))
        return sum(w * p * np.log(p / both) for w, p in parts if p > 0.0)

    return quad(gain, -12.0 * sd, distance + 12.0 * sd, limit=400)[0]


@pytest.mark.parametrize(("distance", "weight"), [(0.5, 0.5), (2.0, 0.5), (2.0, 0.1)])
def test_information_about_two_cases_is_that_of_quadrature(distance: float, weight: float) -> None:
    generator = np.random.default_rng(4)
    # Half of the spread is between draws, half is error.
    draws = generator.normal(0.0, np.sqrt(0.5), (3000, 1))
    error = np.array([[0.5]])
    cases = Case(weight, draws[:1500], error), Case(1.0 - weight, draws[1500:] + distance, error)
    found = case_information(generator, cases)
    expected = of_two_normals(distance, 1.0, weight)
    assert found.nats == pytest.approx(expected, abs=4.0 * found.error + 0.01)
    assert found.error < 0.03


def test_cases_that_print_the_same_cannot_be_told_apart() -> None:
    generator = np.random.default_rng(5)
    draws = generator.normal(size=(1000, 3))
    cases = Case(0.4, draws[:400], np.eye(3)), Case(0.6, draws[400:], np.eye(3))
    found = case_information(generator, cases)
    assert abs(found.nats) < 0.02


def test_no_trial_tells_more_than_is_not_known() -> None:
    far = Case(0.2, np.zeros((500, 1)), np.eye(1)), Case(0.8, np.full((500, 1), 50.0), np.eye(1))
    found = case_information(np.random.default_rng(6), far)
    assert found.nats == pytest.approx(entropy(0.2), abs=1e-6)
    assert entropy(0.2) == pytest.approx(-0.2 * np.log(0.2) - 0.8 * np.log(0.8))

"""Claims about kinetics in two compartments: closed forms, balances, and printed levels."""

import diffrax
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.integrate import quad
from scipy.linalg import expm

from windup.models import Exponentials, Given, following, level_at, scaled_by, two_compartments

from ..arms import medians
from ..conftest import MODELS

CLEARANCE, CENTRAL, PERIPHERAL, EXCHANGE = 5.1, 24.0, 25.0, 5.6
HOURS = np.array([0.25, 1.0, 3.0, 7.9, 12.5, 30.0])
AT_ONCE = Given(np.array([10.0]), np.zeros(1), np.zeros(1))
PIECES = Given(np.array([10.0, 36.0, 4.0]), np.array([0.0, 0.5, 8.0]), np.array([0.0, 12.5, 8.0]))


def magnesium() -> Exponentials:
    return two_compartments(CLEARANCE, CENTRAL, PERIPHERAL, EXCHANGE)


def system(*more: tuple[float, int]) -> np.ndarray:
    """Matrix of the concentrations, with stages that follow others at a rate."""
    size = 2 + len(more)
    matrix = np.zeros((size, size))
    matrix[0, :2] = -(CLEARANCE + EXCHANGE) / CENTRAL, EXCHANGE / CENTRAL
    matrix[1, :2] = EXCHANGE / PERIPHERAL, -EXCHANGE / PERIPHERAL
    for row, (rate, source) in enumerate(more, 2):
        matrix[row, source], matrix[row, row] = rate, -rate
    return matrix


def integrated(matrix: np.ndarray, doses: Given, times: np.ndarray) -> np.ndarray:
    """Adaptive integration of the same equations, a piece between two changes of dose at a time."""
    state, now, found = np.zeros(len(matrix)), 0.0, []
    for time in times:
        stops = sorted({x for x in (*doses.start, *doses.end) if now < x < time} | {time})
        for stop in stops:
            given = (doses.start == now) & (doses.end == now)
            state[0] += doses.amount[given].sum() / CENTRAL
            running = (doses.start <= now) & (doses.end > now)
            lengths = np.where(running, doses.end - doses.start, 1.0)
            rate = np.where(running, doses.amount / lengths, 0.0).sum() / CENTRAL
            source = jnp.zeros(len(matrix)).at[0].set(rate)
            solution = diffrax.diffeqsolve(
                diffrax.ODETerm(lambda t, y, args: args[0] @ y + args[1]),
                diffrax.Dopri8(), now, stop, 0.01, jnp.asarray(state), (jnp.asarray(matrix), source),
                stepsize_controller=diffrax.PIDController(rtol=1e-12, atol=1e-14), max_steps=100_000,
            )  # fmt: skip
            assert solution.ys is not None
            state, now = np.array(solution.ys[-1]), stop
        found.append(state.copy())
    return np.array(found)


def test_level_is_that_of_an_adaptive_integration_of_bolus_and_infusion() -> None:
    wanted = integrated(system(), PIECES, HOURS)[:, 0]
    np.testing.assert_allclose(level_at(HOURS, magnesium(), PIECES), wanted, rtol=1e-9)


def test_response_to_a_dose_at_once_is_the_matrix_exponential() -> None:
    wanted = [10.0 / CENTRAL * expm(system() * time)[0, 0] for time in HOURS]
    np.testing.assert_allclose(level_at(HOURS, magnesium(), AT_ONCE), wanted, rtol=1e-12)


@pytest.mark.parametrize("rate", [0.02, 0.3, 3.5])
def test_an_effect_site_follows_as_integrated(rate: float) -> None:
    wanted = integrated(system((rate, 0)), PIECES, HOURS)[:, 2]
    np.testing.assert_allclose(level_at(HOURS, following(magnesium(), rate), PIECES), wanted, rtol=1e-8)


def test_a_dose_that_is_absorbed_is_the_convolution_of_both() -> None:
    rate, response = 0.4, magnesium()
    wanted = [
        quad(lambda u, t=t: rate * np.exp(-rate * u) * 10.0 * float(jnp.sum(response.weight * jnp.exp(-response.rate * (t - u)))), 0.0, t, epsabs=1e-13)[0]  # noqa: E501
        for t in HOURS
    ]  # fmt: skip
    np.testing.assert_allclose(level_at(HOURS, following(response, rate), AT_ONCE), wanted, rtol=1e-9)


def test_what_was_given_is_in_the_compartments_or_gone() -> None:
    response = magnesium()
    back = EXCHANGE / PERIPHERAL
    central = level_at(HOURS, response, PIECES) * CENTRAL
    peripheral = level_at(HOURS, following(response, back), PIECES) * PERIPHERAL
    gone = [
        CLEARANCE * quad(lambda u: float(level_at(np.array([u]), response, PIECES)[0]), 0.0, time, points=[0.5, 8.0], limit=200)[0]  # noqa: E501
        for time in HOURS
    ]  # fmt: skip
    given = [10.0 + 3.0 * min(max(t - 0.5, 0.0), 12.0) + 4.0 * (t > 8.0) for t in HOURS]
    np.testing.assert_allclose(np.asarray(central + peripheral) + gone, given, rtol=1e-6)


def test_doses_add_in_any_order() -> None:
    turned = Given(*(each[::-1] for each in PIECES))
    one_by_one = sum(
        level_at(HOURS, magnesium(), Given(*(each[n : n + 1] for each in PIECES))) for n in range(3)
    )
    np.testing.assert_allclose(level_at(HOURS, magnesium(), turned), one_by_one, rtol=1e-13)


def test_a_short_infusion_comes_close_to_a_dose_at_once() -> None:
    short = AT_ONCE._replace(end=np.array([1e-6]))
    np.testing.assert_allclose(
        level_at(HOURS, magnesium(), short), level_at(HOURS, magnesium(), AT_ONCE), rtol=1e-5
    )


def test_at_the_moment_of_a_dose_it_has_not_been_given() -> None:
    assert level_at(np.array([0.0, -1.0]), magnesium(), AT_ONCE).tolist() == [0.0, 0.0]


@pytest.mark.parametrize("place", [0, 1])
def test_a_rate_that_meets_one_of_the_source_gives_the_limit_and_a_finite_slope(place: int) -> None:
    source = magnesium()

    def level(rate: jax.Array) -> jax.Array:
        return jnp.sum(level_at(HOURS, following(source, rate), AT_ONCE))

    rate = source.rate[place]
    beside = 0.5 * (level(rate * 1.01) + level(rate * 0.99))
    np.testing.assert_allclose(level(rate), beside, rtol=1e-4)
    assert np.isfinite(jax.grad(level)(rate))


def test_slopes_are_those_of_differences() -> None:
    def level(x: jax.Array) -> jax.Array:
        return jnp.sum(level_at(HOURS, following(two_compartments(*x), 0.3), PIECES))

    x, step = jnp.array([CLEARANCE, CENTRAL, PERIPHERAL, EXCHANGE]), 1e-5
    differences = [(level(x.at[i].add(step)) - level(x.at[i].add(-step))) / (2 * step) for i in range(4)]
    np.testing.assert_allclose(jax.grad(level)(x), differences, rtol=1e-6)


def test_after_a_day_a_dose_has_left_what_the_model_over_days_says() -> None:
    values = medians(MODELS[0])
    rate, volume = float(values["serum_magnesium_rate"]) / 24.0, float(values["magnesium_volume"])
    two = two_compartments(rate * volume, 24.0 / 49.0 * volume, 25.0 / 49.0 * volume, EXCHANGE)
    day = float(level_at(np.array([24.0]), two, AT_ONCE)[0])
    np.testing.assert_allclose(day, 10.0 / volume * np.exp(-24.0 * rate), rtol=0.02)


def test_within_hours_the_two_differ_by_up_to_a_factor_of_two() -> None:
    early, late = level_at(np.array([0.01, 8.0]), magnesium(), AT_ONCE)
    one = 10.0 / 49.0 * np.exp(-CLEARANCE / 49.0 * np.array([0.01, 8.0]))
    np.testing.assert_allclose([early / one[0], late / one[1]], [2.0, 0.73], atol=0.05)


def test_all_of_a_dose_and_a_lasting_infusion_agree_with_the_model_over_days() -> None:
    response = magnesium()
    np.testing.assert_allclose(jnp.sum(response.weight / response.rate), 1.0 / CLEARANCE, rtol=1e-12)
    lasting = Given(np.array([3.0 * 1e4]), np.zeros(1), np.array([1e4]))
    np.testing.assert_allclose(level_at(np.array([5e3]), response, lasting), 3.0 / CLEARANCE, rtol=1e-9)


@pytest.mark.parametrize(("mmol", "printed"), [(4.0, 9.5), (8.0, 16.1)])
def test_rise_of_the_area_over_twelve_hours_is_near_the_printed_one(mmol: float, printed: float) -> None:
    # Wilimzig 1996, healthy people, percent of the area before; no row of it is used.
    times = np.linspace(1e-9, 12.0, 4001)
    level = level_at(times, scaled_by(magnesium(), mmol), Given(np.ones(1), np.zeros(1), np.zeros(1)))
    percent = 100.0 * float(jnp.trapezoid(level, times)) / (12.0 * 0.85)
    assert 0.5 < percent / printed < 1.0

"""Claims about people on a curve of steady states, against people who are simulated one by one."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from windup.fit.problem.people.crowd import (
    Admitted,
    Reports,
    admitted,
    cells_of,
    interpolation,
)
from windup.models import SingleLoop, Values

from .simulated import FINE_ENDS, FINE_MIDDLES, LOG_ODDS, PEOPLE, loop_values, reports_of, steady_pains

LASTING, PASSING, CUT = 0.8, 1.1, 4.0
LOCATION, SPREAD = np.log(0.5), 0.7


def pain_in(position: jax.Array) -> jax.Array:
    log_odds = LOG_ODDS[:-1] + np.diff(LOG_ODDS) * position
    return 10.0 / (1.0 + jnp.exp(-log_odds))


def of_cells(gain: float, location: float = LOCATION, cut: float = CUT) -> Admitted:
    values = loop_values(gain)
    pain = jnp.asarray(FINE_ENDS)
    people = SingleLoop().at_enrolment(pain, np.zeros(len(pain)), np.ones(len(pain)), values)
    burden = pain / (10.0 - pain) / values["pain_from_burden"]
    signed = burden - gain * 2.0 * burden**2 / (1.0 + burden**2)
    np.testing.assert_allclose(people.drive_share * people.needed, signed, atol=1e-12)
    cells = cells_of(signed[None], jnp.array([location]), jnp.asarray(SPREAD))
    reports = Reports(jnp.asarray(LASTING), jnp.array([PASSING]), jnp.array([cut]))
    return admitted(cells.log_share, pain_in(cells.position), reports)


@pytest.mark.parametrize("gain", [0.3, 0.6, 0.9, 1.05, 1.25, 1.5])
def test_reports_of_admitted_people_have_the_moments_of_simulated_ones(gain: float) -> None:
    found = of_cells(gain)
    rng = np.random.default_rng(7)
    pain = steady_pains(gain, np.exp(rng.normal(LOCATION, SPREAD, PEOPLE)), loop_values(gain))
    first, later = reports_of(rng, pain, LASTING, PASSING, CUT)
    error = 4.0 / np.sqrt(len(first))
    assert float(found.first[0]) == pytest.approx(first.mean(), abs=0.01 + error * first.std())
    assert float(found.later[0]) == pytest.approx(later.mean(), abs=0.01 + error * later.std())
    assert float(jnp.sqrt(found.first_variance[0])) == pytest.approx(first.std(), abs=0.01 + error)
    spread = jnp.sum(found.weight * found.later_of_cell**2) - found.later[0] ** 2
    assert float(jnp.sqrt(spread + found.reporting_variance[0])) == pytest.approx(
        later.std(), abs=0.01 + error
    )


def test_nobody_stands_where_more_pain_needs_less_drive() -> None:
    gain = 1.25
    values = loop_values(gain)
    found = of_cells(gain, cut=-20.0)
    burden = FINE_MIDDLES / (10.0 - FINE_MIDDLES) / float(values["pain_from_burden"])
    slope = 1.0 - gain * 4.0 * burden / (1.0 + burden**2) ** 2
    unstable = slope < -0.05
    assert unstable.any()
    assert float(found.weight[0, unstable].sum()) < 1e-12


def test_who_needs_no_drive_stands_at_the_pain_that_the_loop_keeps_up() -> None:
    gain = 1.3
    found = of_cells(gain, location=-12.0)
    kept = gain + np.sqrt(gain**2 - 1.0)
    pain = 10.0 * kept * float(loop_values(gain)["pain_from_burden"])
    pain = pain / (1.0 + pain / 10.0)
    # Nearly all of them reach the cut, whatever they report.
    assert float(found.later[0]) == pytest.approx(pain, abs=0.02)


@pytest.mark.parametrize("location", [LOCATION, -6.0])
def test_moments_move_smoothly_with_the_gain_where_people_need_little_drive(location: float) -> None:
    gains = np.arange(1.05, 1.4, 0.005)
    means = np.array([float(of_cells(float(gain), location).first[0]) for gain in gains])
    assert np.abs(np.diff(means, 2)).max() < 0.003


def test_people_without_a_cut_and_without_noise_report_their_pain() -> None:
    weights = jnp.log(jnp.array([[0.2, 0.5, 0.3]]))
    pain = jnp.array([3.0, 5.0, 8.0])
    reports = Reports(jnp.asarray(1e-6), jnp.array([1e-6]), jnp.array([-50.0]))
    found = admitted(weights, pain[None], reports)
    assert float(found.first[0]) == pytest.approx(5.5)
    assert float(found.later[0]) == pytest.approx(5.5)
    assert float(found.first_variance[0]) == pytest.approx(0.2 * 9 + 0.5 * 25 + 0.3 * 64 - 5.5**2)


def test_interpolation_is_exact_for_parabolas_and_constant_beyond_the_last_node() -> None:
    nodes, at = jnp.array([[-1.0, 0.2, 1.5]]), jnp.linspace(-3.0, 3.0, 61)
    weights = interpolation(nodes, at[None])[0]
    inside = jnp.clip(at, -1.0, 1.5)
    values = 2.0 - nodes[0] + 3.0 * nodes[0] ** 2
    np.testing.assert_allclose(values @ weights, 2.0 - inside + 3.0 * inside**2, atol=1e-12)


def test_gradients_are_finite_where_nobody_of_the_illness_would_be_admitted() -> None:
    def mean(location: jax.Array) -> jax.Array:
        values: Values = loop_values(0.3)
        pain = jnp.asarray(FINE_ENDS)
        people = SingleLoop().at_enrolment(pain, np.zeros(len(pain)), np.ones(len(pain)), values)
        cells = cells_of(people.strength[None], location[None], jnp.asarray(0.2))
        reports = Reports(jnp.asarray(0.1), jnp.array([0.1]), jnp.array([9.5]))
        return admitted(cells.log_share, pain_in(cells.position), reports).first[0]

    value, slope = jax.value_and_grad(mean)(jnp.asarray(-9.0))
    assert np.isfinite(value)
    assert np.isfinite(slope)

"""Claims about the density of rows of minutes to hours."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from numpyro import handlers
from scipy.stats import multivariate_normal

from windup.datasets import DEFAULT_BLOCKS, WITHIN_HOURS
from windup.fit.errors import SettingsError
from windup.fit.problem.errors.within_hours.density import (
    LEVEL_SD,
    hours_expected,
    hours_log_density,
    ketamine_per_day,
)
from windup.fit.problem.errors.within_hours.parameters import HOURS_PARAMETERS, hours_parameters
from windup.fit.problem.model import posterior_model
from windup.fit.problem.prior_predictive import simulate
from windup.fit.problem.priors import observation_priors
from windup.fit.problem.target import build_target
from windup.models import Given, level_at, two_compartments

from .cases import at_draw, in_order, plain, problem_with, rows_of, with_doses

MODELS = ("cascade", "turnover", "time_course")


def test_without_the_block_no_parameter_and_no_factor_is_there() -> None:
    problem = problem_with("turnover", *DEFAULT_BLOCKS)
    assert problem.hours is None
    assert not set(HOURS_PARAMETERS) & set(observation_priors(problem))
    sites = handlers.trace(handlers.seed(posterior_model, jax.random.key(0))).get_trace(problem)
    assert WITHIN_HOURS not in sites


def test_the_block_adds_one_factor_and_leaves_the_rest_of_the_density_bit_for_bit() -> None:
    without, with_it = problem_with("turnover", *DEFAULT_BLOCKS), problem_with("turnover")
    sites = handlers.trace(handlers.seed(posterior_model, jax.random.key(1))).get_trace(with_it)
    values = {name: site["value"] for name, site in sites.items() if site["type"] == "sample"}
    again = handlers.trace(handlers.substitute(posterior_model, data=values)).get_trace(without)

    def terms(trace: dict) -> dict[str, float]:  # type: ignore[type-arg]
        return {n: plain(jnp.sum(s["fn"].log_prob(s["value"]))) for n, s in trace.items() if "fn" in s}

    more = set(terms(sites)) - set(terms(again))
    assert more == {WITHIN_HOURS, *hours_parameters(with_it.hours)}
    assert {n: x for n, x in terms(sites).items() if n not in more} == terms(again)


@pytest.mark.parametrize("model", MODELS)
def test_density_is_the_multivariate_normal_one(model: str) -> None:
    rows, draw, people = at_draw(model)
    expected = hours_expected(rows, draw, people)
    wanted = multivariate_normal.logpdf(rows.estimate, expected.mean, expected.covariance)
    np.testing.assert_allclose(hours_log_density(rows, draw, people), wanted, rtol=1e-9)


@pytest.mark.parametrize("model", MODELS)
def test_density_does_not_depend_on_the_order_of_rows(model: str) -> None:
    rows, draw, people = at_draw(model)
    order = np.random.default_rng(0).permutation(len(rows.kind))
    turned = hours_log_density(in_order(rows, order), draw, people)
    np.testing.assert_allclose(turned, hours_log_density(rows, draw, people), rtol=1e-11)


def test_rows_before_a_dose_are_expected_at_the_customary_levels() -> None:
    rows, draw, people = at_draw("turnover")
    first = (rows.hours <= 0.0) & rows.of_magnesium
    mean = np.asarray(hours_expected(rows, draw, people).mean)[first]
    assert first.sum() == 3
    np.testing.assert_allclose(mean, np.where(rows.of_csf[first], 0.82, 0.85), rtol=1e-12)


def test_serum_after_an_infusion_is_read_with_the_clearance_and_volume_of_the_model_over_days() -> None:
    rows, draw, people = at_draw("turnover")
    share = plain(draw["magnesium_central_share"])
    response = two_compartments(
        2.5 / 24.0 * 49.0, 49.0 * share, 49.0 * (1.0 - share), draw["magnesium_exchange"]
    )
    given = Given(np.array([10.0, 36.0]), np.array([-0.5, 0.0]), np.array([0.0, 12.0]))
    mine = np.array([label.startswith("icu") for label in rows.label]) & rows.after
    wanted = 0.85 + level_at(rows.hours[mine], response, given)
    mean = np.asarray(hours_expected(rows, draw, people).mean)[mine]
    # The table rounds 10 mmol to 243 mg and 3 mmol/h to 72.9 mg/h.
    np.testing.assert_allclose(mean, wanted, rtol=1e-3)


def test_a_bolus_instead_of_half_an_hour_moves_serum_by_less_than_its_misfit() -> None:
    rows, draw, people = at_draw("turnover")
    at_once = tuple(
        given._replace(start=np.where(given.start < 0.0, given.end, given.start)) for given in rows.magnesium
    )
    moved = hours_expected(rows._replace(magnesium=at_once), draw, people).mean
    change = np.abs(np.asarray(moved - hours_expected(rows, draw, people).mean))[rows.of_magnesium]
    assert 0.0 < change.max() < 0.05


def test_csf_follows_serum_by_the_gain_and_the_time_of_the_model_over_days() -> None:
    rows, draw, people = at_draw("turnover")
    late = rows._replace(hours=np.where(rows.of_csf, 1e-3, rows.hours))
    values = people.values | {
        "csf_magnesium_gain": jnp.asarray(0.2),
        "csf_magnesium_time": jnp.asarray(1e-6),
    }
    at_once = hours_expected(rows, draw, people._replace(values=values)).mean
    csf = np.flatnonzero(rows.of_csf & rows.after)
    serum = csf - 1
    assert all(rows.hours[csf] == rows.hours[serum])
    rise = (np.asarray(at_once)[csf] - 0.82) / 0.82
    np.testing.assert_allclose(rise, 0.2 * (np.asarray(at_once)[serum] - 0.85) / 0.85, rtol=1e-3)
    slow = hours_expected(late, draw, people).mean
    np.testing.assert_allclose(np.asarray(slow)[csf], 0.82, rtol=1e-3)


def test_levels_of_one_study_share_what_they_were_before_and_those_of_two_studies_nothing() -> None:
    rows, draw, people = at_draw("turnover")
    covariance = np.asarray(hours_expected(rows, draw, people).covariance)
    other = rows.study[:, None] != rows.study[None, :]
    assert (covariance[other] == 0.0).all()
    before, after = (
        rows.label.index(f"icu_pk2018/mgso4_bolus_infusion/{t}/serum_mg") for t in ("0", "0.005952")
    )
    error = rows.standard_error[before] * rows.standard_error[after] * plain(draw["session_correlation"])
    np.testing.assert_allclose(covariance[before, after], LEVEL_SD**2 + error, rtol=1e-9)


def test_ketamine_acts_at_once_where_pain_reads_its_target_and_not_where_only_slow_states_do() -> None:
    moved = {}
    for model in MODELS:
        rows, draw, people = at_draw(model)
        pain = ~rows.of_magnesium & np.array(["/ketamine/" in label for label in rows.label])
        strength = {name: jnp.asarray(0.9) for name in people.values if name.startswith("ketamine_")}
        at = people._replace(values=people.values | strength)
        scores = hours_expected(rows, draw, at).mean - hours_expected(with_doses(rows, 0.0), draw, at).mean
        moved[model] = np.asarray(scores)[pain]
    assert (moved["cascade"] > 0.01).all()
    assert moved["cascade"][0] > moved["cascade"][1]
    assert np.abs(moved["turnover"]).max() == np.abs(moved["time_course"]).max() == 0.0


def test_the_equivalent_dose_of_a_steady_infusion_is_its_rate() -> None:
    rows, draw, _ = at_draw("cascade")
    lasting = tuple(
        Given(np.array([350.0 * 30.0]), np.array([-700.0]), np.array([20.0])) if len(dose.amount) else dose
        for dose in rows.ketamine
    )
    shifted = rows._replace(ketamine=lasting)
    doses = np.asarray(ketamine_per_day(shifted, draw))
    with_ketamine = np.array(["/ketamine/" in label for label in rows.label])
    np.testing.assert_allclose(doses[with_ketamine], 350.0, rtol=1e-6)
    assert (doses[~with_ketamine] == 0.0).all()


def test_a_missing_standard_error_is_that_of_the_typical_sd_between_patients() -> None:
    rows, draw, people = at_draw("turnover")
    missing = rows._replace(standard_error=np.full(len(rows.kind), np.nan))
    known = np.exp(np.asarray(draw["log_patient_sd"])[3]) / np.sqrt(rows.n)
    known = np.where(
        rows.of_magnesium, known, np.exp(np.asarray(draw["log_patient_sd"])[0]) / np.sqrt(rows.n)
    )
    given = rows._replace(standard_error=known)
    np.testing.assert_allclose(
        hours_log_density(missing, draw, people), hours_log_density(given, draw, people), rtol=1e-12
    )


def test_density_of_the_whole_has_a_finite_gradient() -> None:
    target = build_target(problem_with("turnover"))
    slope = jax.jit(jax.grad(target.potential))(target.initial, target.data)
    assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(slope))


def test_parameters_are_sampled_only_if_a_row_reads_them() -> None:
    rows = rows_of(problem_with("turnover"))
    assert "magnesium_absorption_rate" not in hours_parameters(rows)
    assert set(hours_parameters(rows)) == set(HOURS_PARAMETERS) - {"magnesium_absorption_rate"}


def test_data_of_the_block_are_not_simulated_in_silence() -> None:
    with pytest.raises(SettingsError, match=WITHIN_HOURS):
        simulate(jax.random.key(0), problem_with("turnover"))

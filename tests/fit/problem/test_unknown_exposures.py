"""Claims about doses and intakes that are unknowns of a fit."""

from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import xarray as xr
from numpyro import distributions as dist

from windup.datasets import packaged_trials
from windup.fit import Settings
from windup.fit.design.exposure import Exposure
from windup.fit.design.subset import only
from windup.fit.posterior.tree import coordinate_labels
from windup.fit.problem.build import build_problem, model_named, problem_of
from windup.fit.problem.model import evaluate_sites
from windup.fit.problem.people.people import habitual_magnesium_of
from windup.fit.problem.problem import Problem
from windup.fit.problem.target import build_target
from windup.fit.runs.summary import effective_dose_latents
from windup.fit.sampling.target.target import Target

from ...datasets.tiny import Tables
from ..designs import tables_of, trials_of

GRID = np.linspace(-4.0, 4.0, 161)
UNKNOWN = {"dose_per_administration": "", "dose_unit": "", "administrations_per_day": ""}


def one_trial(doses: dict[str, str], n: int = 4000) -> Tables:
    """A trial of pregabalin at some doses by arm, '' where it is not stated; 0 for placebo."""
    tables = tables_of({"sd": "2", "n": str(n)}, *doses)
    template = tables["dosing.csv"][0]
    tables["dosing.csv"] = [
        template
        | {"arm_id": arm, "drug": "pregabalin" if dose != "0" else "placebo"}
        | (UNKNOWN if dose in ("", "0") else {"dose_per_administration": dose, "dose_unit": "mg/day",
                                              "administrations_per_day": ""})
        for arm, dose in doses.items()
    ]  # fmt: skip
    return tables


ARMS = {"none": "0", "low": "75", "middle": "300", "high": "600", "unknown": ""}


def along_the_unknown_dose(folder: Path, half_dose: float, truth: float) -> tuple[float, float]:
    """Mean and SD of the unknown dose given all else, on a grid, from rows without noise.

    Dose-response, size of the effect and spreads are known, so that the rows of a trial speak of the dose.
    """
    settings = Settings.from_preset(
        model="time_course",
        unknown_doses="latent",
        fixed={
            "pregabalin_half_dose": half_dose,
            "pregabalin_relief": 3.0,
            "drug_spread": 0.05,
            "misfit": 0.05,
            "placebo_spread": 0.05,
            "offset_spread": 0.05,
        },
    )
    problem = problem_of(trials_of(folder, one_trial(ARMS)), settings)
    target = build_target(problem)
    (place,) = [n for n, name in enumerate(target.coordinates) if name.startswith("dose_by_substance")]
    position = jnp.asarray(target.initial)
    expected = evaluate_sites(problem, target.constrain(position.at[place].set(truth)))[1].expected.mean
    observed = problem.observed._replace(estimate=expected)
    given = build_target(problem._replace(observed=observed))

    def log_density(z: jax.Array) -> jax.Array:
        return -given.potential(position.at[place].set(z), given.data)

    logs = np.asarray(jax.jit(jax.vmap(log_density))(jnp.asarray(GRID)))
    weights = np.exp(logs - logs.max())
    weights /= weights.sum()
    mean = float(weights @ GRID)
    return mean, float(np.sqrt(weights @ (GRID - mean) ** 2))


@pytest.mark.parametrize("truth", [-1.5, 0.5])
def test_unknown_dose_is_found_where_the_dose_response_is_steep(tmp_path: Path, truth: float) -> None:
    mean, sd = along_the_unknown_dose(tmp_path, half_dose=600.0, truth=truth)
    assert mean == pytest.approx(truth, abs=0.15)
    assert sd < 0.35


@pytest.mark.parametrize("truth", [-1.5, 1.5])
def test_unknown_dose_keeps_its_prior_where_the_dose_response_is_flat(tmp_path: Path, truth: float) -> None:
    mean, sd = along_the_unknown_dose(tmp_path, half_dose=0.1, truth=truth)
    assert abs(mean) < 0.05
    assert sd == pytest.approx(1.0, abs=0.02)


def few_studies() -> tuple[str, ...]:
    """Studies with a dose that is not stated, an adjusted one, and serum magnesium with a baseline."""
    return ("raskin2014", "huffman2017", "rice2001", "schutten2022", "devalk1998")


def problem(model: str, exposure: Exposure) -> Problem:
    return build_problem(only(packaged_trials(), few_studies()), model_named(model), exposure=exposure)


def log_density(target: Target, changes: dict[str, float]) -> float:
    position = jnp.asarray(target.initial) + 0.3
    for name, value in changes.items():
        position = position.at[target.coordinates.index(name)].set(value)
    return -float(jax.jit(target.potential)(position, target.data))


@pytest.mark.parametrize("model", ["cascade", "turnover", "time_course", "placebo_only"])
def test_with_every_unknown_dose_at_the_reference_dose_the_density_is_that_of_known_ones(model: str) -> None:
    """Usual and reference dose of pregabalin are 300 mg/day: only priors at 0 and an adjusted dose differ."""
    trials = only(packaged_trials(), ("raskin2014", "rice2001"))
    known, latent = (
        build_target(build_problem(trials, model_named(model), exposure=Exposure(latent_doses=each)))
        for each in (False, True)
    )
    new = {*latent.coordinates} - {*known.coordinates}
    assert new == {"dose_by_substance[0]"}
    prior = float(dist.Normal(0.0, 1.0).log_prob(0.0))
    at_zero = dict.fromkeys(new, 0.0)
    assert log_density(latent, at_zero) - log_density(known, {}) == pytest.approx(prior, abs=1e-8)
    moved = log_density(latent, dict.fromkeys(new, 1.5))
    without_prior = moved + 0.5 * 1.5**2 - prior - log_density(known, {})
    assert (abs(without_prior) > 1e-4) == (model != "placebo_only")


@pytest.mark.parametrize(
    ("taken", "unknown"),
    [({}, True), ({"unknown_doses": "reference", "habitual_magnesium": "from_serum"}, False)],
)
def test_exposures_are_unknown_unless_settings_take_them_for_known(
    taken: dict[str, str], unknown: bool
) -> None:
    trials = only(packaged_trials(), few_studies())
    found = build_target(problem_of(trials, Settings.from_preset(model="time_course", **taken)))
    for begin in ("dose_by", "magnesium_intake"):
        assert any(name.startswith(begin) for name in found.coordinates) == unknown


def test_unknowns_are_named_by_study_and_drug() -> None:
    asked = problem("time_course", Exposure(latent_doses=True, latent_intake=True))
    named = coordinate_labels(asked, build_target(asked).coordinates)
    assert {"dose_by_substance[raskin2014/pregabalin]", "dose_by_substance[huffman2017/pregabalin]"} < {
        *named
    }
    intakes = {name for name in named if name.startswith("magnesium_intake_by_study")}
    assert intakes == {f"magnesium_intake_by_study[{name}]" for name in ("schutten2022", "devalk1998")}


def test_intake_that_is_unknown_does_not_know_the_serum_that_it_predicts() -> None:
    draw = {"magnesium_intake_by_study": jnp.zeros(2)}
    from_serum, latent = (problem("turnover", Exposure(latent_intake=each)) for each in (False, True))
    serum = np.array([name in ("schutten2022", "devalk1998") for name in latent.design.studies])
    assert np.any(np.asarray(habitual_magnesium_of(from_serum.design, {}))[serum] != 1.0)
    np.testing.assert_allclose(habitual_magnesium_of(latent.design, draw), 1.0)
    moved = np.asarray(habitual_magnesium_of(latent.design, {"magnesium_intake_by_study": jnp.ones(2)}))
    np.testing.assert_allclose(moved, np.where(serum, np.exp(0.25), 1.0))


def test_baseline_serum_is_predicted_only_where_the_intake_is_unknown() -> None:
    """Read off the serum at a feedback of 8, the intake gives that serum back at 8 whatever it was."""

    def residuals(exposure: Exposure) -> np.ndarray:
        asked = problem("turnover", exposure)
        target = build_target(asked)
        draw, point = evaluate_sites(asked, target.constrain(jnp.asarray(target.initial)))
        assert float(draw["renal_feedback"]) == pytest.approx(8.0)
        rows = asked.design.rows
        first = (np.array(rows.kind) == "serum_mg") & (asked.design.table["time_weeks"] <= 0.0).to_numpy()
        means = asked.design.table[first].assign(expected=np.asarray(point.expected.mean)[first])
        by_study = means.groupby("study_id")[["expected", "estimate"]].mean()
        return (by_study["expected"] - by_study["estimate"]).to_numpy()

    np.testing.assert_allclose(residuals(Exposure()), 0.0, atol=1e-6)
    assert np.abs(residuals(Exposure(latent_intake=True))).max() > 0.001


def test_effective_number_of_unknown_doses_counts_those_that_the_rows_fix() -> None:
    rng = np.random.default_rng(0)
    draws = np.stack([rng.normal(size=(4, 4000)), 0.01 * rng.normal(size=(4, 4000))], axis=2)
    posterior = xr.Dataset({"dose_by_substance": (("chain", "draw", "dosed_substance"), draws)})
    assert effective_dose_latents(posterior) == pytest.approx(1.0, abs=0.05)
    assert effective_dose_latents(xr.Dataset()) == 0.0

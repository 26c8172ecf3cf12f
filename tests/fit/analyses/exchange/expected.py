"""Rows as windup expects them, by its observation model and adaptive solver, against those of an export."""

import jax
import jax.numpy as jnp
import numpy as np

from windup.fit.analyses.exchange.experiments import patients_of
from windup.fit.analyses.exchange.export import export
from windup.fit.analyses.exchange.nominal import Nominal
from windup.fit.problem.model import nuisance_of
from windup.fit.problem.observation import expect
from windup.fit.problem.problem import values_of
from windup.models import free, solve_adaptive

from .simulator import predictions
from .some import settings_of, some_problem, some_trials

# Parameters of the observation model of which the priors are centred at no effect.
_AT_REST = {
    "placebo_per_baseline_point": 0.13,
    "placebo_per_decade": -0.21,
    "natural_course": 0.4,
    "bias_open_label": 0.35,
    "bias_small_trial": 0.8,
    "case_magnesium_difference": -0.07,
}


def assert_rows_agree(model: str, *, seed: int, tolerance: float) -> None:
    """Every measurement has the mean of its row, at parameters at which nothing is at rest."""
    problem, nominal = some_problem(model)
    design, rng = problem.design, np.random.default_rng(seed)
    moved = {
        each.name: each.location + 0.5 * each.prior_scale * rng.standard_normal()
        for each in free(problem.model.parameters())
        if each.family == "normal"
    }
    draw = {**nominal.draw, **{name: jnp.asarray(x) for name, x in {**moved, **_AT_REST}.items()}}
    if design.dose_latents.label:
        draw["dose_by_substance"] = jnp.asarray(rng.standard_normal(len(design.dose_latents.label)))
    exported = export(problem, Nominal(draw, "moved"), trials=some_trials(), settings=settings_of(model))
    found = predictions(exported.files)
    drive, state = patients_of(problem, draw)
    factors = None
    if design.dose_latents.label:
        factors = design.dose_latents.factors(draw["dose_by_substance"])

    @jax.jit
    def mean() -> jax.Array:
        course = solve_adaptive(
            problem.model,
            design.schedule,
            jax.tree.map(jnp.asarray, drive),
            values_of(problem, draw),
            enrolled=jax.tree.map(jnp.asarray, state),
            dose_factors=factors,
        )
        return expect(design, course, nuisance_of(problem, draw)).mean

    wanted = dict(zip(design.table["row_id"], np.asarray(mean()), strict=True))
    assert len(found) > 10
    worst = max(found, key=lambda row: abs(found[row] - wanted[row]))
    assert abs(found[worst] - wanted[worst]) < tolerance, (worst, found[worst], wanted[worst])

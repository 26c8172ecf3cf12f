"""Claim: fits of simulated rows of minutes to hours find what they were made with as often as they should."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import numpyro
import pytest
from numpyro import distributions as dist
from numpyro.infer import MCMC, NUTS
from scipy.stats import chi2

from windup.fit.problem.errors.within_hours.density import AtEnrolment, hours_expected, hours_log_density
from windup.fit.problem.errors.within_hours.parameters import hours_priors
from windup.fit.problem.errors.within_hours.rows import HoursRows
from windup.fit.problem.priors import distribution_of
from windup.models import Cascade, lasting_drive

from .cases import problem_with, rows_of

DATA_SETS, KEPT, BINS, THINNED = 40, 63, 8, 8
# Parameters of the model over days and of the observation model that these rows read, too.
_OF_MODEL = ("csf_magnesium_gain", "csf_magnesium_time", "ketamine_block")
_OF_OTHERS = {"individual_spread": (2.2, 0.2), "placebo_spread": (0.6, 0.4), "drug_spread": (0.4, 0.5),
              "offset_spread": (0.4, 0.4), "misfit": (0.15, 0.5)}  # fmt: skip


def patients(rows: HoursRows) -> AtEnrolment:
    """Patients of a pain of 6.5 at the medians of the cascade."""
    model = Cascade()
    values = {p.name: jnp.asarray(0.0 if p.family == "normal" else p.location) for p in model.parameters()}
    studies = int(rows.course.max()) + 1
    share = np.full(studies, 0.9)
    enrolled = jax.jit(lambda v: model.at_enrolment(jnp.full(studies, 6.5), share, np.ones(studies), v))(
        values
    )
    return AtEnrolment(model, values, enrolled.state, lasting_drive(enrolled.strength, share), 0.4)


def priors(rows: HoursRows) -> dict[str, dist.Distribution]:
    of_model = {p.name: distribution_of(p) for p in Cascade().parameters() if p.name in _OF_MODEL}
    others = {name: dist.LogNormal(np.log(at), sd) for name, (at, sd) in _OF_OTHERS.items()}
    return of_model | others | hours_priors(rows)


def parts(draw: dict[str, Any], people: AtEnrolment) -> tuple[dict[str, Any], AtEnrolment]:
    values = people.values | {name: draw[name] for name in _OF_MODEL}
    full = draw | {"log_patient_sd": jnp.log(jnp.array([2.0, 2.3, 35.0, 0.08]))}
    return full, people._replace(values=values, drug_spread=draw["drug_spread"])


def rank_statistics(seed: int = 1) -> tuple[np.ndarray, list[str], float]:
    """Ranks of the truth among thinned draws, ``(data sets, parameters)``; names; share of divergences."""
    rows = rows_of(problem_with("turnover"))
    people, prior = patients(rows), priors(rows)

    def model(estimate: jax.Array) -> None:
        draw = {name: numpyro.sample(name, each) for name, each in prior.items()}
        numpyro.factor("rows", hours_log_density(rows._replace(estimate=estimate), *parts(draw, people)))  # type: ignore[arg-type]  # traced

    sampler = MCMC(NUTS(model, target_accept_prob=0.9), num_warmup=300, num_samples=THINNED * KEPT,
                   thinning=THINNED, progress_bar=False)  # fmt: skip

    def ranked(key: jax.Array) -> tuple[jax.Array, jax.Array]:
        keys = jax.random.split(key, len(prior) + 2)
        draw = {name: each.sample(k) for k, (name, each) in zip(keys, prior.items(), strict=False)}
        expected = hours_expected(rows, *parts(draw, people))
        estimate = jax.random.multivariate_normal(keys[-1], expected.mean, expected.covariance)
        sampler.run(keys[-2], estimate)
        samples = sampler.get_samples()
        below = jnp.stack([jnp.sum(samples[name] < draw[name]) for name in prior])
        return below, jnp.mean(sampler.get_extra_fields()["diverging"])

    # One program for all data sets.
    found, divergent = jax.jit(lambda keys: jax.lax.map(ranked, keys))(
        jax.random.split(jax.random.key(seed), DATA_SETS)
    )
    return np.asarray(found), list(prior), float(divergent.mean())


@pytest.mark.release
def test_ranks_of_the_truth_are_uniform_over_simulated_data_sets() -> None:
    ranks, names, _ = rank_statistics()
    counts = np.array([np.bincount(column * BINS // (KEPT + 1), minlength=BINS) for column in ranks.T])
    distance = ((counts - DATA_SETS / BINS) ** 2).sum(axis=1) / (DATA_SETS / BINS)
    # Bonferroni over all parameters at 1 %.
    smallest = float(chi2.sf(distance.max(), BINS - 1))
    assert smallest > 0.01 / len(names), names[int(distance.argmax())]

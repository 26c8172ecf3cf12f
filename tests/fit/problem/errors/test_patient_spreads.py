"""Claims about printed SDs and correlations: their densities, and data that are simulated from them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from windup.fit.problem.build import build_problem, model_named
from windup.fit.problem.prior_predictive import simulate
from windup.fit.problem.problem import Problem
from windup.fit.problem.target import build_target

from ....datasets.tiny import Tables
from ...designs import tables_of, trials_of
from ...spreads import with_change, with_contrast, without_sd
from ..joint import joint_program, least_moment_p_value

SD = np.log(np.sqrt(2.0))


def problem_of(folder: Path, tables: Tables) -> Problem:
    folder.mkdir(exist_ok=True)
    return build_problem(trials_of(folder, tables), model_named("placebo_only"))


def printed_part(before: Problem, after: Problem, position: Any, **data: Any) -> float:
    """Log density that what is printed adds at a position."""
    one, two = build_target(before), build_target(after)
    assert one.coordinates == two.coordinates
    observed = two.data[0]._replace(**data)
    return float(one.potential(position, one.data) - two.potential(position, (observed,)))


def value(problem: Problem, position: Any, name: str) -> float:
    return float(position[build_target(problem).coordinates.index(name)])


def of_means() -> Tables:
    return without_sd()


def of_changes() -> Tables:
    tables = without_sd()
    for row in tables["observations.csv"]:
        row["sd"] = "2" if row["time_weeks"] == "0" else ""
        if row["time_weeks"] == "8":
            row |= {"outcome": "pain_intensity_change", "value": "-2"}
    return tables


# Of a value adjusted for baseline, and of the same relative to a change.
RATIOS: dict[str, Callable[[float], float]] = {
    "mean": lambda r: np.sqrt(1.0 - r**2),
    "change": lambda r: np.sqrt((1.0 - r**2) / (2.0 * (1.0 - r))),
}


@pytest.mark.parametrize(("kind", "tables"), [("mean", of_means), ("change", of_changes)])
def test_contrast_adds_the_normal_density_of_the_log_sd_that_its_error_implies(
    tmp_path: Path, kind: str, tables: Callable[[], Tables]
) -> None:
    before = problem_of(tmp_path / "before", tables())
    after = problem_of(tmp_path / "after", with_contrast(tables()))
    target = build_target(after)
    position = target.initial + 0.3 * np.random.default_rng(0).normal(size=len(target.initial))
    place = ("mean", "change", "percent", "magnesium").index(kind)
    rho = 1.0 / (1.0 + np.exp(-value(after, position, "visit_correlation")))
    spread = np.exp(value(after, position, f"patient_sd_spread[{place}]"))
    log_sd = value(after, position, f"log_patient_sd[{place}]")
    log_sd += spread * value(after, position, "missing_sd_by_study[0]")
    expected = stats.norm.logpdf(SD, log_sd + np.log(RATIOS[kind](rho)), 0.2)
    assert printed_part(before, after, position) == pytest.approx(expected, abs=1e-6)
    at_peak = {"implied_log_sd": jnp.asarray([log_sd + np.log(RATIOS[kind](rho))])}
    assert printed_part(before, after, position, **at_peak) == pytest.approx(stats.norm.logpdf(0, 0, 0.2))


def with_correlation() -> Tables:
    tables = tables_of({"n": "30"}, "one", "two")
    return with_change(tables, "one", sd="2", n="30")


def test_three_sds_add_the_normal_density_of_z_at_the_correlation_of_visits(tmp_path: Path) -> None:
    before = problem_of(tmp_path / "before", tables_of({"n": "30"}, "one", "two"))
    after = problem_of(tmp_path / "after", with_correlation())
    position = build_target(after).initial + 0.2
    rho = 1.0 / (1.0 + np.exp(-value(after, position, "visit_correlation")))
    error = np.sqrt(0.3**2 + 1.0 / 27.0)
    expected = stats.norm.logpdf(np.arctanh(0.5), np.arctanh(rho), error)
    assert printed_part(before, after, position) == pytest.approx(expected, abs=1e-6)


def everything() -> Tables:
    """A study with a contrast in place of SDs, and one that prints three SDs of an arm."""
    tables, other = with_contrast(without_sd()), with_correlation()
    for name, rows in other.items():
        tables[name] += [row | {"study_id": "beta", "row_id": f"b{row.get('row_id')}"} for row in rows]
    for name in ("studies.csv", "dosing.csv"):
        for row in tables[name]:
            row.pop("row_id", None)
    return tables


def test_joint_density_with_printed_spreads_has_the_moments_of_its_draws(tmp_path: Path) -> None:
    problem = problem_of(tmp_path, everything())
    printed = problem.observed.implied_log_sd, problem.observed.printed_correlation
    assert [len(each) for each in printed] == [1, 1]
    draws = joint_program(problem)(jax.random.split(jax.random.key(0), 2000), 0.0)
    assert least_moment_p_value(draws) > 0.01


def test_simulated_data_have_printed_spreads_of_their_own(tmp_path: Path) -> None:
    problem = problem_of(tmp_path, everything())
    found = jax.jit(jax.vmap(lambda key: simulate(key, problem)))(jax.random.split(jax.random.key(1), 500))
    rho = np.asarray(found.sites["visit_correlation"])
    error = np.sqrt(0.3**2 + 1.0 / 27.0)
    z = (np.asarray(found.observed.printed_correlation)[:, 0] - np.arctanh(rho)) / error
    assert stats.kstest(z, "norm").pvalue > 0.01
    log_sd = found.sites["log_patient_sd"][:, 0]
    log_sd += found.sites["patient_sd_spread"][:, 0] * found.sites["missing_sd_by_study"][:, 0]
    implied = np.asarray(found.observed.implied_log_sd)[:, 0]
    assert stats.kstest((implied - log_sd - np.log(RATIOS["mean"](rho))) / 0.2, "norm").pvalue > 0.01


def test_study_without_such_prints_has_a_density_without_them(tmp_path: Path) -> None:
    problem = problem_of(tmp_path, without_sd())
    printed = problem.observed.implied_log_sd, problem.observed.printed_correlation
    assert [len(each) for each in printed] == [0, 0]
    target = build_target(problem)
    assert np.isfinite(target.potential(target.initial, target.data))

"""Whether the gain of the loops is found again: profiles of simulated data sets.

    python -m benchmarks.gain_recovery --sets 10 --out profiles.jsonl

For each data set it simulates 21 of the packaged studies from a gain of 0.6 and of 1.2, as populations of the
model ``single_loop``, and searches the mode of all other unknowns at eleven gains. A data set takes two to
four minutes on one core; those that the file holds already are not done again.

    python -m benchmarks.gain_recovery --sets 10 --patients mean --out profiles.jsonl

reads the same data sets as if an arm were one patient: what a wrong population would claim.
``--table docs/results/gain_recovery.csv`` writes the page's table of all profiles in the file.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd
import typer
from jax.flatten_util import ravel_pytree
from scipy.interpolate import PchipInterpolator
from scipy.optimize import minimize

from windup.datasets import CAUSE_REMOVED, DEFAULT_BLOCKS, Trials, packaged_trials
from windup.fit import Settings
from windup.fit.analyses.calibration.simulator import unconstrained_sites
from windup.fit.design.arrays import Observed
from windup.fit.design.subset import only, some_studies
from windup.fit.execution.process import prepare_process
from windup.fit.problem.build import problem_of
from windup.fit.problem.model import sample_sites
from windup.fit.problem.prior_predictive import Simulated, simulate
from windup.fit.problem.problem import Problem
from windup.fit.problem.target import build_target
from windup.fit.sampling.target.density import Density, compile_density
from windup.fit.sampling.target.sites import sites_of

TRUTHS = (0.6, 1.2)
GAINS = (0.25, 0.4, 0.6, 0.8, 0.9, 1.0, 1.1, 1.2, 1.4, 1.7, 2.2)
# Every study with a row after its cause was taken away, and fourteen that together hold all kinds of rows.
REMOVED = (
    "beck2021_swespine",
    "fernandez2015_cts",
    "kettunen2007_pfps",
    "lcs2010_tkr",
    "skou2015_tkr",
    "sport_stenosis",
    "whang2015_insite",
)
_OTHERS = 14
_GAIN = "feedback_gain"
# Prior SDs by which coordinates may leave the prior medians; beyond, reports spread so far that pain leaves
# 0-10.
_FAR = 5.0
# Neighbours of a gain are tried as starts where it loses less than this, nats.
_NEAR = 15.0
# Neighbours that differ by more, nats, show a search that stood still.
_LEAP = 1000.0


def main(
    sets: Annotated[int, typer.Option(help="Data sets of each gain.")] = 10,
    out: Annotated[Path, typer.Option(help="File of profiles, one line of JSON each.")] = Path(
        "profiles.jsonl"
    ),
    patients: Annotated[
        str, typer.Option(help="Patients of the model that is fitted; data are of 'population'.")
    ] = "population",
    table: Annotated[Path | None, typer.Option(help="CSV file of all profiles in the file.")] = None,
) -> None:
    """Simulate, search, and keep the profile of every data set."""
    prepare_process()
    trials = _studies()
    problem = problem_of(trials, _settings(patients))
    target = build_target(problem)
    start = np.asarray(target.initial)
    place = _place(target.constrain(jnp.asarray(start)))
    program = compile_density(target).program
    spread = _prior_spread(problem)
    simulators = {
        truth: jax.jit(partial(_simulated, problem_of(trials, _settings("population", truth))))
        for truth in TRUTHS
    }
    done = {(each["patients"], each["truth"], each["number"]) for each in _lines(out)}
    # One patient has no SD between patients that could be seen.
    seen = len(problem.observed.visit_log_sd)
    for number in range(sets):
        for truth in TRUTHS:
            if (patients, truth, number) in done:
                continue
            data = _possible(simulators[truth], truth, number)
            data = data._replace(visit_log_sd=data.visit_log_sd[:seen])
            density = Density(program, (jax.tree.map(jnp.asarray, data),))
            heights = profile(density, start, spread, place)
            line = {"patients": patients, "truth": truth, "number": number}
            line |= {"gain": GAINS, "potential": heights.tolist()}
            with out.open("a", encoding="utf-8") as file:
                file.write(json.dumps(line) + "\n")
            print(truth, number, np.round(heights - heights.min(), 1), flush=True)
    if table is not None:
        profile_table(_lines(out)).to_csv(table, index=False)


def profile_table(lines: list[dict[str, Any]]) -> pd.DataFrame:
    """What each profile says of the gain, read as a density of its log.

    Returns
    -------
    pandas.DataFrame
        ``patients`` of the fitted model, ``truth``, ``data_set``, nats lost at each gain,
        ``probability_above_one``, ``median``, ``low_90``, ``high_90``, and ``search_failed``: neighbours
        differ by more than 1,000 nats, and the numbers before it are empty.
    """
    rows = []
    fine = np.linspace(np.log(GAINS[0]), np.log(GAINS[-1]), 2001)
    for line in lines:
        gain, height = np.array(line["gain"]), np.array(line["potential"])
        height = height - height.min()
        failed = bool(np.abs(np.diff(height)).max() > _LEAP)
        weight = np.exp(-PchipInterpolator(np.log(gain), height)(fine))
        weight /= weight.sum()
        ends = np.exp(fine[np.searchsorted(np.cumsum(weight), (0.5, 0.05, 0.95))])
        known = {"probability_above_one": float(f"{weight[fine > 0].sum():.2g}")}
        known |= dict(zip(("median", "low_90", "high_90"), ends.round(2).tolist(), strict=True))
        rows.append(
            {"patients": line["patients"], "truth": line["truth"], "data_set": line["number"] + 1}
            | {f"lost_at_{at:g}": round(float(lost), 1) for at, lost in zip(gain, height, strict=True)}
            | {name: float("nan") if failed else value for name, value in known.items()}
            | {"search_failed": failed}
        )
    order = ["patients", "truth", "data_set"]
    return pd.DataFrame(rows).sort_values(order, ignore_index=True)


def _lines(file: Path) -> list[dict[str, Any]]:
    text = file.read_text(encoding="utf-8") if file.exists() else ""
    return [json.loads(line) for line in text.splitlines()]


def profile(density: Density, start: np.ndarray, spread: np.ndarray, place: int) -> np.ndarray:
    """Lowest potential at each gain: outward from 0.6, then again from neighbours, upwards and downwards."""
    free = np.delete(np.arange(len(start)), place)

    def searched(gain: float, at: np.ndarray) -> tuple[float, np.ndarray]:
        def potential(z: np.ndarray) -> tuple[float, np.ndarray]:
            x = start.copy()
            x[free] += spread[free] * z
            x[place] = np.log(gain)
            value, gradient = density(x)
            if not np.isfinite(value):
                return 1e10, np.zeros(len(free))
            return value, np.nan_to_num(gradient[free] * spread[free])

        found = minimize(
            potential,
            at,
            jac=True,
            method="L-BFGS-B",
            bounds=[(-_FAR, _FAR)] * len(free),
            options={"maxiter": 150, "maxcor": 30, "ftol": 1e-8, "gtol": 3e-3},
        )
        return float(found.fun), found.x

    count, middle = len(GAINS), GAINS.index(0.6)
    best: dict[int, tuple[float, np.ndarray]] = {middle: searched(GAINS[middle], np.zeros(len(free)))}
    for order, step in ((range(middle + 1, count), -1), (range(middle - 1, -1, -1), 1)):
        for at in order:
            best[at] = searched(GAINS[at], best[at + step][1])
    for order, step in ((range(1, count), -1), (range(count - 2, -1, -1), 1)):
        for at in order:
            if best[at][0] - min(value for value, _ in best.values()) < _NEAR:
                best[at] = min(best[at], searched(GAINS[at], best[at + step][1]), key=lambda each: each[0])
    return np.array([best[at][0] for at in range(count)])


def _studies() -> Trials:
    others = some_studies(packaged_trials(), _OTHERS).studies["study_id"]
    return only(packaged_trials(blocks=(*DEFAULT_BLOCKS, CAUSE_REMOVED)), sorted({*REMOVED, *others}))


def _settings(patients: str, truth: float | None = None) -> Settings:
    fixed = {} if truth is None else {_GAIN: truth}
    return Settings.from_preset("quick", model="single_loop", patients=patients, fixed=fixed)


def _place(values: dict[str, jax.Array]) -> int:
    """Of the gain among the coordinates."""
    marked = {name: jnp.full(jnp.shape(value), float(name == _GAIN)) for name, value in values.items()}
    return int(np.flatnonzero(np.asarray(ravel_pytree(marked)[0]))[0])


def _simulated(problem: Problem, key: jax.Array) -> Simulated:
    return simulate(key, problem)


def _prior_spread(problem: Problem) -> np.ndarray:
    """SD of every coordinate in 64 draws from the prior; 1 where there is none."""
    supports = {name: site.support for name, site in sites_of(sample_sites, problem).items()}
    draw = jax.jit(lambda key: unconstrained_sites(simulate(key, problem).sites, supports))
    spread = np.nanstd([np.asarray(draw(jax.random.key(1000 + number))) for number in range(64)], axis=0)
    return np.where(np.isfinite(spread) & (spread >= 1e-3), spread, 1.0)


def _possible(draw: Callable[[jax.Array], Simulated], truth: float, number: int) -> Observed:
    """Rows of the first simulated data set that could be printed."""
    for attempt in range(50):
        key = jax.random.fold_in(jax.random.key(7 if truth < 1.0 else 8), 100 * number + attempt)
        found = draw(key)
        if bool(found.possible):
            return found.observed
    raise SystemExit(f"No data set of the gain {truth} could be printed in 50 attempts.")


if __name__ == "__main__":
    typer.run(main)

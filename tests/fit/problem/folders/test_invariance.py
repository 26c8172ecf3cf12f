"""Claims about what a log density does not depend on: the order of rows, names, units of doses."""

import zlib
from collections.abc import Callable
from pathlib import Path

import jax.numpy as jnp
import numpy as np
import pytest

from windup.fit import MODELS
from windup.fit.problem.build import build_problem, model_named
from windup.fit.problem.problem import Problem
from windup.fit.problem.target import build_target

from ....datasets.tiny import Tables
from ...designs import trials_of
from .odd_folders import NOTHING, PLACEBO, PREGABALIN, SERUM, SHARES, Cells, made

DRUGS = ("gabapentin", "ala", "nac")
STUDIES = ("many", "contrasts", "crossed", "serum")
# Names of studies after `renamed`, or before.
FIRST_NAMES = {name: name for name in STUDIES} | {name[::-1]: name for name in STUDIES}


def base() -> Tables:
    """Four drugs in one trial, shares, contrasts that share an arm, a crossover trial, serum magnesium."""
    arms: dict[str, Cells] = {drug: {"drug": drug, "substance": drug} for drug in DRUGS}
    arms = {"placebo": PLACEBO, "pregabalin": PREGABALIN, **arms}
    many = made(
        arms,
        [{"arm_id": arm, "time_weeks": week, "value": value, "sd": ""} for arm in arms for week, value in
         (("0", "6.5"), ("4", "5.5"), ("8", "5"))]
        + [{"arm_id": arm, "time_weeks": "8", **SHARES} for arm in ("pregabalin", "placebo")],
    )  # fmt: skip
    contrasts = made(
        {"low": PREGABALIN | {"dose_per_administration": "150", "n_randomised": "30"}, "high": PREGABALIN,
         "control": PLACEBO | {"n_randomised": "90"}},
        [{"arm_id": arm, "reference_arm": other, "outcome": "difference_vs_placebo", "value": "-0.7", "n": ""}
         for arm, other in (("low", "control"), ("high", "low"))],
    )  # fmt: skip
    crossed = made(
        {"drug": PREGABALIN, "control": PLACEBO},
        [{"arm_id": "drug", "reference_arm": "control", "outcome": "difference_vs_placebo", "value": "-1"},
         {"arm_id": "control", "time_weeks": "0", "value": "7"}],
        {"crossover": "yes"},
    )  # fmt: skip
    serum = made(
        {"none": NOTHING}, [{"arm_id": "none", "time_weeks": "0", **SERUM}], {"condition": "healthy"}
    )
    tables: Tables = {name: [] for name in many}
    for study, part in zip(STUDIES, (many, contrasts, crossed, serum), strict=True):
        for name, rows in part.items():
            tables[name] += [row | {"study_id": study} for row in rows]
    for number, row in enumerate(tables["observations.csv"]):
        row["row_id"] = f"r{number}"
    return tables


def shuffled(seed: int) -> Callable[[Tables], Tables]:
    """The same rows of every table in another order."""

    def change(tables: Tables) -> Tables:
        rng = np.random.default_rng(seed)
        return {name: [rows[place] for place in rng.permutation(len(rows))] for name, rows in tables.items()}

    return change


def renamed(tables: Tables) -> Tables:
    """Other names of studies, arms and rows, in another alphabetical order."""
    named = ("study_id", "arm_id", "reference_arm", "row_id")

    def other(row: Cells) -> Cells:
        return row | {key: row[key][::-1] for key in named if row.get(key)}

    return {name: [other(row) for row in rows] for name, rows in tables.items()}


def in_grams(tables: Tables) -> Tables:
    def other(row: Cells) -> Cells:
        if row["dose_unit"] != "mg/day":
            return row
        return row | {"dose_unit": "g", "administrations_per_day": "2"} | {
            "dose_per_administration": str(float(row["dose_per_administration"]) / 2000.0)
        }  # fmt: skip

    return tables | {"dosing.csv": [other(row) for row in tables["dosing.csv"]]}


def all_at_once(tables: Tables) -> Tables:
    return shuffled(3)(in_grams(renamed(tables)))


def labels_of(problem: Problem, names: tuple[str, ...]) -> list[str]:
    """Coordinates by what they stand for, not by the order of the studies."""
    design = problem.design
    studies = [FIRST_NAMES[name] for name in design.studies]
    painful = [name for name, pain in zip(studies, design.painful, strict=True) if pain]
    labels = []
    for name in names:
        site, _, index = name.removesuffix("]").partition("[")
        if site == "enrolment_by_study":
            name = f"{site}/{painful[int(index)]}"
        elif site == "missing_sd_by_study":
            study, _, kind = design.dispersions.missing_label[int(index)].partition("/")
            name = "/".join((site, FIRST_NAMES[study], kind))
        elif site.startswith(("study_effects_", "study_precision_")):
            kind, number = site.rsplit("_", 1)
            place, *column = index.split(",")
            name = "/".join((kind, studies[problem.buckets[int(number)].study[int(place)]], *column))
        labels.append(name)
    return labels


def log_density(folder: Path, tables: Tables, model: str) -> float:
    """At one point, the same whatever the order of its coordinates."""
    folder.mkdir()
    problem = build_problem(trials_of(folder, tables), model_named(model))
    target = build_target(problem)
    labels = labels_of(problem, target.coordinates)
    assert len(set(labels)) == len(labels)
    draws = [np.random.default_rng(zlib.crc32(label.encode())).normal() for label in labels]
    position = target.initial + 0.3 * jnp.asarray(draws)
    return -float(target.potential(position, target.data))


def changed(folder: Path, change: Callable[[Tables], Tables], model: str) -> tuple[float, float]:
    before, after = (
        log_density(folder / name, tables, model)
        for name, tables in (("before", base()), ("after", change(base())))
    )
    assert np.isfinite(before)
    return before, after


@pytest.mark.parametrize(
    "change",
    [shuffled(0), shuffled(1), renamed, in_grams],
    ids=["shuffled", "shuffled otherwise", "renamed", "in grams"],
)
def test_log_density_depends_neither_on_the_order_nor_on_names_nor_on_units(
    tmp_path: Path, change: Callable[[Tables], Tables]
) -> None:
    before, after = changed(tmp_path, change, "time_course")
    assert after == pytest.approx(before, rel=1e-9)


@pytest.mark.parametrize(
    "model",
    [
        pytest.param(model, marks=pytest.mark.slow) if model == "cascade" else model
        for model in MODELS
        if model != "time_course"
    ],
)
def test_log_density_of_every_model_is_that_of_the_tables_in_another_form(tmp_path: Path, model: str) -> None:
    before, after = changed(tmp_path, all_at_once, model)
    assert after == pytest.approx(before, rel=1e-9)


def test_another_value_is_another_log_density(tmp_path: Path) -> None:
    def other(tables: Tables) -> Tables:
        tables["observations.csv"][1]["value"] = "5.4"
        return tables

    before, after = changed(tmp_path, other, "placebo_only")
    assert abs(after - before) > 1e-3

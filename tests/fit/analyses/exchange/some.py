"""Published studies with rows of many kinds, apart from the others so that they load at once."""

import csv
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from windup.datasets import Trials, load_trials
from windup.fit.analyses.exchange.export import Exported, export
from windup.fit.analyses.exchange.nominal import Nominal, prior_medians
from windup.fit.problem.build import problem_of
from windup.fit.problem.problem import Problem
from windup.fit.settings.fit import Settings

TABLES = Path(__file__).parents[4] / "datasets" / "trials"
STUDIES = (
    "backonja1998",
    "barragan2008",
    "cao2005",
    "eibl1995",
    "gohir2021",
    "sangdee2002",
    "yousef2013",
)


@cache
def some_trials(studies: tuple[str, ...] = STUDIES) -> Trials:
    with TemporaryDirectory() as name:
        folder = Path(name)
        for table in ("studies.csv", "dosing.csv", "observations.csv"):
            with (TABLES / table).open(encoding="utf-8", newline="") as source:
                reader = csv.DictReader(source)
                rows = [row for row in reader if row["study_id"] in studies]
            with (folder / table).open("w", encoding="utf-8", newline="") as target:
                writer = csv.DictWriter(target, reader.fieldnames or ())
                writer.writeheader()
                writer.writerows(rows)
        return load_trials(folder)


def settings_of(model: str) -> Settings:
    return Settings.from_preset("full", model=model)


@cache
def some_problem(model: str) -> tuple[Problem, Nominal]:
    problem = problem_of(some_trials(), settings_of(model))
    return problem, prior_medians(problem)


@cache
def some_export(model: str) -> Exported:
    problem, nominal = some_problem(model)
    return export(problem, nominal, trials=some_trials(), settings=settings_of(model))

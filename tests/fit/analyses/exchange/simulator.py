"""An independent simulator of what was exported: libRoadRunner (CVODE) reads the files and nothing else."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pytest

from ....models.formulas.reading import value_of

roadrunner = pytest.importorskip("roadrunner", reason="the independent simulator is libRoadRunner")

type Table = list[dict[str, str]]


def table_of(text: str) -> Table:
    return list(csv.DictReader(io.StringIO(text), delimiter="\t"))


class Simulator:
    """One model, loaded once."""

    def __init__(self, sbml: str) -> None:
        self._model = roadrunner.RoadRunner(sbml)
        self._model.integrator.setValue("relative_tolerance", 1e-11)
        self._model.integrator.setValue("absolute_tolerance", 1e-13)
        self._model.integrator.setValue("maximum_num_steps", 100_000)

    def seen(
        self,
        values: Mapping[str, float],
        periods: Sequence[tuple[float, Mapping[str, str]]],
        days: Sequence[float],
        names: Sequence[str],
    ) -> np.ndarray:
        """Values of some names at some days; a period that begins then comes first.

        Changes of a period are formulas, read before any of them is made.
        """
        model: Any = self._model
        model.resetToOrigin()
        for name, value in values.items():
            model[name] = value
        now, found = 0.0, {}
        for day in sorted({*days, *(begin for begin, _ in periods)}):
            if day > now:
                model.simulate(now, day, 2)
                now = day
            for begin, changes in periods:
                if begin == day:
                    known = {word: model[word] for word in changes.values() if word.isidentifier()}
                    new = {name: value_of(text, known) for name, text in changes.items()}
                    for name, value in new.items():
                        model[name] = value
            found[day] = [model[name] for name in names]
        return np.array([found[day] for day in days])


def predictions(files: Mapping[str, str]) -> dict[str, float]:
    """What a problem of PEtab expects of every measurement at its nominal values, by ``row_id``."""
    simulator = Simulator(files["model.xml"])
    tables = {name: table_of(text) for name, text in files.items() if name.endswith(".tsv")}
    nominal = {row["parameterId"]: float(row["nominalValue"]) for row in tables["parameters.tsv"]}
    formulas = {row["observableId"]: row for row in tables["observables.tsv"]}
    words = ("pain", "pain_at_enrolment", "serum_magnesium_mmol_per_L", "csf_magnesium_mmol_per_L")
    in_model = {name: value for name, value in nominal.items() if f'id="{name}"' in files["model.xml"]}
    found = {}
    for experiment in dict.fromkeys(row["experimentId"] for row in tables["measurements.tsv"]):
        mine = [row for row in tables["measurements.tsv"] if row["experimentId"] == experiment]
        periods = [
            (
                float(row["time"]),
                {
                    each["targetId"]: each["targetValue"]
                    for each in tables["conditions.tsv"]
                    if each["conditionId"] == row["conditionId"]
                },
            )
            for row in tables["experiments.tsv"]
            if row["experimentId"] == experiment
        ]
        seen = simulator.seen(in_model, periods, [float(row["time"]) for row in mine], words)
        for row, values in zip(mine, seen, strict=True):
            observable = formulas[row["observableId"]]
            names = observable["observablePlaceholders"].split(";") if row["observableParameters"] else []
            given = row["observableParameters"].split(";") if names else []
            known = {**nominal, **dict(zip(words, values, strict=True))}
            known |= {name: value_of(text, known) for name, text in zip(names, given, strict=True)}
            found[row["row_id"]] = value_of(observable["observableFormula"], known)
    return found

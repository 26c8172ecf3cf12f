"""Tables of both versions of PEtab, read into the same contents."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from windup.fit.analyses.petab.tables.cells import Faults, Row, rows_of
from windup.fit.analyses.petab.tables.contents import STEADY, Contents, Measurement, Observable, Period, Place
from windup.fit.analyses.petab.tables.experiments import experiment_name, experiments_1, experiments_2
from windup.fit.analyses.petab.tables.read_parameters import SCALES, read_parameters

_FAMILIES = {1: ("normal", "laplace"), 2: ("normal", "laplace", "log-normal", "log-laplace")}


def read_tables(path: Path, settings: Mapping[str, Any], faults: Faults) -> Contents | None:
    """Everything that the tables of a problem hold.

    Parameters
    ----------
    path
        Of the problem's YAML file.
    settings
        What it holds.
    faults
        Takes what is wrong.

    Returns
    -------
    Contents or None
        None where the YAML file names more than is supported.
    """
    version = int(str(settings["format_version"]).split(".")[0])
    names = _names_1(settings, path, faults) if version == 1 else _names_2(settings, path, faults)
    if names is None:
        return None
    folder = path.parent
    tables = {kind: list(rows_of(folder, files)) for kind, files in names.items() if kind != "model"}
    parameters = read_parameters(tables["parameter"], version, faults)
    observables = {
        row.text("observableId"): _observable(row, version, faults) for row in tables["observable"]
    }
    rows = tables["measurement"]
    measurements = tuple(_measurement(row, observables, version, faults) for row in rows)
    if version == 1:
        experiments = experiments_1(tables["condition"], rows, parameters, faults)
    else:
        first = {row.text("experimentId"): row for row in reversed(rows)}
        experiments = experiments_2(tables["experiment"], tables["condition"], first, faults)
    _check_times(measurements, experiments, faults)
    files = [path, *(folder / name for kind in names for name in names[kind])]
    return Contents(
        version, folder / names["model"][0], parameters, observables, experiments, measurements, tuple(files)
    )


def _names_1(settings: Mapping[str, Any], path: Path, faults: Faults) -> dict[str, list[str]] | None:
    problems = settings["problems"]
    models = [name for each in problems for name in each.get("sbml_files", [])]
    if len(problems) != 1 or len(models) != 1 or settings.get("extensions"):
        _refuse_yaml(path, faults)
        return None
    (one,) = problems
    parameter_files = settings["parameter_file"]
    return {
        "model": models,
        "parameter": [parameter_files] if isinstance(parameter_files, str) else list(parameter_files),
        **{kind: one.get(f"{kind}_files", []) for kind in ("condition", "measurement", "observable")},
    }


def _names_2(settings: Mapping[str, Any], path: Path, faults: Faults) -> dict[str, list[str]] | None:
    models = list((settings.get("model_files") or {}).values())
    if len(models) != 1 or models[0].get("language") != "sbml" or settings.get("extensions"):
        _refuse_yaml(path, faults)
        return None
    kinds = ("parameter", "condition", "experiment", "measurement", "observable")
    names = {kind: list(settings.get(f"{kind}_files") or []) for kind in kinds}
    for row in rows_of(path.parent, settings.get("mapping_files") or []):
        if row.text("modelEntityId") not in ("", row.text("petabEntityId")):
            faults.add(
                row.place(), "Mappings of names are not supported.", "Use the identifiers of the model."
            )
    return {"model": [models[0]["location"]], **names}


def _refuse_yaml(path: Path, faults: Faults) -> None:
    faults.add(
        Place(path.name, 0),
        "Several models, models that are not SBML, and extensions are not supported.",
        "Name one SBML file, and no extensions.",
    )


def _observable(row: Row, version: int, faults: Faults) -> Observable:
    name, formula = row.text("observableId"), row.text("observableFormula")
    noise = row.text("noiseFormula", "1" if version == 1 else "")
    for column, text in (("observableFormula", formula), ("noiseFormula", noise)):
        if not text:
            faults.add(row.place(column), f"'{name}' has no formula there.", "Write one.")
    family = faults.word(row, "noiseDistribution", _FAMILIES[version], "normal")
    scale = faults.word(row, "observableTransformation", SCALES, "lin") if version == 1 else "lin"
    if scale != "lin":
        family = f"log-{family}"
    if version == 1:
        placeholders = _numbered("observableParameter", name, formula)
        noise_placeholders = _numbered("noiseParameter", name, noise)
    else:
        placeholders, noise_placeholders = row.parts("observablePlaceholders"), row.parts("noisePlaceholders")
    return Observable(
        name, formula, noise, family, scale == "log10", placeholders, noise_placeholders, row.place()
    )


def _numbered(kind: str, name: str, formula: str) -> tuple[str, ...]:
    """Placeholders of version 1 in a formula (``observableParameter2_name``), up to the largest number."""
    numbers = [int(found) for found in re.findall(rf"\b{kind}([0-9]+)_{re.escape(name)}\b", formula)]
    return tuple(f"{kind}{number}_{name}" for number in range(1, max(numbers, default=0) + 1))


def _measurement(
    row: Row, observables: Mapping[str, Observable], version: int, faults: Faults
) -> Measurement:
    name = row.text("observableId")
    time, value = faults.number(row, "time"), faults.number(row, "measurement")
    overrides, noise = row.parts("observableParameters"), row.parts("noiseParameters")
    observable = observables.get(name)
    if observable is None:
        faults.add(
            row.place("observableId"), f"There is no observable '{name}'.", "Add it to the observables."
        )
    else:
        for column, given, wanted in (
            ("observableParameters", overrides, observable.placeholders),
            ("noiseParameters", noise, observable.noise_placeholders),
        ):
            if len(given) != len(wanted):
                found = f"{len(given)} values stand there, and '{name}' has {len(wanted)} placeholders."
                faults.add(row.place(column), found, "Write as many, separated by ';'.")
        if observable.family.startswith("log-") and not value > 0.0:
            faults.add(row.place("measurement"), f"{value:g} has no logarithm.", "Write a number above 0.")
    if time == math.inf:
        faults.add(
            row.place("time"), "Measurements of a steady state are not supported.", "Write a late time."
        )
    elif math.isnan(time):
        faults.add(row.place("time"), "A measurement needs a time.", "Write a number.")
    if math.isnan(value):
        faults.add(
            row.place("measurement"), "A measurement needs a value.", "Write a number, or remove the row."
        )
    experiment = row.text("experimentId")
    if version == 1:
        experiment = experiment_name(
            row.text("preequilibrationConditionId"), row.text("simulationConditionId")
        )
    return Measurement(name, experiment, time, value, overrides, noise, row.place())


def _check_times(
    measurements: Iterable[Measurement], experiments: Mapping[str, tuple[Period, ...]], faults: Faults
) -> None:
    starts = {
        name: min((each.start for each in periods if each.start != STEADY), default=-math.inf)
        for name, periods in experiments.items()
    }
    for each in measurements:
        start = starts.get(each.experiment, -math.inf)
        if each.time < start:
            place = each.place._replace(column="time")
            faults.add(place, f"{each.time:g} is before the experiment begins.", f"It begins at {start:g}.")

"""Claims about cases that others made: the PEtab test suite, and the collection of benchmarks."""

import os
from dataclasses import replace
from pathlib import Path
from zipfile import ZipFile

import numpy as np
import pandas as pd
import pytest

from windup.datasets import DataFaults
from windup.fit import read_petab
from windup.fit.analyses.petab.nominal.evaluate import evaluate

yaml = pytest.importorskip("yaml")
pytest.importorskip("libsbml", reason="SBML is read by python-libsbml")
pytest.importorskip("petab.v2", reason="tables are checked by petab")

SUITE = Path(__file__).parent / "suite"
BENCHMARKS = os.environ.get("WINDUP_PETAB_BENCHMARKS", "")
"""Folder ``Benchmark-Models`` of https://github.com/Benchmarking-Initiative/Benchmark-Models-PEtab."""

# As the tests of AMICI give them (tests/benchmark_models/benchmark_models.yaml). For Crauste and Rahman, what
# the collection's own simulated data and `petab.v1.calculate.calculate_llh` give.
PUBLISHED = {
    "Boehm_JProteomeRes2014": -138.22199693517703,
    "Bruno_JExpBot2016": 46.688176988431806,
    "Crauste_CellSystems2017": -190.9639775693566,
    "Elowitz_Nature2000": 63.20279991419332,
    "Fujita_SciSignal2010": 53.08377736998929,
    "Rahman_MBS2016": -21.153489974465547,
    "Sneyd_PNAS2002": 319.79177818768756,
    "Zheng_PNAS2012": 278.33353271001477,
}

# Largest difference of a gradient from central differences, in nats per decade or as a share of the largest
# component. The solver's error is in the differences, and more of it with the implicit one (Boehm).
GRADIENTS = {
    "Bertozzi_PNAS2020": 5e-4,
    "Boehm_JProteomeRes2014": 3e-2,
    "Bruno_JExpBot2016": 3e-3,
    "Elowitz_Nature2000": 1e-2,
}

# By version and case, with what the refusal names.
REFUSED = {
    (2, "0016"): r"The event '_E0' is not supported",
    (2, "0023"): r"Measurements of a steady state are not supported(.|\n)*The event '_E0' is not supported",
    (2, "0024"): r"The prior 'chisquare' is not supported(.|\n)*'gamma'(.|\n)*'rayleigh'",
    (2, "0025"): r"The prior 'chisquare' is not supported(.|\n)*'gamma'(.|\n)*'rayleigh'",
    (2, "0030"): r"The event '_E0' is not supported",
}
# One of each kind: placeholders, logarithms, a state that is set after a rest, rate rules.
QUICKER = [(1, "0006"), (1, "0007"), (1, "0010"), (1, "0018")]


def benchmark(name: str) -> Path:
    """File of a problem of the collection."""
    folder = Path(BENCHMARKS) / name
    return next(path for path in (folder / f"{name}.yaml", folder / "problem.yaml") if path.is_file())


def cases() -> list[tuple[int, str]]:
    """Version and number of every case."""
    found = []
    for version in (1, 2):
        with ZipFile(SUITE / f"version_{version}.zip") as packed:
            found += sorted({(version, name.split("/")[0]) for name in packed.namelist()})
    return found


def unpacked(version: int, case: str, place: Path) -> Path:
    """Folder of a case."""
    with ZipFile(SUITE / f"version_{version}.zip") as packed:
        packed.extractall(place, [name for name in packed.namelist() if name.startswith(f"{case}/")])
    return place / case


def check(folder: Path) -> None:
    """Hold simulations, chi-squared and log-likelihood of a case against what the suite gives."""
    wanted = yaml.safe_load((folder / f"_{folder.name}_solution.yaml").read_text(encoding="utf-8"))
    problem = read_petab(folder / f"_{folder.name}.yaml", solver="dopri8")
    expected = np.asarray(problem.expected(problem.nominal))
    simulated = pd.concat([pd.read_csv(folder / name, sep="\t") for name in wanted["simulation_files"]])
    measurements = problem.contents.measurements
    assert list(simulated["observableId"]) == [each.observable for each in measurements]
    assert np.array_equal(simulated["time"], [each.time for each in measurements])
    assert np.mean(np.abs(simulated["simulation"] - expected)) < wanted["tol_simulations"]

    scales, chi2 = np.asarray(problem.scales(problem.nominal)), 0.0
    for each, value, scale in zip(measurements, expected, scales, strict=True):
        observable, measured = problem.contents.observables[each.observable], each.value
        if observable.family.startswith("log-"):
            logarithm = np.log10 if observable.decadic else np.log
            measured, value = logarithm(measured), logarithm(value)
        chi2 += ((measured - value) / scale) ** 2
    assert abs(chi2 - wanted["chi2"]) < wanted["tol_chi2"]
    assert abs(float(problem.log_likelihood(problem.nominal)) - wanted["llh"]) < wanted["tol_llh"]


@pytest.mark.slow
@pytest.mark.parametrize(("version", "case"), QUICKER)
def test_case_of_the_test_suite_has_its_values(version: int, case: str, tmp_path: Path) -> None:
    check(unpacked(version, case, tmp_path))


@pytest.mark.release
@pytest.mark.parametrize(
    ("version", "case"), [each for each in cases() if each not in REFUSED and each not in QUICKER]
)
def test_every_other_case_that_is_not_refused_has_its_values(version: int, case: str, tmp_path: Path) -> None:
    check(unpacked(version, case, tmp_path))


@pytest.mark.parametrize(("version", "case"), REFUSED)
def test_case_that_is_refused_names_what_is_not_supported(version: int, case: str, tmp_path: Path) -> None:
    folder = unpacked(version, case, tmp_path)
    with pytest.raises(DataFaults, match=REFUSED[version, case]):
        read_petab(folder / f"_{case}.yaml", solver="dopri8")


@pytest.mark.release
@pytest.mark.skipif(not BENCHMARKS, reason="WINDUP_PETAB_BENCHMARKS names no folder of the collection")
@pytest.mark.parametrize("name", PUBLISHED)
def test_benchmark_has_its_published_log_likelihood(name: str) -> None:
    problem = read_petab(benchmark(name))
    found = float(problem.log_likelihood(problem.nominal))
    assert abs(found - PUBLISHED[name]) < (5e-4 if name == "Fujita_SciSignal2010" else 1e-4)


@pytest.mark.release
@pytest.mark.skipif(not BENCHMARKS, reason="WINDUP_PETAB_BENCHMARKS names no folder of the collection")
@pytest.mark.parametrize("name", GRADIENTS)
def test_gradient_of_a_benchmark_is_that_of_central_differences(name: str) -> None:
    found = evaluate(read_petab(benchmark(name)))
    assert found.gradient_error < GRADIENTS[name]


@pytest.mark.release
@pytest.mark.skipif(not BENCHMARKS, reason="WINDUP_PETAB_BENCHMARKS names no folder of the collection")
@pytest.mark.parametrize("name", ["Bertozzi_PNAS2020", "Bruno_JExpBot2016"])
def test_gradient_away_from_the_optimum_is_that_of_central_differences_to_five_digits(name: str) -> None:
    problem = read_petab(benchmark(name))
    moved = {
        name: each._replace(nominal=each.nominal * (1.1 if number % 2 else 0.95)) if each.estimated else each
        for number, (name, each) in enumerate(problem.contents.parameters.items())
    }
    found = evaluate(replace(problem, contents=problem.contents._replace(parameters=moved)))
    assert found.gradient_error < 1e-5

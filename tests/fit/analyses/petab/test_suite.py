"""Claims about cases that others made: parts of the PEtab test suite, and of the collection of benchmarks."""

import os
from pathlib import Path

import pytest

from windup.fit import read_petab

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


@pytest.mark.slow
@pytest.mark.parametrize("case", ["0006", "0007", "0010", "0018"])
def test_case_of_the_test_suite_has_its_log_likelihood(case: str) -> None:
    wanted = yaml.safe_load((SUITE / case / f"_{case}_solution.yaml").read_text(encoding="utf-8"))
    problem = read_petab(SUITE / case / f"_{case}.yaml", solver="dopri8")
    found = float(problem.log_likelihood(problem.nominal))
    assert abs(found - wanted["llh"]) < 1e-5


@pytest.mark.release
@pytest.mark.skipif(not BENCHMARKS, reason="WINDUP_PETAB_BENCHMARKS names no folder of the collection")
@pytest.mark.parametrize("name", PUBLISHED)
def test_benchmark_has_its_published_log_likelihood(name: str) -> None:
    problem = read_petab(Path(BENCHMARKS) / name / f"{name}.yaml")
    found = float(problem.log_likelihood(problem.nominal))
    assert abs(found - PUBLISHED[name]) < (5e-4 if name == "Fujita_SciSignal2010" else 1e-4)

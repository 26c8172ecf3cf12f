"""Claims about problems of PEtab that are read: log-likelihoods, priors, and what is refused."""

from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from windup.datasets import DataFaults
from windup.fit import SettingsError, read_petab
from windup.fit.analyses.petab.nominal.evaluate import evaluate

from .conversion import course, write_problem

pytest.importorskip("libsbml", reason="SBML is read by python-libsbml")
pytest.importorskip("petab.v2", reason="tables are checked by petab")


def test_log_likelihood_of_version_1_is_that_of_the_closed_form(tmp_path: Path) -> None:
    problem = read_petab(write_problem(tmp_path, 1), solver="dopri8", tolerance=1e-9)
    k1, k2, shift, sd = 0.9, 0.5, 0.4, 0.25
    low, high = (1.0, 0.0), (2.0, shift)

    def a(start: tuple[float, float], time: float) -> float:
        return course(*start, k1, k2, time)[0]

    def b(start: tuple[float, float], time: float) -> float:
        return course(*start, k1, k2, time)[1]

    wanted = (
        stats.norm.logpdf(1.4, shift + a(low, 0.0), 0.1)
        + stats.norm.logpdf(2.4, 0.2 + 3.0 * a(low, 2.0), sd)
        + stats.norm.logpdf(3.1, shift + 2.5 * a(high, 2.0), sd)
        + stats.norm.logpdf(np.log10(0.9), np.log10(b(high, 1.0) + 0.1), 0.3 * sd)
        - np.log(0.9 * np.log(10.0))
        + stats.laplace.logpdf(np.log(1.7), np.log(b(high, 3.0) + 0.1), sd)
        - np.log(1.7)
        + stats.laplace.logpdf(1.3, 1.0, sd)
    )
    found = problem.log_likelihood({"k1": k1, "k2": k2, "shift": shift, "sd": sd})
    assert abs(found - wanted) < 1e-6


@pytest.mark.slow
def test_periods_resting_states_and_changes_that_read_states_follow_the_closed_form(tmp_path: Path) -> None:
    problem = read_petab(write_problem(tmp_path, 2), solver="dopri8", tolerance=1e-9)
    k1, k2 = 0.8, 0.6
    after = k2 + 0.1
    rest = course(1.0, 0.0, 0.3, k2, np.inf)
    dosed = (rest[0] + 2.0 * k2, rest[1])
    at_3 = course(*dosed, after, k2, 3.0)
    at_2 = course(1.0, 0.0, k1, k2, 1.0)
    again = (at_2[0] + 2.0 * k2, at_2[1])
    wanted = [
        dosed[0],
        at_3[0],
        course(at_3[0], 0.0, after, k2, 1.0)[0],
        1.0,
        again[0],
        course(*again, after, k2, 2.0)[0],
    ]
    np.testing.assert_allclose(problem.expected({}), wanted, rtol=1e-6)


def test_priors_are_those_of_the_table_cut_off_at_the_bounds(tmp_path: Path) -> None:
    problem = read_petab(write_problem(tmp_path, 2), solver="dopri8")
    problem.require_priors()
    sites = {site.name: site for site in problem.sites}
    assert sorted(sites) == ["k2", "log_k1", "sd"]
    inside = stats.norm.cdf(np.log(10.0)) - stats.norm.cdf(np.log(0.01))
    assert np.isclose(sites["log_k1"].prior.log_prob(0.3), stats.norm.logpdf(0.3) - np.log(inside))
    assert np.isclose(sites["sd"].prior.log_prob(0.3), -np.log(9.99))


def test_scales_of_version_1_are_kept_and_their_uniform_priors_must_be_asked_for(tmp_path: Path) -> None:
    path = write_problem(tmp_path, 1)
    with pytest.raises(SettingsError, match=r"no prior for 4 parameters .*--prior uniform"):
        read_petab(path, solver="dopri8").require_priors()
    problem = read_petab(path, solver="dopri8", prior="uniform")
    problem.require_priors()
    sites = {site.name: site for site in problem.sites}
    assert sorted(sites) == ["k2", "log10_k1", "log_sd", "shift"]
    assert (float(sites["log10_k1"].prior.low), float(sites["log10_k1"].prior.high)) == (-2.0, 1.0)
    assert np.isclose(problem.start["log10_k1"], np.log10(0.8))


def test_nominal_value_outside_the_bounds_is_kept_and_chains_start_inside(tmp_path: Path) -> None:
    path = write_problem(tmp_path, 1, parameters=("k2\tlin\t0\t10\t0.6", "k2\tlin\t1\t10\t0.6"))
    problem = read_petab(path, solver="dopri8", prior="uniform")
    assert problem.nominal["k2"] == 0.6
    assert 1.0 < problem.start["k2"] < 1.1


def test_all_faults_are_told_at_once_with_their_places(tmp_path: Path) -> None:
    path = write_problem(
        tmp_path,
        1,
        measurements=("robust\tlow\t3", "robust\tlow\tinf"),
        parameters=("k2\tlin\t0\t10\t0.6", "k2\tlin\t0\t10\tmany"),
        model=(
            "</listOfReactions>",
            '</listOfReactions><listOfEvents><event id="pulse" useValuesFromTriggerTime="true"><trigger '
            'initialValue="true" persistent="true"><math xmlns="http://www.w3.org/1998/Math/MathML"><apply><gt/>'
            '<csymbol encoding="text" definitionURL="http://www.sbml.org/sbml/symbols/time">t</csymbol><cn>3</cn>'
            "</apply></math></trigger></event></listOfEvents>",
        ),
    )
    with pytest.raises(DataFaults) as refused:
        read_petab(path)
    places = {(fault.file, fault.row, fault.column) for fault in refused.value.faults}
    assert {("measurements.tsv", 7, "time"), ("parameters.tsv", 3, "nominalValue")} <= places
    assert any(file == "model.xml" and row > 0 for file, row, _ in places)
    assert "The event 'pulse' is not supported." in str(refused.value)


def test_species_without_an_initial_value_is_refused_with_its_line(tmp_path: Path) -> None:
    path = write_problem(
        tmp_path, 1, model=('id="B" compartment="cell" initialConcentration="0"', 'id="B" compartment="cell"')
    )
    # Every condition gives B a value.
    read_petab(path, solver="dopri8")
    table = tmp_path / "conditions.tsv"
    table.write_text(table.read_text(encoding="utf-8").replace("low\t1\t0", "low\t1\t"), encoding="utf-8")
    with pytest.raises(DataFaults, match=r"model\.xml, row 8: The species 'B' has no value at the beginning"):
        read_petab(path, solver="dopri8")


def test_parameter_without_a_value_is_refused_with_its_line(tmp_path: Path) -> None:
    path = write_problem(tmp_path, 2, model=('id="a0" value="1"', 'id="a0"'))
    with pytest.raises(DataFaults, match=r"model\.xml, row 12: The parameter 'a0' has no value"):
        read_petab(path, solver="dopri8")


@pytest.mark.slow
def test_gradient_is_that_of_central_differences(tmp_path: Path) -> None:
    problem = read_petab(write_problem(tmp_path, 1), solver="dopri8", tolerance=1e-8)
    found = evaluate(problem)
    assert found.gradient_error < 1e-5
    assert abs(found.log_likelihood - found.tight) < 1e-5


@pytest.mark.parametrize(
    "formula", ["__import__('os').system('true')", "A.__class__", "open(A)", "unknown*A"]
)
def test_formula_reaches_nothing_but_names_of_the_problem(tmp_path: Path, formula: str) -> None:
    with pytest.raises(DataFaults, match=r"observables\.tsv, row 5"):
        read_petab(write_problem(tmp_path, 1, observables=("total^2", formula)))


def test_parameter_that_does_not_exist_is_refused_with_the_nearest(tmp_path: Path) -> None:
    problem = read_petab(write_problem(tmp_path, 1), solver="dopri8")
    with pytest.raises(SettingsError, match="'k3' is no parameter of the problem"):
        problem.log_likelihood({"k3": 1.0})

"""Claims about a run that holds draws that were solved again: its checks, its record and its page."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

from windup.datasets import packaged_trials
from windup.fit.diagnostics.convergence import check_convergence
from windup.fit.diagnostics.diagnose import diagnose
from windup.fit.diagnostics.solver_trust import TRUST, Resolved, trust_group, trust_in
from windup.fit.display.blocks import markdown
from windup.fit.display.format import number
from windup.fit.runs.page import summary_page
from windup.fit.runs.summary import summary_record
from windup.fit.settings.fit import Settings
from windup.fit.storage.formats import tree_bytes
from windup.fit.storage.tree import flat, group

from ..synthetic import REGIMENS

DRAWS = 100


def solved_again(
    tree: xr.DataTree, differences: np.ndarray, *, refinement: int = 1, unit: str = "NRS points"
) -> xr.DataTree:
    """Copy of a run whose tight solves differ by so many nats, and by 0.001 points in every effect."""
    chosen = np.arange(DRAWS) * 20 + 7
    log_fast = flat(group(tree, "sample_stats")["lp"]).values[chosen]
    fast = flat(group(tree, "posterior")["drug_effect_12_weeks"]).values[chosen]
    units = (unit,) * len(REGIMENS)
    resolved = Resolved(chosen, log_fast + differences, REGIMENS, units, fast, fast + 0.001)
    copy = tree.copy()
    copy.attrs = {**tree.attrs, "mesh_refinement": str(refinement)}
    copy[TRUST] = xr.DataTree(trust_group(tree, resolved))
    return copy


def small() -> np.ndarray:
    return np.random.default_rng(1).normal(0.0, 0.01, DRAWS)


def heavy() -> np.ndarray:
    """A fifth of the weights with the tail of k = 2."""
    return np.concatenate([np.zeros(80), -2.0 * np.log(np.linspace(0.01, 0.99, 20))])


def record_of(tree: xr.DataTree) -> dict[str, Any]:
    settings = Settings.from_preset("full")
    record: dict[str, Any] = summary_record(
        tree, diagnose(tree), settings, trials=packaged_trials(), seconds={}
    )
    return record


def page_of(tree: xr.DataTree) -> str:
    text: str = markdown(summary_page(record_of(tree)))
    return text


def test_trust_survives_being_written_and_read(tree: xr.DataTree, tmp_path: Path) -> None:
    written = solved_again(tree, small())
    with xr.open_datatree(io.BytesIO(tree_bytes(written, ())), engine="h5netcdf") as read:
        assert trust_in(read) == trust_in(written)


def test_draws_that_were_solved_again_stand_beside_those_of_the_sampler(tree: xr.DataTree) -> None:
    found = group(solved_again(tree, small()), TRUST)
    lp = group(tree, "sample_stats")["lp"]
    for place in (0, 43, 99):
        where = {"chain": int(found["chain"][place]), "draw": int(found["draw"][place])}
        assert float(found["log_density"][place]) == float(lp.isel(where))


def test_group_holds_the_numbers_that_follow(tree: xr.DataTree) -> None:
    written = solved_again(tree, small())
    trust, found = trust_in(written), group(written, TRUST)
    assert {name: found.attrs[name] for name in ("pareto_k", "effective_sample_size", "failed")} == {
        "pareto_k": trust.pareto_k,
        "effective_sample_size": trust.effective_sample_size,
        "failed": 0,
    }
    most = found.sel(result=trust.most_shifted)
    assert (float(most["shift"]), float(most["shift_sd"])) == trust.shifts[trust.most_shifted]


def test_run_without_such_draws_has_no_trust_and_says_so(tree: xr.DataTree) -> None:
    assert trust_in(tree) is None
    assert record_of(tree)["solver"] is None
    assert "was not checked" in page_of(tree)


def test_accurate_integrator_fails_no_check(tree: xr.DataTree) -> None:
    found = check_convergence(solved_again(tree, small()))
    assert found.failures == ()


def test_inaccurate_integrator_makes_a_run_fail_with_a_sentence(tree: xr.DataTree) -> None:
    found = check_convergence(solved_again(tree, heavy()))
    assert not found.converged
    assert found.failures[0].startswith("The integrator's error matters: Pareto k")


def test_record_has_k_and_every_shift_with_its_unit_largest_first(tree: xr.DataTree) -> None:
    record = record_of(solved_again(tree, small()))["solver"]
    assert record["draws"] == DRAWS
    assert record["pareto_k"] < 0.7
    assert {shift["result"] for shift in record["shifts"]} == set(REGIMENS)
    assert {shift["unit"] for shift in record["shifts"]} == {"NRS points"}
    sizes = [abs(shift["shift_sd"]) for shift in record["shifts"]]
    assert sizes == sorted(sizes, reverse=True)


def test_page_says_k_the_difference_in_nats_and_what_moves_most(tree: xr.DataTree) -> None:
    text = page_of(solved_again(tree, small()))
    most = record_of(solved_again(tree, small()))["solver"]["shifts"][0]
    assert "100 draws were solved again" in text
    assert "Importance weights correct for this difference: their Pareto k is" in text
    assert f"that of {most['result']}: by" in text
    assert "Mesh refinement" not in text


@pytest.mark.parametrize(("unit", "end"), [("NRS points", " NRS points."), ("1", ".")])
def test_page_says_a_shift_in_its_unit_if_it_has_one(tree: xr.DataTree, unit: str, end: str) -> None:
    again = solved_again(tree, small(), unit=unit)
    most = record_of(again)["solver"]["shifts"][0]
    assert f"(limit 0.1), {number(most['shift'], 4)}{end}" in page_of(again)


def test_page_of_a_repeated_fit_names_its_mesh(tree: xr.DataTree) -> None:
    assert "Mesh refinement 2:" in page_of(solved_again(tree, small(), refinement=2))


@pytest.mark.parametrize("failed", [1, DRAWS])
def test_tight_solves_that_failed_are_on_the_page(tree: xr.DataTree, failed: int) -> None:
    differences = small()
    differences[:failed] = np.nan
    text = page_of(solved_again(tree, differences))
    assert f"- {failed} of 100 draws could not be solved at tight tolerance" in text

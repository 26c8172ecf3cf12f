"""Claims about drug effects and loop gains."""

from statistics import NormalDist

import numpy as np
import pytest
import xarray as xr

from windup.fit.diagnostics.effects import drug_effects, lasting_shares, loop_gains, people_above_one
from windup.fit.storage.tree import group

from ..synthetic import LOOPS, REGIMENS, with_variable


def test_regimens_come_largest_benefit_first(tree: xr.DataTree) -> None:
    assert tuple(drug_effects(tree)["drug"]) == REGIMENS


def test_probabilities_agree_with_the_normal_distribution_they_were_drawn_from(tree: xr.DataTree) -> None:
    found = drug_effects(tree).set_index("drug").loc["pregabalin 300 mg/day"]
    truth = NormalDist(-0.8, 0.15)
    # Four standard errors of 2,000 independent draws.
    for column, probability in (
        ("probability_below_zero", truth.cdf(0.0)),
        ("probability_below_minus_one", truth.cdf(-1.0)),
    ):
        error = 4 * np.sqrt(probability * (1 - probability) / 2000)
        assert found[column] == pytest.approx(probability, abs=error + 1e-9)


def test_prior_of_an_effect_stands_beside_its_posterior(tree: xr.DataTree) -> None:
    found = drug_effects(tree).set_index("drug").loc["pregabalin 300 mg/day"]
    prior = group(tree, "prior")["drug_effect_12_weeks"].sel(drug="pregabalin 300 mg/day").values
    assert found["prior_median"] == pytest.approx(np.median(prior))
    assert found["prior_probability_below_minus_one"] == pytest.approx((prior < -1.0).mean())


def test_effect_with_draws_that_could_not_be_solved_says_how_many_are_left(tree: xr.DataTree) -> None:
    values = group(tree, "posterior")["drug_effect_12_weeks"].values.copy()
    values[0, :100, 1] = np.nan
    found = drug_effects(with_variable(tree, "posterior", "drug_effect_12_weeks", values)).set_index("drug")
    assert found.loc[REGIMENS[1], "finite_share"] == pytest.approx(0.95)
    assert np.isfinite(found.loc[REGIMENS[1], "median"])


def test_effect_that_repeats_its_prior_is_prior_driven(tree: xr.DataTree) -> None:
    values = group(tree, "posterior")["drug_effect_12_weeks"].values.copy()
    values[:, :, 2] = np.resize(group(tree, "prior")["drug_effect_12_weeks"].values[0, :, 2], (4, 500))
    found = drug_effects(with_variable(tree, "posterior", "drug_effect_12_weeks", values)).set_index("drug")
    assert found["prior_driven"].to_dict() == {REGIMENS[0]: False, REGIMENS[1]: False, REGIMENS[2]: True}


def test_every_loop_and_their_total_has_its_probability_above_one(tree: xr.DataTree) -> None:
    found = loop_gains(tree).set_index("loop")
    gains = group(tree, "posterior")
    assert tuple(found.index) == (*LOOPS, "total")
    assert found.loc["total", "probability_above_one"] == (gains["total_loop_gain"].values > 1).mean()
    receptor = gains["loop_gain"].sel(loop="receptor").values
    assert found.loc["receptor", "probability_above_one"] == (receptor > 1).mean()


def test_model_without_loops_has_no_gains(tree: xr.DataTree) -> None:
    bare = tree.copy()
    for name in ("posterior", "prior"):
        bare[name] = xr.DataTree(group(tree, name).drop_vars(["loop_gain", "total_loop_gain"]))
    assert loop_gains(bare).empty


def test_share_under_the_lasting_assumption_is_that_of_the_prior_draws_it_keeps(tree: xr.DataTree) -> None:
    prior = group(tree, "prior")
    above = prior["total_loop_gain"].values > 1.0
    keeping = tree.copy()
    keeping["prior"] = xr.DataTree(prior.assign(log_lasting=prior["log_lasting"] * 0.0 - 900.0 * above))
    total = loop_gains(keeping).set_index("loop").loc["total"]
    assert total["lasting_probability_above_one"] == 0.0


def test_share_that_rests_on_one_prior_draw_is_not_stated(tree: xr.DataTree) -> None:
    alone = group(tree, "prior")["log_lasting"] * 0.0 - 1e4
    alone[0, 3] = -5.0
    single = tree.copy()
    single["prior"] = xr.DataTree(group(tree, "prior").assign(log_lasting=alone))
    assert loop_gains(single)["lasting_probability_above_one"].isna().all()


def with_people(tree: xr.DataTree, spread: float) -> xr.DataTree:
    """Tree of a population: gains differ, and a known share would last in each of two conditions."""
    copy = tree.copy()
    for name, shares in (("posterior", (0.2, 0.1)), ("prior", (0.6, 0.4))):
        dataset = group(tree, name)
        size = dataset.sizes["chain"], dataset.sizes["draw"]
        by_case = np.broadcast_to(np.array([shares, (0.0, 0.0)]), (*size, 2, 2))
        copy[name] = xr.DataTree(
            dataset.assign(
                gain_spread=(("chain", "draw"), np.full(size, spread)),
                lasting_share=(("chain", "draw", "cause_removed", "condition"), by_case),
            ).assign_coords(cause_removed=["peripheral", "all"], condition=["fibromyalgia", "sciatica"])
        )
    return copy


def test_share_of_people_above_one_follows_from_the_gain_of_the_median_and_the_spread(
    tree: xr.DataTree,
) -> None:
    found = people_above_one(with_people(tree, 0.25))
    assert set(found) == {*LOOPS, "total"}
    total = group(tree, "posterior")["total_loop_gain"].values.ravel()
    below = [NormalDist(np.log(gain), 0.25).cdf(0.0) for gain in total]
    assert found["total"]["median"] == pytest.approx(1.0 - np.median(below))


def test_shares_that_would_last_stand_by_condition_beside_their_prior(tree: xr.DataTree) -> None:
    found = lasting_shares(with_people(tree, 0.25)).set_index(["condition", "cause_removed"])
    assert found.loc[("fibromyalgia", "peripheral"), "mean"] == pytest.approx(0.2)
    assert found.loc[("sciatica", "peripheral"), "prior_mean"] == pytest.approx(0.4)
    assert (found.xs("all", level="cause_removed")["high_95"] == 0.0).all()


def test_run_of_one_patient_and_of_an_earlier_version_have_no_shares_of_people(tree: xr.DataTree) -> None:
    assert people_above_one(tree) == {}
    assert lasting_shares(tree).empty

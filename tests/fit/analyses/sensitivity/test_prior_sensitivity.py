"""Claims about power-scaling and refits: on conjugate models, and that only prior widths change."""

import dataclasses
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from windup.datasets import BLOCKS, EPISODES, packaged_catalogue, packaged_trials
from windup.fit import Prior, SensitivitySettings, Settings, SettingsError
from windup.fit.analyses.sensitivity.analyse import analyse_sensitivity, variants_of
from windup.fit.analyses.sensitivity.chosen import with_fixed_rows
from windup.fit.analyses.sensitivity.folder import note_left_out
from windup.fit.analyses.sensitivity.power_scaling import (
    SENSITIVE,
    _Matters,
    _matters,
    mechanism_log_prior,
    power_scaling_table,
)
from windup.fit.analyses.sensitivity.prior_findings import NOTHING
from windup.fit.analyses.sensitivity.refit import Variant, gains_above_one, refit_table, refits
from windup.fit.analyses.sensitivity.variants import POOLING, with_blocks, with_prior_widths, within_studies
from windup.fit.design.subset import some_studies
from windup.fit.execution.progress import silent
from windup.fit.problem.choices import chosen_priors
from windup.models import Parameter, Turnover
from windup.models.core.parameters import Family

from ...prior_run import prior_run
from ...synthetic import synthetic_tree


def conjugate(prior_sd: float, observations: int, observed: float) -> xr.DataTree:
    """Exact posterior draws of a mean with a normal prior around 0 and unit observations around it."""
    precision = prior_sd**-2 + observations
    rng = np.random.default_rng(1)
    mean = rng.normal(observations * observed / precision, precision**-0.5, (4, 4000))
    dims = ("chain", "draw")
    nothing = np.zeros_like(mean)
    return xr.DataTree.from_dict(
        {
            "posterior": xr.Dataset({"mean": (dims, mean)}),
            "log_prior": xr.Dataset(
                {"mechanism": (dims, -0.5 * (mean / prior_sd) ** 2), "observation_model": (dims, nothing)}
            ),
            "log_likelihood": xr.Dataset(
                {"rows": (dims, -0.5 * observations * (mean - observed) ** 2), "states_last": (dims, nothing)}
            ),
        }
    )


def row_of(tree: xr.DataTree) -> dict[str, object]:
    found: dict[str, object] = power_scaling_table(tree).iloc[0].to_dict()
    return found


def test_a_wide_prior_leaves_the_data_to_decide() -> None:
    found = row_of(conjugate(prior_sd=20.0, observations=10, observed=1.0))
    assert found["diagnosis"] == "the data decide"


def test_without_data_the_prior_decides() -> None:
    found = row_of(conjugate(prior_sd=1.0, observations=0, observed=0.0))
    assert found["diagnosis"] == "the prior decides"


def test_a_prior_as_narrow_as_the_data_matters_and_more_so_where_they_disagree() -> None:
    agree = row_of(conjugate(prior_sd=0.3, observations=10, observed=0.0))
    differ = row_of(conjugate(prior_sd=0.3, observations=10, observed=1.5))
    assert differ["diagnosis"] == "prior and data both matter"
    assert differ["mechanism"] > 2.0 * agree["mechanism"]  # type: ignore[operator]


def test_a_part_that_says_nothing_has_no_sensitivity() -> None:
    assert row_of(conjugate(prior_sd=1.0, observations=5, observed=0.5))["states_last"] < 1e-6  # type: ignore[operator]


def unrelated(seed: int, spread: float) -> xr.DataTree:
    """A density that has nothing to do with the quantity: the truth is 0."""
    rng = np.random.default_rng(seed)
    dims = ("chain", "draw")
    density = xr.Dataset({"mechanism": (dims, spread * rng.normal(size=(4, 250)))})
    return xr.DataTree.from_dict(
        {
            "posterior": xr.Dataset({"mean": (dims, rng.normal(size=(4, 250)))}),
            "log_prior": density,
            "log_likelihood": density.rename(mechanism="rows"),
        }
    )


def test_noise_of_few_draws_is_taken_out_by_comparing_chains() -> None:
    found = [row_of(unrelated(seed, spread=3.0)) for seed in range(8)]
    raw = np.array([each["mechanism"] for each in found], float)
    corrected = np.array([each["mechanism_corrected"] for each in found], float)
    assert np.mean(corrected**2) < 0.5 * np.mean(raw**2)


def test_where_noise_is_above_the_limit_no_part_is_said_not_to_matter() -> None:
    found = row_of(unrelated(seed=0, spread=10.0))
    assert found["mechanism"] > SENSITIVE
    assert found["diagnosis"] == "noise hides prior and data"


@pytest.mark.parametrize(
    ("whole", "corrected", "expected"),
    [
        (0.049, 0.0, _Matters.NO),
        (0.30, 0.04, _Matters.HIDDEN),
        (0.30, 0.20, _Matters.HIDDEN),
        (0.30, 0.25, _Matters.YES),
        (0.06, 0.05, _Matters.YES),
        (np.nan, 0.0, _Matters.UNKNOWN),
    ],
)
def test_a_part_matters_where_its_distance_is_above_limit_and_noise(
    whole: float, corrected: float, expected: _Matters
) -> None:
    assert _matters(whole, corrected) is expected


def test_log_prior_of_the_mechanism_is_normal_on_the_scale_of_each_prior() -> None:
    def each(name: str, family: Family, location: float, scale: float) -> Parameter:
        return Parameter(name, "", "", "1", family, location, scale, 2.0, "none", "expert: a test")

    table = each("p", "lognormal", 3.0, 0.5), each("q", "normal", 1.0, 0.1), each("r", "fixed", 1.0, 0.0)
    draws = xr.Dataset(
        {"p": (("chain", "draw"), [[3.0, 3.0 * np.exp(1.0)]]), "q": (("chain", "draw"), [[1.0, 1.4]])}
    )
    # One and two prior SDs off.
    np.testing.assert_allclose(mechanism_log_prior(table, draws), [[0.0, -0.5 - 2.0]])


def test_other_prior_widths_change_the_priors_of_the_mechanism_that_are_not_fixed_and_nothing_else() -> None:
    own = {"misfit": Prior(scale=0.1), "burden_time": Prior(scale=0.3)}
    settings = Settings.from_preset(model="turnover", priors=own, fixed={"pain_from_burden": 1.2})
    catalogue = packaged_catalogue()

    def model_of(asked: Settings) -> dict[str, Parameter]:
        model, _ = chosen_priors(Turnover(), catalogue, asked.priors, asked.fixed)
        return {each.name: each for each in model.parameters()}

    before = model_of(settings)
    wide = with_prior_widths(settings, tuple(before.values()), 2.0)
    for name, after in model_of(wide).items():
        factor = 1.0 if before[name].family == "fixed" else 2.0
        assert after.prior_scale == pytest.approx(factor * before[name].prior_scale)
        assert (after.family, after.location) == (before[name].family, before[name].location)
    assert before["burden_time"].prior_scale == 0.3
    assert wide.fixed == settings.fixed
    assert wide.priors["misfit"] == own["misfit"]


def test_table_of_sensitivities_says_of_what_is_fixed_that_it_is() -> None:
    table = pd.DataFrame({"quantity": ["a"], "mechanism": [0.1], "diagnosis": ["the data decide"]})
    rows = with_fixed_rows(table, ("placebo_time",)).to_dict("records")
    assert (rows[1]["quantity"], rows[1]["diagnosis"]) == ("placebo_time", "fixed in the settings")
    assert np.isnan(rows[1]["mechanism"])


def test_shifts_of_refits_are_in_posterior_standard_deviations() -> None:
    base = synthetic_tree(seed=1)
    effect = "drug_effect_12_weeks"
    posterior = base["posterior"].to_dataset()
    moved = posterior.assign({effect: posterior[effect] + 0.15})
    shifted = base.copy()
    shifted["posterior"] = xr.DataTree(moved)
    table = refit_table({1.0: base, 2.0: shifted}, by="prior_width_factor")
    row = table[(table["quantity"] == "pregabalin 300 mg/day") & (table["prior_width_factor"] == 2.0)]
    # Its draws have a standard deviation of 0.15.
    assert row["shift_sd"].item() == pytest.approx(1.0, abs=0.05)
    assert row["width_ratio"].item() == pytest.approx(1.0)


def test_gains_above_one_are_counted_in_every_refit_and_noted_in_the_summary_of_the_run(
    tmp_path: Path,
) -> None:
    base = synthetic_tree(seed=1)
    posterior = base["posterior"].to_dataset()
    raised = base.copy()
    raised["posterior"] = xr.DataTree(posterior.assign(loop_gain=posterior["loop_gain"] + 10.0))
    above = gains_above_one({NOTHING: base, EPISODES: raised})
    loop = str(posterior["loop"].values[0])
    assert above[loop][EPISODES] == 1.0
    assert above[loop][NOTHING] == float((posterior["loop_gain"].sel(loop=loop) > 1.0).mean())
    record = {"failed_checks": [], "self_sustaining": {loop: {"posterior": 0.5, "without": {}}}}
    (tmp_path / "summary.json").write_text(json.dumps(record), encoding="utf-8")
    note_left_out(tmp_path, above)
    noted = json.loads((tmp_path / "summary.json").read_text(encoding="utf-8"))
    assert noted["self_sustaining"] == {loop: {"posterior": 0.5, "without": {EPISODES: 1.0}}}


def test_trials_without_a_block_are_those_that_a_fit_without_it_loads() -> None:
    for name in BLOCKS:
        others = tuple(block for block in BLOCKS if block != name)
        whole = packaged_trials(blocks=tuple(BLOCKS))
        left, loaded = with_blocks(whole, others), packaged_trials(blocks=others)
        np.testing.assert_array_equal(left.observations["used"], loaded.observations["used"])
        assert left.blocks == loaded.blocks


@pytest.mark.release
def test_refits_without_blocks_are_named_by_the_block_that_is_left_out(tmp_path: Path) -> None:
    few = some_studies(packaged_trials(), 8)
    settings = Settings.from_preset("quick", model="placebo_only", chains=2, warmup=10, draws=10)
    others = tuple(name for name in BLOCKS if name != EPISODES)
    variants = [
        Variant("no block", settings),
        Variant(EPISODES, dataclasses.replace(settings, blocks=others)),
    ]
    fits = refits(few, variants, known=None, store=tmp_path / "fits", scheduler="none", progress=silent)
    assert list(fits) == ["no block", EPISODES]
    whole, part = (set(tree["log_likelihood"]["study"].values) for tree in fits.values())
    left = with_blocks(few, others).observations
    assert part == set(left.loc[left["used"], "study_id"]) < whole
    assert json.loads(fits[EPISODES].attrs["settings"])["blocks"] == list(others)


def test_refits_of_trials_without_blocks_leave_out_the_pooling_of_control_courses(tmp_path: Path) -> None:
    run = prior_run(tmp_path, blocks=())
    trials = packaged_trials(blocks=())
    variants, _ = variants_of("block-refit", run.settings, run.problem.model, trials)
    assert [each.label for each in variants] == [NOTHING, POOLING]


def test_pooling_of_control_courses_is_left_out_by_a_wide_spread_unless_the_settings_fix_one() -> None:
    settings = Settings.from_preset("quick", model="placebo_only", fixed={"placebo_time": 9.0})
    assert within_studies(settings).fixed == {"natural_spread": 3.0, "placebo_time": 9.0}
    chosen = Settings.from_preset("quick", model="placebo_only", fixed={"natural_spread": 0.2})
    assert within_studies(chosen).fixed == {"natural_spread": 0.2}


def test_refits_without_a_folder_that_keeps_them_are_refused() -> None:
    with pytest.raises(SettingsError, match="give a folder"):
        analyse_sensitivity(SensitivitySettings(source="placebo_only", method="prior-refit", preset="quick"))

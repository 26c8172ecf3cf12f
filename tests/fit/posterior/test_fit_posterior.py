"""Claims about a whole fit: what its tree holds, and that it can be repeated."""

import dataclasses
import importlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr
from threadpoolctl import threadpool_info, threadpool_limits

from windup.datasets import Trials, packaged_catalogue
from windup.fit import Interrupted, Settings
from windup.fit.diagnostics.solver_trust import trust_in
from windup.fit.errors import RunFolderRefused
from windup.fit.posterior.fit_posterior import fit_posterior
from windup.fit.posterior.regimens import reported_regimens
from windup.fit.sampling.chains.sample import Chains
from windup.fit.storage.tree import group

from ...datasets.tiny import tiny_tables
from ..designs import trials_of

module = importlib.import_module("windup.fit.posterior.fit_posterior")
chains_module = importlib.import_module("windup.fit.sampling.chains.run")
GROUPS = {
    "posterior",
    "unconstrained_posterior",
    "prior",
    "posterior_predictive",
    "posterior_expected",
    "observed_data",
    "constant_data",
    "log_likelihood",
    "sample_stats",
    "failed_solves",
    "solver_trust",
    "evidence",
    "trial_effects",
    "own_trials",
    "suspicion",
}
SETTINGS = Settings.from_preset(
    "full", model="turnover", sampler="nuts", chains=2, warmup=10, draws=10, max_tree_depth=2
)


@pytest.fixture(scope="module")
def trials(tmp_path_factory: pytest.TempPathFactory) -> Trials:
    tables = tiny_tables()
    rows = tables["observations.csv"]
    share = {"outcome": "responder_50", "scale": "percent", "value": "40", "sd": "", "n": "36"}
    rows.append({**rows[0], **share, "row_id": "a3", "time_weeks": "4"})
    return trials_of(tmp_path_factory.mktemp("tiny"), tables)


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("run") / "start.npz"


@pytest.fixture(scope="module")
def tree(trials: Trials, checkpoint: Path) -> xr.DataTree:
    patch = pytest.MonkeyPatch()
    patch.setattr(module, "PRIOR_DRAWS", 50)
    try:
        found: xr.DataTree = fit_posterior(trials, SETTINGS, checkpoint=checkpoint)
        return found
    finally:
        patch.undo()


def test_tree_has_every_group(tree: xr.DataTree) -> None:
    assert set(tree.children) == GROUPS


def test_rows_stand_along_the_same_dimension_in_every_group(tree: xr.DataTree) -> None:
    for name in ("posterior_predictive", "posterior_expected"):
        assert group(tree, name)["estimate"].dims == ("chain", "draw", "row")
        assert group(tree, name)["estimate"].shape == (2, 10, 5)
    assert group(tree, "log_likelihood")["per_row"].shape == (2, 10, 5)
    assert group(tree, "observed_data")["estimate"].shape == (5,)


def test_studies_and_arms_are_named(tree: xr.DataTree) -> None:
    assert list(group(tree, "log_likelihood")["per_study"].coords["study"].values) == [
        "alpha",
        "beta",
        "gamma",
    ]
    assert "alpha/drug" in group(tree, "failed_solves")["arm"].values


def test_every_value_is_finite(tree: xr.DataTree) -> None:
    wrong = [
        f"{name}/{variable}"
        for name in GROUPS - {"constant_data"}
        for variable, values in group(tree, name).data_vars.items()
        # Drugs and trials are named by words.
        if values.dtype.kind not in "OU" and not np.isfinite(values.values.astype(float)).all()
    ]
    assert wrong == []


def test_nothing_failed_to_be_solved(tree: xr.DataTree) -> None:
    assert group(tree, "failed_solves")["count"].values.sum() == 0


def test_tight_solves_differ_little_from_those_that_were_sampled(tree: xr.DataTree) -> None:
    found = trust_in(tree)
    assert (found.draws, found.failures) == (20, ())
    assert 0.0 < found.largest_nats < 0.01


@pytest.fixture
def stopped_while_solving_again(monkeypatch: pytest.MonkeyPatch) -> xr.DataTree:
    """What was drawn when Ctrl-C came; nothing is compiled."""

    def stopped(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    drawn = xr.DataTree()
    chains = Chains(np.zeros((2, 4, 1)), {}, finished=True)
    monkeypatch.setattr(module, "draw", lambda *_, **__: chains)
    monkeypatch.setattr(module, "_finish", lambda *_: drawn)
    monkeypatch.setattr(module, "resolve_posterior", stopped)
    return drawn


def test_run_stopped_while_draws_are_solved_again_is_kept(
    trials: Trials, stopped_while_solving_again: xr.DataTree
) -> None:
    with pytest.raises(Interrupted) as caught:
        fit_posterior(trials, SETTINGS)
    assert caught.value.tree is stopped_while_solving_again


def test_quick_fit_solves_nothing_again(trials: Trials, stopped_while_solving_again: xr.DataTree) -> None:
    quick = Settings.from_preset("quick", model="turnover")
    assert fit_posterior(trials, quick) is stopped_while_solving_again


def test_every_parameter_has_a_unit_a_kind_and_a_description(tree: xr.DataTree) -> None:
    for name in ("posterior", "prior"):
        for variable in group(tree, name).data_vars.values():
            assert all(variable.attrs[key] for key in ("unit", "kind", "description"))


def test_prior_and_posterior_have_the_same_parameters(tree: xr.DataTree) -> None:
    posterior, prior = group(tree, "posterior"), group(tree, "prior")
    assert set(posterior.data_vars) == set(prior.data_vars)
    assert all(posterior[name].dims == prior[name].dims for name in posterior.data_vars)


def test_effects_are_named_by_their_regimen(tree: xr.DataTree) -> None:
    labels = list(group(tree, "posterior")["drug_effect_12_weeks"].coords["drug"].values)
    assert labels == [each.label for each in reported_regimens(packaged_catalogue().drugs)]


def test_provenance_names_data_seed_settings_and_versions(tree: xr.DataTree, trials: Trials) -> None:
    read = {name: json.loads(text) for name, text in tree.attrs.items()}
    assert read["data_sha256"] == trials.sha256
    assert read["seed"] == 0
    assert read["settings"]["model"] == "turnover"
    assert {"windup", "jax", "numpyro", "python"} <= set(read["versions"])
    assert {"compile", "warm-up", "sample", "post", "re-solve"} <= set(read["wall_seconds"])
    assert read["mesh_refinement"] == 1


def test_responder_share_is_expected_between_0_and_1(tree: xr.DataTree) -> None:
    share = group(tree, "posterior_expected")["estimate"].values[:, :, 4]
    assert np.all((share > 0.0) & (share < 1.0))
    replicated = group(tree, "posterior_predictive")["estimate"].values[:, :, 4]
    assert np.all((replicated >= 0.0) & (replicated <= 1.0))


def test_study_with_one_row_is_as_likely_as_that_row(tree: xr.DataTree) -> None:
    found = group(tree, "log_likelihood")
    np.testing.assert_allclose(found["per_study"].sel(study="beta").values, found["per_row"].values[:, :, 2])


def test_resumed_fit_with_the_same_seed_repeats_every_draw(
    tree: xr.DataTree, trials: Trials, checkpoint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def sought_again(*_: Any, **__: Any) -> None:
        raise AssertionError("the start was sought although a checkpoint was given")

    monkeypatch.setattr(module, "PRIOR_DRAWS", 50)
    monkeypatch.setattr(chains_module, "find_start", sought_again)
    again = fit_posterior(trials, SETTINGS, resume_from=checkpoint)
    for name in ("posterior", "prior", "posterior_predictive", "log_likelihood"):
        xr.testing.assert_identical(group(again, name), group(tree, name))


def test_interruption_before_any_draw_keeps_nothing(
    trials: Trials, checkpoint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(chains_module, "sample", stopped)
    with pytest.raises(Interrupted) as caught:
        fit_posterior(trials, SETTINGS, resume_from=checkpoint)
    assert caught.value.tree is None


def test_positions_of_the_sampler_are_named(tree: xr.DataTree) -> None:
    position = group(tree, "unconstrained_posterior")["position"]
    pain = group(tree, "posterior")["enrolment_by_study"].values
    np.testing.assert_allclose(position.sel(coordinate="enrolment_by_study[1]").values, pain[:, :, 1])
    time = group(tree, "posterior")["placebo_time"].values
    np.testing.assert_allclose(np.exp(position.sel(coordinate="placebo_time").values), time)


def test_blas_has_one_thread_while_chains_run(
    trials: Trials, checkpoint: Path, tree: xr.DataTree, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: list[int] = []

    def looking(*_: Any, **__: Any) -> None:
        threads.extend(pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas")
        raise KeyboardInterrupt

    monkeypatch.setattr(chains_module, "sample", looking)
    # Processes of tests have one thread to begin with.
    with threadpool_limits(limits=2, user_api="blas"), pytest.raises(Interrupted):
        fit_posterior(trials, SETTINGS, resume_from=checkpoint)
    assert set(threads) == {1}


@pytest.mark.parametrize("change", [{"seed": 5}, {"draws": 20}, {"target_accept": 0.7}])
def test_fit_with_another_setting_does_not_go_on(
    trials: Trials, checkpoint: Path, tree: xr.DataTree, change: dict[str, Any]
) -> None:
    ((name, value),) = change.items()
    with pytest.raises(RunFolderRefused, match=f"{name} was .* and is {value} now"):
        fit_posterior(trials, dataclasses.replace(SETTINGS, **change), resume_from=checkpoint)


def test_fit_of_other_data_does_not_go_on(checkpoint: Path, tree: xr.DataTree, tmp_path: Path) -> None:
    tables = tiny_tables()
    tables["observations.csv"][0]["value"] = "6.9"
    with pytest.raises(RunFolderRefused, match="the data's SHA-256 was"):
        fit_posterior(trials_of(tmp_path, tables), SETTINGS, resume_from=checkpoint)


def test_fit_of_another_model_does_not_go_on(
    trials: Trials, checkpoint: Path, tree: xr.DataTree, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As after an edit of the source: nothing but the program tells.
    monkeypatch.setattr("windup.fit.problem.priors.DRUG_SPREAD_SD", 0.123)
    monkeypatch.setattr("windup.fit.problem.model.DRUG_SPREAD_SD", 0.123)
    with pytest.raises(RunFolderRefused, match="the program of the model and its sampler was"):
        fit_posterior(trials, SETTINGS, resume_from=checkpoint)


def test_checkpoint_that_was_cut_off_is_refused_with_a_sentence(
    trials: Trials, checkpoint: Path, tree: xr.DataTree, tmp_path: Path
) -> None:
    cut = tmp_path / "start.npz"
    cut.write_bytes(checkpoint.read_bytes()[:200])
    with pytest.raises(RunFolderRefused, match="cannot be read as a checkpoint"):
        fit_posterior(trials, SETTINGS, resume_from=cut)

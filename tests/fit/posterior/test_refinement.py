"""Claims about finer meshes: what they cut, what they cure, and when a fit is repeated on one."""

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import jax
import numpy as np
import pytest
import xarray as xr

from windup.datasets import Trials, load_trials, packaged_catalogue
from windup.fit import Interrupted, Settings
from windup.fit.design.arrays import Design
from windup.fit.design.build import build_design
from windup.fit.diagnostics.solver_trust import TRUST, trust_group, trust_in
from windup.fit.errors import RunFolderRefused
from windup.fit.posterior.fit_posterior import _FINEST, MESH_REFINEMENT, fit_posterior, identity_of
from windup.fit.posterior.regimens import effects_at_12_weeks, reported_regimens
from windup.fit.posterior.tight_solves import resolve_posterior
from windup.fit.problem.build import build_problem, model_named
from windup.fit.problem.problem import values_of
from windup.fit.problem.target import build_target
from windup.fit.sampling.chains.checkpoint import Checkpoint, SamplerState
from windup.fit.sampling.target.coordinates import Coordinates
from windup.fit.storage.tree import group
from windup.models import free
from windup.models.integrator.plan import _stops

from ...datasets.tiny import tiny_tables
from ..designs import trials_of
from ..runs.test_solver_trust import heavy, small, solved_again
from ..synthetic import with_variable

FIT = "windup.fit.posterior.fit_posterior"
FULL = Settings.from_preset("full", model="turnover", chains=2, warmup=10, draws=10)
REFINED = 3


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Trials:
    return trials_of(tmp_path_factory.mktemp("tiny"), tiny_tables())


@pytest.fixture(scope="module")
def designs() -> tuple[Design, Design]:
    trials = load_trials()
    return build_design(trials), build_design(trials, refinement=REFINED)


def stops_of(design: Design) -> list[np.ndarray]:
    """Days that each arm stops at, from its first to its last."""
    return [np.concatenate([[0.0], design.schedule.trial_days[nodes]]) for nodes in _stops(design.schedule)]


def test_every_step_of_every_arm_is_cut(designs: tuple[Design, Design]) -> None:
    for name, before, after in zip(designs[0].arms, *map(stops_of, designs), strict=True):
        assert np.isin(before, after).all()
        for begin, end in pairwise(before):
            inside = after[(after >= begin) & (after <= end)]
            assert np.diff(inside).max() <= (end - begin) / REFINED + 1e-9, name


def test_visits_and_amounts_are_the_same_on_a_finer_mesh(designs: tuple[Design, Design]) -> None:
    plain, fine = (design.schedule for design in designs)
    np.testing.assert_array_equal(plain.trial_days[plain.visit_node], fine.trial_days[fine.visit_node])
    assert fine.doses.keys() == plain.doses.keys()
    for name, before in plain.doses.items():
        taken = np.diff(plain.trial_days) @ np.asarray(before)
        after = np.diff(fine.trial_days) @ np.asarray(fine.doses[name])
        np.testing.assert_allclose(after, taken, atol=1e-9, err_msg=name)


def scattered_run(problem: Any, draws: int) -> xr.DataTree:
    """Points around the prior medians in place of draws, with what the sampler would have kept of them."""
    target = build_target(problem)
    noise = np.random.default_rng(0).normal(size=(draws, len(target.initial)))
    position = np.asarray(target.initial) + noise

    def of_one(x: jax.Array) -> tuple[dict[str, jax.Array], jax.Array, jax.Array]:
        sites = target.constrain(x)
        return (
            sites,
            effects_at_12_weeks(problem.model, values_of(problem, sites)),
            -target.potential(x, target.data),
        )

    sites, effects, lp = jax.tree.map(lambda x: np.asarray(x)[None], jax.jit(jax.vmap(of_one))(position))
    sample = ("chain", "draw")
    posterior: dict[str, Any] = {
        parameter.name: (sample, sites[parameter.name]) for parameter in free(problem.model.parameters())
    }
    posterior["drug_effect_12_weeks"] = (*sample, "drug"), effects
    posterior["total_loop_gain"] = sample, np.zeros((1, draws))
    return xr.DataTree.from_dict(
        {
            "posterior": xr.Dataset(
                posterior,
                coords={"drug": [each.label for each in reported_regimens(packaged_catalogue().drugs)]},
            ),
            "unconstrained_posterior": xr.Dataset({"position": ((*sample, "coordinate"), position[None])}),
            "sample_stats": xr.Dataset({"lp": (sample, lp)}),
        }
    )


def test_mesh_of_one_step_is_found_wanting_and_a_finer_one_brings_the_error_down(
    tiny: Trials, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("windup.fit.design.mesh.trial_mesh", lambda last: np.array([0.0, last]))
    coarse, fine = (build_problem(tiny, model_named("turnover"), refinement=cut) for cut in (1, 4))
    run = scattered_run(coarse, 40)
    position = group(run, "unconstrained_posterior")["position"].values[0]
    target = build_target(fine)
    lp = -jax.jit(jax.vmap(lambda x: target.potential(x, target.data)))(position)
    finer = with_variable(run, "sample_stats", "lp", lp[None])
    tight = resolve_posterior(coarse, run, progress=lambda *_: None)
    for each in (run, finer):
        each[TRUST] = xr.DataTree(trust_group(each, tight))
    before, after = trust_in(run), trust_in(finer)
    assert (before.draws, before.failed) == (40, 0)
    assert before.largest_nats > 0.05
    assert after.largest_nats < before.largest_nats / 4.0
    assert after.effective_sample_size > before.effective_sample_size
    # Effects have a mesh of their own, on which turnover is solved to two thousandths of a point.
    np.testing.assert_allclose(tight.tight, tight.fast, atol=0.002)
    assert np.abs(tight.fast).max() > 0.5


class Fits:
    """Stand-in for one fit on a mesh: a run with the given differences in nats for each mesh."""

    def __init__(self, tree: xr.DataTree, differences: Callable[[int], np.ndarray | None]) -> None:
        self._tree, self._differences = tree, differences
        self.meshes: list[int] = []
        self.resumed: list[Path | None] = []

    def __call__(
        self,
        trials: Any,
        settings: Any,
        mesh: int,
        clock: Any,
        progress: Any,
        checkpoint: Any,
        resume: Any,
        model: Any,
        *_: Any,
    ) -> xr.DataTree:
        self.meshes.append(mesh)
        progress("compile", 0, 0)
        self.resumed.append(resume)
        found = self._differences(mesh)
        return self._tree if found is None else solved_again(self._tree, found, refinement=mesh)


def fitted(monkeypatch: pytest.MonkeyPatch, fits: Any, **options: Any) -> xr.DataTree:
    monkeypatch.setattr(f"{FIT}._fit_on_mesh", fits)
    found: xr.DataTree = fit_posterior(None, FULL, **options)
    return found


def test_accurate_fit_is_not_repeated(tree: xr.DataTree, monkeypatch: pytest.MonkeyPatch) -> None:
    fits = Fits(tree, lambda _: small())
    fitted(monkeypatch, fits)
    assert fits.meshes == [1]


def test_fit_that_was_not_checked_is_not_repeated(tree: xr.DataTree, monkeypatch: pytest.MonkeyPatch) -> None:
    fits = Fits(tree, lambda _: None)
    fitted(monkeypatch, fits)
    assert fits.meshes == [1]


def test_inaccurate_fit_is_repeated_on_a_finer_mesh_and_says_so(
    tree: xr.DataTree, monkeypatch: pytest.MonkeyPatch
) -> None:
    fits, told = Fits(tree, lambda mesh: heavy() if mesh == 1 else small()), []
    found = fitted(monkeypatch, fits, progress=lambda *said: told.append(said[0]))
    assert fits.meshes == [1, 2]
    assert found.attrs["mesh_refinement"] == "2"
    assert told == ["compile", "compile (mesh refinement 2)"]


def test_fit_that_no_mesh_makes_accurate_ends_with_its_failed_check(
    tree: xr.DataTree, monkeypatch: pytest.MonkeyPatch
) -> None:
    fits = Fits(tree, lambda _: heavy())
    found = trust_in(fitted(monkeypatch, fits))
    assert fits.meshes == [1, 2, _FINEST]
    assert found.inaccuracies


def test_tight_solves_that_fail_repeat_nothing(tree: xr.DataTree, monkeypatch: pytest.MonkeyPatch) -> None:
    fits = Fits(tree, lambda _: np.where(np.arange(100) == 4, np.nan, small()))
    found = trust_in(fitted(monkeypatch, fits))
    assert fits.meshes == [1]
    assert len(found.failures) == 1


@pytest.mark.parametrize("stop", [Interrupted(None), KeyboardInterrupt()])
def test_interruption_of_a_repeated_fit_keeps_the_run_before_it(
    tree: xr.DataTree, monkeypatch: pytest.MonkeyPatch, stop: BaseException
) -> None:
    def differences(mesh: int) -> np.ndarray:
        if mesh == 2:
            raise stop
        return heavy()

    with pytest.raises(Interrupted) as caught:
        fitted(monkeypatch, Fits(tree, differences))
    kept = caught.value.tree
    assert kept is not None
    assert kept.attrs["mesh_refinement"] == "1"
    assert kept["posterior"].sizes["draw"] == 500


def checkpoint_of(path: Path, identity: dict[str, str]) -> Path:
    start = Coordinates(np.zeros(2), np.eye(2))
    Checkpoint(path, identity).write(SamplerState(0, start, 0.1, np.zeros((2, 2)), (None, None)), {})
    return path


def test_fit_goes_on_with_the_mesh_of_its_checkpoint(
    tree: xr.DataTree, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    kept = checkpoint_of(tmp_path / "checkpoint.npz", {MESH_REFINEMENT: "2"})
    fits = Fits(tree, lambda mesh: heavy() if mesh == 2 else small())
    fitted(monkeypatch, fits, resume_from=kept)
    # The next mesh begins anew: what is kept is of another one.
    assert (fits.meshes, fits.resumed) == ([2, 4], [kept, None])


def test_checkpoint_of_another_mesh_is_refused(tiny: Trials, tmp_path: Path) -> None:
    kept = checkpoint_of(tmp_path / "checkpoint.npz", dict(identity_of(FULL, tiny, 2, "program")))
    with pytest.raises(RunFolderRefused, match="the refinement of the mesh was 2 and is 1 now"):
        Checkpoint(None, identity_of(FULL, tiny, 1, "program")).read(kept)

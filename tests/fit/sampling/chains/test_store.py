"""Claims about draws on disk while chains run: they are those of the tree, also after a run was cut off."""

from pathlib import Path
from typing import Any

import jax
import numpy as np
import numpyro
import numpyro.distributions as dist
import pytest
import xarray as xr

from windup.fit import Hmc, Interrupted, ManyChains, Nuts, RunFolderRefused, SettingsError
from windup.fit.sampling.chains import checkpoint as checkpoints
from windup.fit.sampling.sample_model import sample_model
from windup.fit.settings.samplers import Sampler

FEW = Nuts(chains=2, warmup=30, draws=57)
LABELS: dict[str, Any] = {"dims": {"slopes": ["drug"]}, "coords": {"drug": ["a", "b"]}}


def model() -> None:
    numpyro.sample("rate", dist.LogNormal(0.0, 1.0))
    numpyro.sample("slopes", dist.Normal(1.0, 1.0).expand((2,)).to_event(1))


def drawn(sampler: Sampler = FEW, **options: Any) -> xr.DataTree:
    return sample_model(jax.random.key(0), model, sampler=sampler, **LABELS, **options)


def read(path: Path) -> xr.DataTree:
    with xr.open_datatree(path, engine="zarr", consolidated=False) as tree:
        return tree.load()


def assert_holds(store: xr.DataTree, tree: xr.DataTree) -> None:
    for name in ("posterior", "unconstrained_posterior", "sample_stats"):
        stored = store[name].to_dataset()
        for variable, values in stored.data_vars.items():
            np.testing.assert_array_equal(values.values, tree[name][variable].values, str(variable))


@pytest.fixture
def every_block(monkeypatch: pytest.MonkeyPatch) -> None:
    """Draws and state are written after every block."""
    monkeypatch.setattr(checkpoints.Checkpoint, "due", lambda self: True)


@pytest.mark.parametrize(
    "sampler",
    [FEW, Hmc(chains=2, warmup=30, draws=57), ManyChains(chains=4, superchains=2, warmup=30, draws=57)],
    ids=lambda sampler: type(sampler).__name__,
)
def test_store_holds_the_draws_of_the_tree(sampler: Sampler, tmp_path: Path, every_block: None) -> None:
    tree = drawn(sampler, draws_to=tmp_path / "draws")
    store = read(tmp_path / "draws")
    assert_holds(store, tree)
    assert store["posterior"]["slopes"].dims == ("chain", "draw", "drug")
    assert store["posterior"]["drug"].values.tolist() == ["a", "b"]
    # The store changes no draw.
    xr.testing.assert_equal(tree["posterior"].to_dataset(), drawn(sampler)["posterior"].to_dataset())


def test_draws_can_be_read_while_chains_run(tmp_path: Path, every_block: None) -> None:
    seen: list[int] = []

    def look(phase: str, done: int, total: int, note: str = "") -> None:
        # Until every chain has its first block the store holds none.
        if phase == "sample" and "posterior" in (store := read(tmp_path / "draws")):
            seen.append(store["posterior"].sizes["draw"])

    drawn(draws_to=tmp_path / "draws", progress=look)
    assert any(10 <= count < 57 for count in seen)


def test_thinned_store_in_single_precision_leaves_the_tree_whole(tmp_path: Path, every_block: None) -> None:
    tree = drawn(draws_to=tmp_path / "draws", thin=4, storage="float32")
    store = read(tmp_path / "draws")["posterior"].to_dataset()
    assert tree["posterior"]["rate"].dtype == np.float64
    assert tree["posterior"].sizes["draw"] == 57
    assert store["rate"].dtype == np.float32
    assert store["draw"].values.tolist() == list(range(3, 57, 4))
    np.testing.assert_allclose(store["rate"].values, tree["posterior"]["rate"].values[:, 3::4], rtol=1e-6)


@pytest.mark.parametrize("options", [{}, {"thin": 3}, {"storage": "float32"}])
def test_run_that_was_cut_off_goes_on_with_the_same_draws(
    options: dict[str, Any], tmp_path: Path, every_block: None
) -> None:
    calls = iter(range(10**6))

    def cut(phase: str, done: int, total: int, note: str = "") -> None:
        if phase == "sample" and next(calls) == 6:
            raise KeyboardInterrupt

    state, place = tmp_path / "state", tmp_path / "draws"
    with pytest.raises(Interrupted):
        drawn(draws_to=place, checkpoint=state, progress=cut, **options)
    resumed = drawn(draws_to=place, resume_from=state, checkpoint=state, **options)
    xr.testing.assert_equal(resumed["posterior"].to_dataset(), drawn()["posterior"].to_dataset())
    if not options:
        assert_holds(read(place), resumed)


def test_checkpoint_leaves_the_draws_to_the_store_and_is_not_resumed_without_it(tmp_path: Path) -> None:
    state, place = tmp_path / "state", tmp_path / "draws"
    few = Nuts(chains=2, warmup=30, draws=33)
    drawn(few, draws_to=place, checkpoint=state)
    with np.load(state) as arrays:
        # Of the last block alone.
        assert len(arrays["trace/0/z"]) == 10
    with pytest.raises(RunFolderRefused, match="give the same draws_to"):
        drawn(few, resume_from=state)
    more = drawn(draws_to=place, add_to=state)
    assert_holds(read(place), more)
    xr.testing.assert_equal(more["posterior"].to_dataset(), drawn()["posterior"].to_dataset())


def test_places_and_values_that_cannot_be_meant_are_refused(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("x")
    with pytest.raises(RunFolderRefused, match="no store of draws"):
        drawn(draws_to=tmp_path / "mine")
    with pytest.raises(SettingsError, match="thin is 0"):
        drawn(draws_to=tmp_path / "a", thin=0)
    with pytest.raises(SettingsError, match="storage is 'half'"):
        drawn(draws_to=tmp_path / "a", storage="half")
    drawn(draws_to=tmp_path / "b")
    with pytest.raises(RunFolderRefused, match="holds the draws of another run"):
        drawn(draws_to=tmp_path / "b")

"""Claims about the sampler, on a Gaussian posterior whose moments are known."""

import threading
import time
from typing import Any

import arviz
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from windup.fit.execution.progress import Progress, silent
from windup.fit.sampling.chains import threads as _threads
from windup.fit.sampling.chains.checkpoint import Checkpoint
from windup.fit.sampling.chains.sample import Chains, first_standing, sample, warm_up_phases
from windup.fit.sampling.kernels.kernel import BLOCK, Kernel
from windup.fit.sampling.kernels.nuts import lower_nuts
from windup.fit.sampling.target.coordinates import Coordinates
from windup.fit.sampling.target.density import compile_density
from windup.fit.sampling.target.target import Target
from windup.fit.settings.fit import Settings

MEAN = np.array([1.0, -2.0])
COVARIANCE = np.array([[1.0, 0.9], [0.9, 2.0]])
PRECISION = np.linalg.inv(COVARIANCE)
# The sampler's coordinates are deliberately not those of the target.
START = Coordinates(centre=np.array([0.5, 0.0]), root=np.diag([1.3, 0.7]))


def potential(x: Any, _: Any = ()) -> Any:
    centred = x - jnp.asarray(MEAN)
    return centred @ jnp.asarray(PRECISION) @ centred / 2.0


TARGET: Target = Target(
    potential=potential,
    data=(),
    initial=jnp.zeros(2),
    coordinates=("x[0]", "x[1]"),
    constrain=lambda x: {"x": x},
    log_prior=lambda x: jnp.zeros(()),
    draw_prior=lambda key: (jax.random.normal(key, (2,)), jnp.zeros(2, bool)),
    rebuilt=lambda: TARGET,
)


DENSITY = compile_density(TARGET)


def settings(**changes: Any) -> Settings:
    return Settings.from_preset("quick", **{"chains": 2, "warmup": 20, "draws": 20, **changes})


def chains_of(
    chosen: Settings,
    *,
    progress: Progress = silent,
    seed: int = 0,
    kernel: Kernel | None = None,
    clock: dict[str, float] | None = None,
) -> Chains:
    lowered, key = lower_nuts(TARGET, chosen), jax.random.key(seed)
    kernel = kernel or lowered.compile()(DENSITY)
    standing = first_standing(key, START, chosen, lowered)
    nowhere, clock = Checkpoint(None, {}), {} if clock is None else clock
    found: Chains = sample(key, kernel, standing, chosen, checkpoint=nowhere, progress=progress, clock=clock)
    return found


@pytest.fixture(scope="module")
def long() -> Chains:
    return chains_of(settings(warmup=200, draws=1000))


@pytest.fixture(scope="module")
def short() -> Chains:
    return chains_of(settings())


@pytest.mark.parametrize("axis", [0, 1])
def test_moments_of_a_gaussian_are_recovered(long: Chains, axis: int) -> None:
    draws = long.unconstrained[:, :, axis]
    size = float(arviz.ess(draws))
    assert size > 400.0
    deviation = np.sqrt(COVARIANCE[axis, axis])
    # Four standard errors of a mean and of a standard deviation.
    assert draws.mean() == pytest.approx(MEAN[axis], abs=4.0 * deviation / np.sqrt(size))
    spread = float(arviz.ess(draws, method="sd"))
    assert draws.std() == pytest.approx(deviation, abs=4.0 * deviation / np.sqrt(2.0 * spread))


def test_correlation_of_a_gaussian_is_recovered(long: Chains) -> None:
    draws = long.unconstrained.reshape(-1, 2)
    found = np.corrcoef(draws.T)[0, 1]
    assert found == pytest.approx(0.9 / np.sqrt(2.0), abs=0.08)


def test_log_density_is_that_of_the_draw(long: Chains) -> None:
    expected = -np.asarray(jax.vmap(potential)(long.unconstrained[0]))
    np.testing.assert_allclose(long.statistics["lp"][0], expected, atol=1e-8)


def test_statistics_have_one_value_per_kept_draw(long: Chains) -> None:
    assert {values.shape for values in long.statistics.values()} == {(2, 1000)}
    assert np.all(long.statistics["n_steps"] <= 2.0 ** long.statistics["tree_depth"])


def test_step_size_is_the_same_in_all_chains_and_fixed_after_warm_up(long: Chains) -> None:
    assert len(np.unique(long.statistics["step_size"])) == 1


def test_same_seed_gives_identical_draws(short: Chains) -> None:
    np.testing.assert_array_equal(chains_of(settings()).unconstrained, short.unconstrained)


def test_another_seed_gives_other_draws(short: Chains) -> None:
    assert not np.array_equal(chains_of(settings(), seed=1).unconstrained, short.unconstrained)


def test_chains_differ_from_each_other(short: Chains) -> None:
    assert not np.array_equal(short.unconstrained[0], short.unconstrained[1])


@pytest.mark.parametrize("blocks", [1, 2, 5, 6, 7, 8, 12, 40, 100])
def test_phases_of_warm_up_use_every_block_and_do_not_shrink_before_the_last(blocks: int) -> None:
    *pooled, last = warm_up_phases(blocks)
    assert sum(pooled) + last == blocks
    assert pooled == sorted(pooled)
    assert last == min(blocks, 5)


def test_warm_up_finds_the_coordinates_of_a_gaussian() -> None:
    # In its own coordinates a Gaussian needs no more than a few steps; in START's it needs more.
    found = chains_of(settings(warmup=200, draws=100))
    blind = chains_of(settings(warmup=20, draws=100))
    assert found.statistics["n_steps"].mean() < blind.statistics["n_steps"].mean()


@pytest.mark.parametrize(("warmup", "draws"), [(20, 20), (7, 9)])
def test_as_many_draws_are_kept_as_were_asked_for(warmup: int, draws: int) -> None:
    found = chains_of(settings(warmup=warmup, draws=draws))
    assert found.finished
    assert found.unconstrained.shape == (2, draws, 2)


def interrupted(monkeypatch: pytest.MonkeyPatch) -> Chains:
    """Sampling stopped, as by Ctrl-C, once both chains have at least 40 draws."""
    enough, far, phases = threading.Event(), 40 * BLOCK, iter(["warm-up", "sample"])
    undisturbed = _threads.wait

    def interrupting(*arguments: Any, **options: Any) -> Any:
        if next(phases) == "warm-up":
            return undisturbed(*arguments, **options)
        assert enough.wait(60.0)
        raise KeyboardInterrupt

    monkeypatch.setattr(_threads, "wait", interrupting)

    def progress(phase: str, done: int, total: int, note: str = "") -> None:
        if phase == "sample" and done >= far + 2 * BLOCK:
            enough.set()
            # The other thread needs a moment to stop a sampler as quick as this one.
            time.sleep(0.05)

    return chains_of(settings(draws=far), progress=progress)


def test_draws_until_an_interruption_are_kept(monkeypatch: pytest.MonkeyPatch, short: Chains) -> None:
    found = interrupted(monkeypatch)
    assert not found.finished
    assert found.unconstrained.shape[0] == 2
    assert found.unconstrained.shape[1] >= 20
    np.testing.assert_array_equal(found.unconstrained[:, :20], short.unconstrained)


def test_failure_of_one_chain_stops_the_others_and_is_raised() -> None:
    chosen = settings(draws=10**5)
    kernel, calls = lower_nuts(TARGET, chosen).compile()(DENSITY), iter(range(10**6))

    def breaking(*state: Any) -> Any:
        if next(calls) == 3:
            raise RuntimeError("out of memory")
        return kernel.block(*state)

    broken = kernel._replace(block=breaking)
    blocks: list[int] = []
    with pytest.raises(RuntimeError, match="out of memory"):
        chains_of(chosen, kernel=broken, progress=lambda *_: blocks.append(1))
    assert len(blocks) < 10**3


def test_clock_tells_the_phases_apart() -> None:
    clock: dict[str, float] = {}
    chains_of(settings(), clock=clock)
    assert set(clock) == {"warm-up", "sample"}
    assert min(clock.values()) > 0.0


def test_progress_counts_the_draws_of_all_chains() -> None:
    seen: list[tuple[str, int, int]] = []
    chains_of(settings(), progress=lambda phase, done, total, note="": seen.append((phase, done, total)))
    assert [entry for entry in seen if entry[0] == "sample"][-1] == ("sample", 40, 40)

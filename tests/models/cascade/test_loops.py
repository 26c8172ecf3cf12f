"""Claims about loop gains and about pain that outlives its cause."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from windup.models import LOOPS, Cascade, PainModel, SingleLoop, Turnover, loop_gains

from ..arms import drive_of, finite, medians, prior_draws
from ..conftest import MODELS
from ..laboratory import TRIAL_DAYS, run

COUPLING = dict(
    zip(
        LOOPS,
        ("receptor_activity", "glia_activity", "nitroxidative_activity", "central_activity"),
        strict=True,
    )
)
GAINS = jax.jit(lambda values: loop_gains(MODELS[0], values))
SILENT = dict.fromkeys(COUPLING.values(), 0.0)
# A patient in whom every loop that is switched on can be strong, without nitration that lives by itself.
STRONG = {
    "kinase_from_calcium": 3.0,
    "phosphorylation_gain": 2.0,
    "clearance_loss_astrocyte": 4.0,
    "clearance_loss_microglia": 4.0,
    "superoxide_from_calcium": 2.0,
    "superoxide_from_mitochondria": 0.2,
    "input_time": 2.0,
}
HEALING = drive_of(injury=5.0)
NO_MORE_CAUSE = drive_of()


def gains(**changes: float) -> tuple[dict[str, float], float]:
    each, total = GAINS(medians(MODELS[0], **changes))
    return dict(zip(LOOPS, map(float, each), strict=True)), float(total)


def pain_after_healing(**changes: float) -> float:
    """Pain three years after an injury that healed within months."""
    cascade = MODELS[0]
    found = run(cascade, medians(cascade, injury_healing_time=30.0, **changes), HEALING, illness_days=1095.0)
    assert float(np.max(found.illness_pain[:, 0])) > 3.0
    return float(found.pain_at(364.0)[0])


def coupling_with_gain(loop: str, gain: float) -> dict[str, float]:
    """One loop alone at a chosen gain: what it gives back is proportional to its coupling."""
    alone = {**STRONG, **SILENT, COUPLING[loop]: 1.0}
    return {**alone, COUPLING[loop]: gain / gains(**alone)[0][loop]}


@pytest.mark.parametrize("loop", LOOPS)
def test_gain_is_proportional_to_the_coupling_of_its_loop(loop: str) -> None:
    assert gains(**coupling_with_gain(loop, 0.7))[0][loop] == pytest.approx(0.7, rel=1e-6)


@pytest.mark.parametrize("loop", LOOPS)
def test_total_is_the_gain_of_the_only_loop(loop: str) -> None:
    each, total = gains(**coupling_with_gain(loop, 0.7))
    assert sum(value for name, value in each.items() if name != loop) == 0.0
    assert total >= each[loop] - 1e-12


@pytest.mark.parametrize("loop", LOOPS)
def test_healing_injury_leaves_pain_where_a_loop_has_a_gain_above_1(loop: str) -> None:
    assert pain_after_healing(**coupling_with_gain(loop, 1.5)) > 1.0


@pytest.mark.parametrize("loop", LOOPS)
def test_healing_injury_resolves_where_the_total_gain_is_below_1(loop: str) -> None:
    parameters = coupling_with_gain(loop, 0.7)
    assert gains(**parameters)[1] < 1.0
    assert pain_after_healing(**parameters) < 0.05


STATE_TIMES = (
    *(
        "phosphorylation_time",
        "alpha2delta1_time",
        "surface_turnover_time",
        "central_time",
        "inhibition_time",
    ),
    *("microglia_time", "astrocyte_time", "clearance_time"),
    *("mitochondria_repair_time", "mnsod_time", "glutathione_time", "nitration_time"),
)


def pain_after_a_block(loop: str, days: float, speed: float = 1.0) -> tuple[float, float]:
    """Pain three and a half years after an injury: untreated, and half a year after a complete block."""
    cascade = MODELS[0]
    parameters = coupling_with_gain(loop, 1.2)
    usual = medians(cascade)
    faster = {name: float(usual[name]) / speed for name in STATE_TIMES}
    values = medians(cascade, injury_healing_time=30.0, ketamine_block=4.0, **{**parameters, **faster})
    arms = [{}, {"ketamine": (350.0, 0.0, days)}]
    untreated, blocked = run(cascade, values, HEALING, arms, illness_days=1095.0).pain_at(182.0)[:2]
    return float(untreated), float(blocked)


@pytest.mark.parametrize(("days", "speed"), [(14.0, 1.0), (4.0, 4.0)])
def test_block_that_is_longer_than_its_loop_needs_ends_pain_for_good(days: float, speed: float) -> None:
    untreated, blocked = pain_after_a_block("nitroxidative", days, speed)
    assert untreated > 5.0
    assert blocked < 0.01


@pytest.mark.parametrize("loop", LOOPS)
def test_pain_comes_back_after_a_block_that_is_too_short_for_its_loop(loop: str) -> None:
    untreated, blocked = pain_after_a_block(loop, 4.0)
    assert blocked == pytest.approx(untreated, abs=0.05)


def test_two_loops_below_1_can_sustain_pain_together() -> None:
    receptor, central = coupling_with_gain("receptor", 0.75), coupling_with_gain("slow_central", 0.75)
    both = {**receptor, "central_activity": central["central_activity"]}
    each, total = gains(**both)
    assert max(each.values()) < 1.0 < total
    assert pain_after_healing(**both) > 1.0


def test_without_couplings_all_gains_are_0() -> None:
    each, total = gains(**SILENT)
    assert (set(each.values()), total) == ({0.0}, 0.0)


def test_nitration_that_lives_by_itself_is_not_counted_as_a_gain_of_the_receptor() -> None:
    living = {"superoxide_from_mitochondria": 3.0, "mitochondria_damage": 1.0}
    quiet = {"superoxide_from_mitochondria": 0.1, "mitochondria_damage": 0.1}
    assert gains(**living)[0]["receptor"] == pytest.approx(gains(**quiet)[0]["receptor"], rel=1e-9)
    assert gains(**living)[0]["nitroxidative"] > 1.0


def test_gains_can_be_differentiated() -> None:
    cascade = Cascade()
    gradient = jax.grad(lambda v: loop_gains(cascade, v)[1])(medians(cascade))
    assert finite(gradient)
    assert float(gradient["central_activity"]) > 0.0


def test_gains_of_prior_draws_are_finite_and_not_negative() -> None:
    cascade = Cascade()
    each, total = jax.jit(jax.vmap(lambda v: loop_gains(cascade, v)))(prior_draws(cascade, 2000))
    assert finite((each, total))
    assert float(jnp.min(each)) >= 0.0


def test_gains_have_the_names_of_the_model(model: PainModel[Any, Any]) -> None:
    each, total = loop_gains(model, medians(model))
    assert (each.shape, total.shape) == ((len(model.loops),), ())


def test_gain_of_the_single_loop_is_its_parameter() -> None:
    loop = SingleLoop()
    each, total = loop_gains(loop, medians(loop, feedback_gain=1.3))
    assert (float(each[0]), float(total)) == (1.3, 1.3)


def test_turnover_has_no_gain() -> None:
    assert float(loop_gains(Turnover(), medians(Turnover()))[1]) == 0.0


@pytest.mark.parametrize(("gain", "stays"), [(0.95, False), (1.2, True)])
def test_single_loop_keeps_its_burden_exactly_above_a_gain_of_1(gain: float, stays: bool) -> None:
    loop = SingleLoop()
    found = run(loop, medians(loop, feedback_gain=gain), HEALING, illness_days=1095.0)
    end = float(found.at(364.0).burden[0])
    expected = gain + np.sqrt(gain**2 - 1.0) if stays else 0.0
    assert end == pytest.approx(expected, abs=1e-3)


def test_single_loop_without_gain_is_turnover() -> None:
    loop, turnover = SingleLoop(), Turnover()
    arms = [{}, {"pregabalin": (300.0, 0.0, 84.0)}]
    with_loop = run(
        loop, medians(loop, feedback_gain=0.0, pregabalin_input=0.5), drive_of(0.5, 0.1, 1.0), arms
    )
    without = run(turnover, medians(turnover, pregabalin_input=0.5), drive_of(0.5, 0.1, 1.0), arms)
    np.testing.assert_allclose(with_loop.pain, without.pain, rtol=1e-12)


def test_turnover_follows_its_closed_form_after_a_dose() -> None:
    turnover = Turnover()
    values = medians(turnover, nsaid_input=0.5, burden_time=14.0)
    found = run(turnover, values, drive_of(0.5), [{"nsaid": (1.0, 0.0, 364.0)}], illness_days=1095.0)
    days = found.trial.burden.shape[0]
    exact = 0.5 * (np.exp(-0.5) + (1.0 - np.exp(-0.5)) * np.exp(-TRIAL_DAYS / 14.0))
    assert days == len(exact)
    np.testing.assert_allclose(found.trial.burden[:, 0], exact, rtol=1e-9)


def test_no_drug_lowers_a_burden_that_lives_by_its_loop_alone() -> None:
    loop = SingleLoop()
    values = medians(loop, feedback_gain=1.5, pregabalin_input=2.0, injury_healing_time=10.0)
    found = run(loop, values, HEALING, [{}, {"pregabalin": (300.0, 0.0, 364.0)}], illness_days=1095.0)
    np.testing.assert_allclose(found.pain[:, 1], found.pain[:, 0], rtol=1e-9)


@pytest.mark.parametrize("model", [Cascade(), SingleLoop()], ids=lambda model: model.name)
def test_every_gain_is_proportional_to_what_a_model_calls_its_loop_strengths(
    model: PainModel[Any, Any],
) -> None:
    values = {each.name: jnp.asarray(each.location) for each in model.parameters()}
    stronger = values | {name: 1.7 * values[name] for name in model.loop_strengths()}
    (each, total), (each_stronger, total_stronger) = (model.loop_gains(known) for known in (values, stronger))
    np.testing.assert_allclose(each_stronger, 1.7 * each, rtol=1e-9)
    assert float(total_stronger) == pytest.approx(1.7 * float(total), rel=1e-9)
    assert float(total) > 0.0

"""Claims about the two-key gate and its third key."""

import jax.numpy as jnp
import numpy as np
import pytest

from windup.models import Cascade, CascadeState, Gate, two_key_gate, unblocked_share

from ..arms import constant_doses, drive_of, medians

CASCADE = Cascade()
HEALTHY = CASCADE.healthy(jnp.zeros(1))


def gate(activity: float, state: CascadeState = HEALTHY, **changes: float) -> Gate:
    values = medians(CASCADE, **changes)
    actions = CASCADE.actions(constant_doses(), values)
    return two_key_gate(state, jnp.full(1, activity), actions, values)


@pytest.mark.parametrize(("potential_mV", "share"), [(-70.0, 0.05), (-30.0, 0.40)])
def test_block_is_that_of_jahr_and_stevens_at_0_82_mmol_per_L(potential_mV: float, share: float) -> None:
    found = unblocked_share(0.82, 3.57, jnp.asarray(potential_mV), medians(CASCADE))
    np.testing.assert_allclose(found, share, atol=0.005)


def test_no_glutamate_gives_exactly_no_calcium() -> None:
    assert float(gate(0.0).calcium[0]) == 0.0


def test_no_depolarisation_leaves_a_tenth_of_the_open_current() -> None:
    values = medians(CASCADE)
    at_rest, open_ = (unblocked_share(0.82, 3.57, jnp.asarray(v), values) for v in (-70.0, -20.0))
    assert 0.08 < float(at_rest / open_) < 0.1


def test_calcium_needs_both_keys_so_it_rises_faster_than_activity() -> None:
    weak, strong = gate(0.1).calcium, gate(0.2).calcium
    assert float(strong[0]) > 2.0 * float(weak[0])


def test_graded_gate_has_no_threshold() -> None:
    calcium = [float(gate(activity).calcium[0]) for activity in np.linspace(0.001, 5.0, 50)]
    assert min(np.diff(calcium)) > 0.0


def test_third_key_opens_the_gate_further() -> None:
    reactive = HEALTHY._replace(astrocytes=jnp.ones(1))
    ratio = gate(0.5, reactive, d_serine_gain=0.3).calcium / gate(0.5).calcium
    np.testing.assert_allclose(ratio, 1.3, rtol=1e-12)


def test_more_csf_magnesium_closes_the_gate() -> None:
    more = HEALTHY._replace(csf_magnesium=jnp.full(1, 1.16))
    assert float(gate(0.5, more).calcium[0]) < float(gate(0.5).calcium[0])


def test_one_percent_more_csf_magnesium_takes_less_than_one_percent_of_the_current() -> None:
    more = HEALTHY._replace(csf_magnesium=jnp.full(1, 1.01))
    for activity in (0.1, 0.5, 2.0):
        loss = 1.0 - float((gate(activity, more).calcium / gate(activity).calcium)[0])
        assert 0.0 < loss < 0.01


def test_substance_p_does_not_touch_the_block_by_default() -> None:
    driven = HEALTHY._replace(input=jnp.ones(1))
    assert float(gate(0.5, driven).unblocked[0]) == float(gate(0.5).unblocked[0])


def test_substance_p_lowers_the_block_where_its_shift_is_positive() -> None:
    driven = HEALTHY._replace(input=jnp.ones(1))
    shifted = gate(0.5, driven, substance_p_block_shift=0.1)
    assert float(shifted.unblocked[0]) > float(gate(0.5, driven).unblocked[0])


def test_phosphorylation_multiplies_the_current_and_never_bypasses_the_block() -> None:
    phosphorylated = HEALTHY._replace(phosphorylated=jnp.ones(1))
    open_, closed = gate(0.5, phosphorylated, phosphorylation_gain=1.0), gate(0.5)
    np.testing.assert_allclose(open_.calcium, 2.0 * closed.calcium, rtol=1e-12)
    assert float(open_.unblocked[0]) == float(closed.unblocked[0])


def test_lost_clearance_raises_glutamate() -> None:
    lost = HEALTHY._replace(clearance=jnp.full(1, 0.5))
    np.testing.assert_allclose(gate(0.5, lost).glutamate, 2.0 * gate(0.5).glutamate, rtol=1e-12)


def test_alpha2delta1_raises_release() -> None:
    raised = HEALTHY._replace(alpha2delta1=jnp.full(1, 2.0))
    ratio = gate(0.5, raised, alpha2delta1_release=0.3).glutamate / gate(0.5).glutamate
    np.testing.assert_allclose(ratio, 1.3, rtol=1e-12)


def test_acute_pain_does_not_need_the_receptor() -> None:
    values = medians(CASCADE)
    silent = HEALTHY._replace(input=jnp.full(1, 0.5), surface_receptors=jnp.zeros(1))
    actions = CASCADE.actions(constant_doses(), values)
    assert float(CASCADE.pain(silent, actions, drive_of(), values)[0]) > 2.0

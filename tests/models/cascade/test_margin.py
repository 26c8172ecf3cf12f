"""Claims about the margin of the cascade's steady states."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from windup.models import Cascade, Drive, Values
from windup.models.cascade.balance import balance
from windup.models.cascade.gate import net_activity, two_key_gate
from windup.models.cascade.margin import cascade_margin
from windup.models.cascade.state import CascadeState, relaxation_rates

from ..arms import constant_doses, drive_of, medians

MODEL, SHARE = Cascade(), 0.1
UNTREATED = constant_doses()
MODERATE = {"central_activity": 0.2, "nitroxidative_activity": 0.1, "glia_activity": 0.1}
# What calcium does to pools that act on the gate, pools on activity, and pools on themselves.
WITHOUT_LOOPS = {
    "kinase_from_calcium": 0.0,
    "microglia_from_calcium": 0.0,
    "superoxide_from_calcium": 0.0,
    "receptor_activity": 0.0,
    "glia_activity": 0.0,
    "nitroxidative_activity": 0.0,
    "central_activity": 0.0,
    "inhibition_erosion": 0.0,
    "anti_inflammatory_feedback": 0.0,
    "mnsod_inactivation": 0.0,
    "glutathione_consumption": 0.0,
    "mitochondria_damage": 0.0,
}


def driven(strength: jax.Array) -> Drive:
    one = jnp.ones_like(strength)
    return Drive((1.0 - SHARE) * strength, SHARE * strength, 0.0 * one, one)


def margin_of(pain: jax.Array, values: Values) -> jax.Array:
    """Margin of patients as they are enrolled."""
    share, intake = np.full(len(pain), SHARE), np.ones(len(pain))
    found = MODEL.at_enrolment(pain, share, intake, values)
    return MODEL.margin(found.state, driven(found.strength), values)


def one_patient(pain: float, values: Values) -> tuple[CascadeState, np.ndarray, jax.Array]:
    """State, activity and drive at enrolment, settled completely."""
    found = MODEL.at_enrolment(jnp.array([pain]), np.array([SHARE]), np.ones(1), values)
    drive = drive_of((1.0 - SHARE) * found.strength, SHARE * found.strength)
    actions, state = MODEL.actions(UNTREATED, values), found.state

    @jax.jit
    def settled(state: CascadeState) -> CascadeState:
        def again(_: int, state: CascadeState) -> CascadeState:
            gate = two_key_gate(state, net_activity(state, actions, drive, values), actions, values)
            gain, loss = balance(state, gate, actions, drive, values)
            return CascadeState(*(0.9 * x + 0.1 * a / b for x, a, b in zip(state, gain, loss, strict=True)))

        return jax.lax.fori_loop(0, 5000, again, state)

    state = settled(state)
    return state, np.asarray(net_activity(state, actions, drive, values)), found.strength


def margin_at(pain: float, values: Values) -> float:
    state, _, strength = one_patient(pain, values)
    return float(cascade_margin(state, driven(strength), values)[0])


@pytest.mark.parametrize("pain", [4.0, 7.5])
@pytest.mark.parametrize("changes", [{}, {"mnsod_inactivation": 2.0}], ids=["plain", "nitration"])
def test_margin_is_the_determinant_of_the_right_hand_side_in_units_of_its_losses(
    pain: float, changes: dict[str, float]
) -> None:
    values = medians(MODEL, **MODERATE, **changes)
    state, activity, strength = one_patient(pain, values)
    drive = drive_of((1.0 - SHARE) * strength, SHARE * strength)
    actions = MODEL.actions(UNTREATED, values)

    def slope(vector: jax.Array) -> jax.Array:
        derivative = MODEL.derivative(CascadeState(*vector[:, None]), actions, drive, values)
        return jnp.stack(derivative)[:, 0]

    jacobian = np.asarray(jax.jacfwd(slope)(jnp.stack(state)[:, 0]))
    _, loss = balance(state, two_key_gate(state, activity, actions, values), actions, drive, values)
    rates = np.array([float(jnp.squeeze(r)) for r in relaxation_rates(values)])
    scaled = -jacobian / (rates * np.stack(loss)[:, 0])[:, None]
    # Serum and tissue magnesium exchange, a loop of their own that no pain can tip.
    pools = [i for i, name in enumerate(CascadeState._fields) if "magnesium" not in name]
    expected = np.linalg.det(scaled[np.ix_(pools, pools)])
    found = float(cascade_margin(state, driven(strength), values)[0])
    assert found == pytest.approx(expected, rel=1e-6)


def test_margin_is_1_without_loops() -> None:
    assert margin_at(6.0, medians(MODEL, **WITHOUT_LOOPS)) == pytest.approx(1.0, abs=1e-12)


def test_margin_is_negative_where_more_pain_needs_less_drive() -> None:
    values = medians(MODEL, central_activity=2.0)
    pain = np.linspace(1.0, 9.0, 81)
    found = jax.jit(lambda pain: MODEL.at_enrolment(pain, np.full(81, SHARE), np.ones(81), values))(pain)
    held = np.asarray(found.drive_share) > 0.02
    rises = np.gradient(np.log(np.asarray(found.strength)), pain)[held]
    margin = np.asarray(jax.jit(margin_of)(pain, values))[held]
    clear = np.abs(rises) > 0.05
    assert (rises[clear] < 0.0).any()
    assert (rises[clear] > 0.0).any()
    np.testing.assert_array_equal(np.sign(margin[clear]), np.sign(rises[clear]))


@pytest.mark.parametrize("pain", [3.3, 6.0, 8.1])
def test_margin_read_between_activities_is_that_of_the_patient_there(pain: float) -> None:
    values = medians(MODEL, **MODERATE)
    assert float(margin_of(jnp.array([pain]), values)[0]) == pytest.approx(margin_at(pain, values), abs=0.005)


def test_gradient_of_the_margin_is_finite_at_a_fold() -> None:
    values = medians(MODEL, central_activity=2.0)

    def least(pain: jax.Array, values: Values) -> jax.Array:
        return jnp.min(jnp.abs(margin_of(pain, values)))

    by_pain, by_value = jax.jit(jax.grad(least, argnums=(0, 1)))(jnp.linspace(1.0, 9.0, 161), values)
    assert np.isfinite(by_pain).all()
    assert all(np.isfinite(leaf).all() for leaf in by_value.values())

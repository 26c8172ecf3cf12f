"""Experiments on the cascade that no trial could make: keys removed, causes removed, receptors counted."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from windup.models import (
    Cascade,
    Doses,
    Drive,
    Values,
    average_over_steps,
    integrate,
    lasting_drive,
    loop_gains,
    node_of,
    trial_mesh,
    two_key_gate,
    unblocked_share,
)

# Activities of a weak and of a strong signal; moderate pain has about 1.
_WEAK, _STRONG = 0.1, 3.0
_FIRST_DAY_PAIN, _PATIENT_PAIN = 3.0, 6.5
_EIGHT_WEEKS, _TWELVE_WEEKS, _YEAR = 56.0, 84.0, 364.0
_SIGNALS = np.geomspace(1e-3, 30.0, 240)

# Lanes: a healthy person with a lasting signal; a patient whose cause is taken away; the patient of the
# regimens without drugs and on three of them; one without any peripheral cause, without drugs and on NSAIDs.
_HEALTHY, _CURED, _UNTREATED, _PREGABALIN, _GABAPENTIN, _MAGNESIUM, _CENTRAL, _CENTRAL_NSAID = range(8)
_SHARE = np.array([0.0, 0.0, 0.1, 0.1, 0.1, 0.1, 1.0, 1.0])
_DOSES = {
    _PREGABALIN: ("pregabalin", 300.0),
    _GABAPENTIN: ("gabapentin", 1800.0),
    _MAGNESIUM: ("magnesium", 300.0),
    _CENTRAL_NSAID: ("nsaid", 1.0),
}


def experiments(model: Cascade, values: Values) -> dict[str, Array]:
    """Numbers that decide claims about the mechanism, scalars.

    Returns
    -------
    dict
        ``one_key``: largest calcium drive with either key removed, relative to both keys at a strong signal.
        ``weak_signal``: calcium drive of a weak signal relative to a strong one.
        ``hurts_more``: points by which a signal that hurts 3 on the first day hurts more after eight weeks.
        ``pain_after_cause``: pain a year after the cause of a pain of 6.5 is gone.
        ``surface_pregabalin``, ``surface_gabapentin``: surface receptors at week 12 relative to no drug.
        ``gate_magnesium``: relative fall of the unblocked share at rest by 12 weeks of oral magnesium.
        ``nsaid_central``: NSAID's difference from no drug at week 12 in a patient without a peripheral cause.
        ``gain_...`` and ``gain_total``: loop gains.
    """
    healthy = model.healthy(jnp.zeros(1))
    none = jax.tree.map(lambda x: x[0], model.actions(_doses(model, 1, 1), values))

    def calcium(activity: float, actions: Any = none) -> Array:
        return two_key_gate(healthy, jnp.full(1, activity), actions, values).calcium[0]

    gate = two_key_gate(healthy, jnp.full(1, _STRONG), none, values)
    at_rest = _open(values["csf_magnesium_normal"], values)
    without_glutamate = calcium(_STRONG, none._replace(glutamate=jnp.zeros(1))) / gate.calcium[0]
    measured = {
        "one_key": jnp.maximum(at_rest / gate.unblocked[0], without_glutamate),
        "weak_signal": calcium(_WEAK) / calcium(_STRONG),
    }
    gains, total = loop_gains(model, values)
    measured |= {f"gain_{loop}": gain for loop, gain in zip(model.loops, gains, strict=True)}
    return measured | {"gain_total": total} | _followed(model, values)


def _followed(model: Cascade, values: Values) -> dict[str, Array]:
    """Eight people followed for a year."""
    lanes = len(_SHARE)
    nodes = trial_mesh(_YEAR)
    enrolled = model.at_enrolment(jnp.full(lanes, _PATIENT_PAIN), _SHARE, np.ones(lanes), values)
    strength = enrolled.strength.at[_HEALTHY].set(_signal(model, values)).at[_CURED].set(0.0)
    drive = lasting_drive(strength, _SHARE)
    start = jax.tree.map(
        lambda ill, well: ill.at[_HEALTHY].set(well[0]), enrolled.state, model.healthy(jnp.zeros(1))
    )
    actions = model.actions(_doses(model, len(nodes) - 1, lanes, nodes), values)
    states = integrate(
        lambda state, actions, constants: model.derivative(state, actions, *constants),
        start,
        actions,
        jnp.asarray(np.diff(nodes)),
        (drive, values),
        model.linear_rates(values),
        limits=model.limits(),
    )

    def at(day: float) -> tuple[Any, Array]:
        step = int(node_of(nodes, np.array([day]))[0]) - 1
        state, doing = (jax.tree.map(lambda x: x[step], tree) for tree in (states, actions))
        return state, model.pain(state, doing, drive, values)

    _, after_eight = at(_EIGHT_WEEKS)
    treated, after_twelve = at(_TWELVE_WEEKS)
    _, after_year = at(_YEAR)
    surface = treated.surface_receptors / treated.surface_receptors[_UNTREATED]
    magnesium = values["csf_magnesium_normal"] * treated.csf_magnesium
    unblocked = _open(magnesium[_MAGNESIUM], values) / _open(magnesium[_UNTREATED], values)
    return {
        "hurts_more": after_eight[_HEALTHY] - _FIRST_DAY_PAIN,
        "pain_after_cause": after_year[_CURED],
        "surface_pregabalin": surface[_PREGABALIN],
        "surface_gabapentin": surface[_GABAPENTIN],
        "gate_magnesium": 1.0 - unblocked,
        "nsaid_central": after_twelve[_CENTRAL_NSAID] - after_twelve[_CENTRAL],
    }


def _signal(model: Cascade, values: Values) -> Array:
    """Peripheral signal that hurts 3 before any slow state has moved."""
    signals = jnp.asarray(_SIGNALS)
    state = model.healthy(signals)._replace(input=signals)
    none = jax.tree.map(lambda x: x[0], model.actions(_doses(model, 1, len(_SIGNALS)), values))
    zero = jnp.zeros_like(signals)
    pain = model.pain(state, none, Drive(signals, zero, zero, zero + 1.0), values)
    return jnp.exp(jnp.interp(_FIRST_DAY_PAIN, pain, jnp.log(signals)))


def _open(magnesium: Array, values: Values) -> Array:
    """Unblocked share at the resting potential."""
    return unblocked_share(magnesium, values["magnesium_half_block"], values["resting_potential"], values)


def _doses(model: Cascade, steps: int, lanes: int, nodes: np.ndarray | None = None) -> Doses:
    """Daily doses of all lanes, ``(steps, lanes)``; none at all without a mesh."""
    drugs = {drug.name: drug for drug in model.pharmacology.drugs}
    doses: Any = {column: np.zeros((steps, lanes)) for column in model.pharmacology.dose_columns}
    if nodes is not None:
        for lane, (name, dose) in _DOSES.items():
            taken = drugs[name].absorbed(dose) * average_over_steps(nodes, 0.0, _TWELVE_WEEKS)
            doses[drugs[name].dose_columns[0]][:, lane] = taken
    return doses  # type: ignore[no-any-return]  # known numbers

"""States of a model at the times of its measurements, by one adaptive solve for each stretch."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, final

import diffrax
import jax
import jax.numpy as jnp
import numpy as np
import optimistix
from jax import Array
from jaxtyping import Float

from windup.fit.analyses.petab.formulas.formula import Formula
from windup.fit.analyses.petab.formulas.sympy_formulas import TIME
from windup.fit.analyses.petab.layout import KEEP, Batch, Layout
from windup.fit.analyses.petab.mechanism import Mechanism
from windup.fit.analyses.petab.tables.contents import Parameter


def _implicit(relative: float, absolute: float) -> Any:
    # The default of diffrax stops its iterations early, by an estimate of their convergence. Where states
    # differ by many orders of magnitude, most steps then fail.
    return diffrax.Kvaerno5(root_finder=optimistix.Chord(_ROOT * relative, _ROOT * absolute))


METHODS: Mapping[str, Callable[[float, float], Any]] = {
    "dopri8": lambda relative, absolute: diffrax.Dopri8(),
    "kvaerno5": _implicit,
}
"""An explicit method of order 8, and an implicit one of order 5 for stiff models, by their tolerances."""

# Equations of an implicit step are solved to this share of the tolerance of the step.
_ROOT = 1e-2
# A steady state is reached when states change by less than this share of the tolerance per unit of time.
_STEADY = 1e-3

type Named = Mapping[str, Array]


@final
@dataclass(frozen=True, eq=False)
class Solver:
    """How a model is solved.

    Parameters
    ----------
    mechanism
        Its equations.
    layout
        Its experiments.
    parameters
        Of the table, which replace values of the model.
    method
        ``dopri8`` or ``kvaerno5``.
    tolerance
        Relative tolerance of each step.
    absolute_tolerance
        Of each step, in the units of the states.
    max_steps
        Of one stretch. Where it needs more, its states are not numbers.
    """

    mechanism: Mechanism
    layout: Layout
    parameters: Mapping[str, Parameter]
    method: str
    tolerance: float
    absolute_tolerance: float
    max_steps: int

    def environment(self, time: Any, states: Any, constants: Any, given: Named) -> dict[str, Any]:
        """Value of every name of the model.

        Parameters
        ----------
        time
            Time, in the unit of the model.
        states, constants
            With the names first; further dimensions are those of the time.
        given
            Values of the table of parameters.
        """
        known: dict[str, Any] = {**given, TIME: time}
        known.update(zip(self.mechanism.states, states, strict=True))
        known.update(zip(self.mechanism.constants, constants, strict=True))
        for name, rule in self.mechanism.rules.items():
            known[name] = rule.value(known)
        return known

    def rates(self, time: Any, states: Any, constants: Any, given: Named) -> Array:
        """Change of every state per unit of time."""
        known = self.environment(time, states, constants, given)
        return jnp.stack(
            [jnp.asarray(self.mechanism.rates[name].value(known), float) for name in self.mechanism.states]
        )

    def solve(self, batch: Batch, given: Named) -> tuple[Array, Array]:
        """States and constants of every experiment of a batch.

        Parameters
        ----------
        batch
            The experiments.
        given
            Values of the table of parameters.

        Returns
        -------
        tuple
            States ``(experiments, periods, times, states)`` and constants
            ``(experiments, periods, constants)``.
        """
        outer = self._outer(given)
        arrays = (batch.starts, batch.ends, batch.times, batch.changes)

        def one(
            state: Array, constants: Array, starts: Array, ends: Array, times: Array, changes: Array
        ) -> tuple[Array, Array]:
            if batch.steady:
                state = self._steady(state, constants, given)

            def period(carry: tuple[Array, Array], each: tuple[Array, ...]) -> Any:
                start, end, wanted, change = each
                state, constants = self._changed(change, start, *carry, outer, given)
                last, seen = self._course(state, constants, start, end, wanted, given)
                return (last, constants), (seen, constants)

            if batch.starts.shape[1] == 1:
                _, (seen, held) = period((state, constants), (starts[0], ends[0], times[0], changes[0]))
                return seen[None], held[None]
            _, found = jax.lax.scan(period, (state, constants), (starts, ends, times, changes))
            return found[0], found[1]

        return jax.vmap(one)(*self.begin(batch, given), *map(jnp.asarray, arrays))

    def begin(self, batch: Batch, given: Named) -> tuple[Array, Array]:
        """States and constants with which every experiment, or its pre-equilibration, begins.

        Parameters
        ----------
        batch
            The experiments.
        given
            Values of the table of parameters.
        """
        outer = self._outer(given)
        starts = np.zeros(len(batch.first)) if batch.steady else batch.starts[:, 0]

        def one(change: Array, time: Array) -> tuple[Array, Array]:
            return self._changed(change, time, *self._start(change, time, outer, given), outer, given)

        return jax.vmap(one)(jnp.asarray(batch.first), jnp.asarray(starts))

    def _outer(self, given: Named) -> Array:
        """Values of the formulas of parameters alone."""
        values = [jnp.asarray(each.value(given), float) for each in self.layout.outer]
        return jnp.stack(values or [jnp.zeros(())])

    def _start(self, change: Array, time: Array, outer: Array, given: Named) -> tuple[Array, Array]:
        """Initial values; what the first period gives by parameters alone comes before they are computed."""
        known: dict[str, Any] = {**given, TIME: time}
        mechanism, targets = self.mechanism, self.layout.targets
        for name in mechanism.order:
            if name in mechanism.initial:
                value = given[name] if name in given else mechanism.initial[name].value(known)
                if name in targets:
                    number = change[targets.index(name)]
                    by_parameters = (number != KEEP) & (number < len(self.layout.outer))
                    value = jnp.where(by_parameters, outer[jnp.clip(number, 0, len(outer) - 1)], value)
            else:
                value = mechanism.rules[name].value(known)
            known[name] = value
        return _stacked(known, mechanism.states), _stacked(known, mechanism.constants)

    def _changed(
        self, change: Array, time: Array, state: Array, constants: Array, outer: Array, given: Named
    ) -> tuple[Array, Array]:
        """States and constants after the changes at the beginning of a period, all at once."""
        targets = self.layout.targets
        if not targets:
            return state, constants
        values = outer
        if self.layout.inner:
            known = self.environment(time, state, constants, given)
            inner = [jnp.asarray(each.value(known), float) for each in self.layout.inner]
            values = jnp.concatenate([outer[: len(self.layout.outer)], jnp.stack(inner)])
        new = dict(zip(targets, values[jnp.clip(change, 0, len(values) - 1)], strict=True))
        changes = dict(zip(targets, change != KEEP, strict=True))

        def after(names: tuple[str, ...], old: Array) -> Array:
            parts = [
                jnp.where(changes[name], new[name], value) if name in changes else value
                for name, value in zip(names, old, strict=True)
            ]
            return jnp.stack(parts) if parts else old

        return after(self.mechanism.states, state), after(self.mechanism.constants, constants)

    def _course(
        self, state: Array, constants: Array, start: Array, end: Array, times: Array, given: Named
    ) -> tuple[Array, Array]:
        """State at the end of a stretch, and at some times in it."""
        if not self.mechanism.states:
            return state, jnp.zeros((len(times), 0))
        controller: Any = self._controller()
        jumps = self._jumps(state, constants, start, end, given)
        if jumps is not None:
            controller = diffrax.ClipStepSizeController(controller, jump_ts=jumps)
        found = diffrax.diffeqsolve(
            self._term(given),
            self._method(self.method),
            start,
            end,
            None,
            state,
            args=constants,
            saveat=diffrax.SaveAt(ts=times, t1=True),
            stepsize_controller=controller,
            max_steps=self.max_steps,
            throw=False,
        )
        seen = jnp.where(diffrax.is_okay(found.result), jnp.asarray(found.ys), jnp.nan)
        return seen[-1], seen[:-1]

    def _steady(self, state: Array, constants: Array, given: Named) -> Array:
        """State in which nothing changes any more."""
        if not self.mechanism.states:
            return state
        found = diffrax.diffeqsolve(
            self._term(given),
            self._method("kvaerno5"),
            0.0,
            jnp.inf,
            1e-3,
            state,
            args=constants,
            stepsize_controller=self._controller(),
            event=diffrax.Event(
                diffrax.steady_state_event(
                    rtol=_STEADY * self.tolerance, atol=_STEADY * self.absolute_tolerance
                )
            ),
            max_steps=self.max_steps,
            throw=False,
        )
        return jnp.where(diffrax.is_okay(found.result), jnp.asarray(found.ys)[-1], jnp.nan)

    def _term(self, given: Named) -> Any:
        return diffrax.ODETerm(lambda time, state, constants: self.rates(time, state, constants, given))

    def _controller(self) -> Any:
        return diffrax.PIDController(rtol=self.tolerance, atol=self.absolute_tolerance)

    def _method(self, name: str) -> Any:
        return METHODS[name](self.tolerance, self.absolute_tolerance)

    def _jumps(
        self, state: Array, constants: Array, start: Array, end: Array, given: Named
    ) -> Float[Array, " jumps"] | None:
        """Times at which a formula changes at once, where they follow from constants."""
        known = {*self.mechanism.constants, *given}
        switches: list[Formula] = [each for each in self.mechanism.switches if each.names <= known]
        if not switches:
            return None
        values = self.environment(start, state, constants, given)
        times = jnp.stack([jnp.asarray(each.value(values), float) for each in switches])
        # A jump at an end would put the clock past it; beyond the end a jump is without effect.
        inside = (times > start) & (times < end)
        return jnp.sort(jnp.where(inside, times, end + (end - start) + 1.0))


def _stacked(known: Mapping[str, Any], names: tuple[str, ...]) -> Array:
    if not names:
        return jnp.zeros((0,))
    return jnp.stack([jnp.asarray(known[name], float) for name in names])

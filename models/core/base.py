"""The interface of a mechanistic pain model: what a fit, a prediction or a test needs from it."""

from __future__ import annotations

import abc
from typing import Any

import numpy as np
from jaxtyping import Array, Float

from windup.datasets import Catalogue, DataFaults, packaged_catalogue
from windup.models.core.action_faults import action_faults
from windup.models.core.parameters import Parameter, free
from windup.models.core.pharmacology import Pharmacology, UsualAction
from windup.models.core.types import Doses, Drive, Enrolled, PerArm, Values


class PainModel[State: tuple[Any, ...], Act: tuple[Any, ...]](abc.ABC):
    """Abstract; a new mechanism is one final subclass with its parameter table, passed as an object.

    States and actions are named tuples of arrays with one value per arm. Time is in days.

    Attributes
    ----------
    name
        As it is chosen by a user.
    loops
        Names of the feedback loops whose gains it reports.
    family
        Model of ``actions.csv`` whose points of action a drug has, where no row there names this model.
    targets
        Points of action that a drug may lower or raise with its dose.
    slow_states
        Slow states that a drug may feed with its dose.
    usual_action
        What a drug does that no row of ``actions.csv`` names for it; None where such a drug is a fault.
    pharmacology
        Drugs that it knows, and where each acts.

    Parameters
    ----------
    catalogue
        Drugs and their points of action, from the catalogue of `windup.datasets.Trials`; None for the
        packaged ones.

    Raises
    ------
    DataFaults
        When an action of the catalogue names a point that the model does not have, or a drug acts nowhere.
    """

    name: str
    loops: tuple[str, ...]
    family: str = ""
    targets: tuple[str, ...] = ()
    slow_states: tuple[str, ...] = ()
    usual_action: UsualAction | None = None

    def __init__(self, catalogue: Catalogue | None = None) -> None:
        rows = packaged_catalogue() if catalogue is None else catalogue
        faults = action_faults(
            rows, self.name, self.family, self.targets, self.slow_states, usual=self.usual_action is not None
        )
        if faults:
            raise DataFaults(faults)
        self.pharmacology = Pharmacology.of(rows, self.name, self.family, self.usual_action)

    @abc.abstractmethod
    def parameters(self) -> tuple[Parameter, ...]:
        """Every parameter with its prior and source."""

    def strengths_at_rest(self) -> tuple[str, ...]:
        """Names of the parameters by which drugs act and whose priors are centred at no effect.

        Where all of them are 0, no drug does anything.
        """
        centred = (p for p in free(self.parameters()) if p.family == "normal" and p.location == 0.0)
        return tuple(p.name for p in centred if p.is_strength or p.part == "opioid adaptation")

    def loop_strengths(self) -> tuple[str, ...]:
        """Names of the parameters that the gains of all loops are proportional to; none without loops.

        Where all of them are multiplied by one number, so is every gain of `loop_gains`. Of a population each
        person has another such number.
        """
        return ()

    @abc.abstractmethod
    def healthy(self, like: PerArm) -> State:
        """Steady state without illness or drugs, in the shape of ``like``."""

    @abc.abstractmethod
    def fallen_ill(self, drive: Drive, values: Values) -> State:
        """State at the moment the illness begins."""

    @abc.abstractmethod
    def actions(self, doses: Doses, values: Values) -> Act:
        """Doses turned into actions; called once per solve, outside the integrator."""

    @abc.abstractmethod
    def derivative(self, state: State, actions: Act, drive: Drive, values: Values) -> State:
        """Right-hand side, per day."""

    def intermediates(self, state: State, actions: Act, drive: Drive, values: Values) -> dict[str, PerArm]:
        """Quantities on the way to `derivative` that have a name of their own; none by default.

        Nothing is computed from them. Where the equations are written out, a part of `derivative` that is
        equal to one of them gets its name.
        """
        return {}

    @abc.abstractmethod
    def linear_rates(self, values: Values) -> State:
        """Diagonal relaxation rates, per day; any choice >= 0 is consistent, the true ones are fast."""

    @abc.abstractmethod
    def limits(self) -> tuple[State, State]:
        """Lowest and highest value that every state can take, as numbers; the flow keeps it between them."""

    @abc.abstractmethod
    def pain(self, state: State, actions: Act, drive: Drive, values: Values) -> PerArm:
        """Pain on the 0-10 numeric rating scale, without the trial's placebo course."""

    @abc.abstractmethod
    def serum_magnesium_mmol_per_L(self, state: State, values: Values) -> PerArm:
        """Serum magnesium, mmol/L."""

    @abc.abstractmethod
    def csf_magnesium_mmol_per_L(self, state: State, values: Values) -> PerArm:
        """Ionised CSF magnesium, mmol/L."""

    @abc.abstractmethod
    def loop_gains(self, values: Values) -> tuple[Float[Array, " loop"], Float[Array, ""]]:
        """Self-sustaining gain of each of ``loops`` alone, and of all together (0 without loops)."""

    @abc.abstractmethod
    def at_enrolment(
        self,
        pain: PerArm,
        central_share: Float[np.ndarray, " arms"],
        habitual_magnesium: Float[np.ndarray, " arms"],
        values: Values,
    ) -> Enrolled[State]:
        """Drive and steady state of patients with a pain (0-10), and whether they can stay in it."""

    @abc.abstractmethod
    def margin(self, state: State, drive: Drive, values: Values) -> PerArm:
        """Determinant of 1 minus the gains of all loops around steady states without drugs.

        1 without loops, positive on a stable branch, 0 at a fold, negative on its middle branch (more pain
        would need less drive), where nobody stays. How much the loops amplify a small lasting change is
        inversely proportional to it.
        """

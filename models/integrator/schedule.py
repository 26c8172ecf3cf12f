"""What a solve knows of the trials before any parameter is drawn."""

from __future__ import annotations

from typing import NamedTuple

import jax
import numpy as np
from jaxtyping import Float, Int

from windup.models.core.types import Doses
from windup.models.integrator.uncertain_doses import UncertainDoses


class Schedule(NamedTuple):
    """Everything about a set of trials that a solve needs and that no parameter changes.

    Attributes
    ----------
    trial_days
        Nodes of the mesh, days.
    study
        Per arm: its study.
    doses
        Daily doses, ``(steps, arms)`` on the trial mesh; where one is not known, its prior median.
    visit_arm, visit_node
        Per visit: its arm and its node. At node 0 nothing has been taken yet; at any other the doses are
        those of the step that ends there.
    passing
        Nodes that only arms with a visit or a change of dose there stop at, and those that settle there.
    settling_arm, settling_node
        Per stop: an arm that stops at a node although nobody looks, since a drug has just begun or ended.
    illness_days, illness_node
        Only for a run from the onset of the illness: nodes of its mesh, and per study the node at which its
        patients are enrolled (0 starts at the onset).
    uncertain
        Parts of the doses that a parameter scales.
    """

    trial_days: Float[np.ndarray, " nodes"]
    study: Int[np.ndarray, " arms"]
    doses: Doses
    visit_arm: Int[np.ndarray, " visits"]
    visit_node: Int[np.ndarray, " visits"]
    passing: Int[np.ndarray, " some"] = np.zeros(0, int)
    settling_arm: Int[np.ndarray, " stops"] = np.zeros(0, int)
    settling_node: Int[np.ndarray, " stops"] = np.zeros(0, int)
    illness_days: Float[np.ndarray, " nodes"] = np.zeros(1)
    illness_node: Int[np.ndarray, " studies"] = np.zeros(0, int)
    uncertain: UncertainDoses = UncertainDoses()

    @property
    def doses_and_parts(self) -> Doses:
        """Daily doses by column, and by name the parts of them that a parameter scales."""
        return {**self.doses, **self.uncertain.by_name}

    @property
    def visit_doses(self) -> Doses:
        """`doses_and_parts` at every visit, ``(visits,)``."""
        step = np.maximum(self.visit_node - 1, 0)
        taking = self.visit_node > 0
        found: Doses = jax.tree.map(
            lambda x: np.where(taking, np.asarray(x)[step, self.visit_arm], 0.0), self.doses_and_parts
        )
        return found

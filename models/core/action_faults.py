"""Actions of a catalogue that a model cannot carry out, each with what to do."""

from __future__ import annotations

from collections.abc import Iterator

from windup.datasets import Action, Catalogue, Fault, nearest, packaged_catalogue
from windup.models.core.pharmacology import DOSE

_FILE = "actions.csv"


def action_faults(
    catalogue: Catalogue,
    model: str,
    family: str,
    targets: tuple[str, ...],
    slow_states: tuple[str, ...],
    *,
    usual: bool,
) -> list[Fault]:
    """Faults of the rows of ``actions.csv`` that come with a folder of trials, for one model.

    Parameters
    ----------
    catalogue
        Drugs and their points of action.
    model, family, targets, slow_states
        As of `windup.models.PainModel`.
    usual
        Whether the model has a point of action for drugs that no row names.
    """
    if not targets:
        return []
    packaged = set(packaged_catalogue().actions)
    own = [a for a in catalogue.actions if a not in packaged and {model, family} & set(a.models)]
    faults = [fault for action in own for fault in _faults_of(action, model, targets, slow_states)]
    acting = {drug for a in catalogue.actions if {model, family} & set(a.models) for drug in a.drugs}
    if not usual:
        faults += [
            Fault(
                _FILE, 0, "drug", f"'{drug.name}' acts nowhere in the model '{model}'.",
                f"Add a row with model = {model} and target = one of {', '.join(targets)}.",
            )
            for drug in catalogue.drugs
            if drug.name not in acting
        ]  # fmt: skip
    return faults


def _faults_of(
    action: Action, model: str, targets: tuple[str, ...], slow_states: tuple[str, ...]
) -> Iterator[Fault]:
    drug = action.drugs[0]
    if action.through != DOSE:
        found = f"'{drug}' is to act through '{action.through}'."
        yield Fault(_FILE, 0, "through", found, f"Write {DOSE}: other ways are those of packaged drugs.")
    allowed = slow_states if action.sign == "feeds" else targets
    if action.target not in allowed:
        what = "slow state" if action.sign == "feeds" else "point of action"
        found = f"'{action.target}' of '{drug}' is no {what} of the model '{model}'."
        yield Fault(_FILE, 0, "target", found, nearest(action.target, allowed))

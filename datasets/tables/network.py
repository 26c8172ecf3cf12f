"""Drugs whose effect against no drug follows from no comparison within the used trials.

Treatments are sums of drugs, as in a component network meta-analysis (Rücker G et al. Network meta-analysis
of multicomponent interventions. Biom J 2020;62:808-21. doi:10.1002/bimj.201800167). Every trial gives the
differences between its arms. A drug's effect follows from these where it is a sum of such differences.
Doses are not told apart: two doses of one drug say nothing about that drug against placebo.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import numpy as np

from windup.datasets.catalogue.catalogue import NO_DRUG
from windup.datasets.dictionary.usage import MAGNESIUM_KINDS
from windup.datasets.tables.dose_rules import arms_in_use
from windup.datasets.tables.trials import Trials

_ROUNDING = 1e-9


@final
@dataclass(frozen=True)
class NetworkWarning:
    """Drugs that no used trial compares with placebo or no treatment, by whatever way.

    Attributes
    ----------
    drugs
        Their names, in alphabetical order: those that trials join, with each other alone.
    found, remedy
        What the trials hold, and where the effects of these drugs come from.
    """

    drugs: tuple[str, ...]
    found: str
    remedy: str


def network_warnings(trials: Trials) -> tuple[NetworkWarning, ...]:
    """Drugs without a way to a control in the used rows of pain, those of one separate network together.

    Parameters
    ----------
    trials
        Loaded trials.
    """
    arms = _treatments(trials)
    drugs = sorted({drug for each in arms.values() for given in each for drug in given})
    if not drugs:
        return ()
    differences = [
        [float(drug in given) - float(drug in each[0]) for drug in drugs]
        for each in arms.values()
        for given in each[1:]
    ]
    space = np.array(differences).reshape(-1, len(drugs))
    left = np.eye(len(drugs)) - np.linalg.pinv(space) @ space
    unknown = [drug for drug, row in zip(drugs, left, strict=True) if np.abs(row).max() > _ROUNDING]
    catalogue = trials.catalogue
    known = catalogue.drugs + catalogue.outside_classes + catalogue.procedures
    label = {each.name: each.label for each in known}
    uncontrolled = all(given for each in arms.values() for given in each)
    return tuple(
        NetworkWarning(group, *_said([label.get(name, name) for name in group], uncontrolled=uncontrolled))
        for group in _groups(unknown, list(arms.values()))
    )


def _treatments(trials: Trials) -> dict[str, list[frozenset[str]]]:
    """Drugs of every used arm of pain from week 0 on, by study: a run-in is the same in all arms."""
    pain = trials.observations[~trials.observations["kind"].isin(MAGNESIUM_KINDS)]
    later = trials.dosing[(trials.dosing["end_week"] > 0.0) | (trials.dosing["start_week"] >= 0.0)]
    given: dict[tuple[str, str], set[str]] = {}
    for study, arm, drug in zip(later["study_id"], later["arm_id"], later["drug"], strict=True):
        given.setdefault((study, arm), set()).add(drug)
    arms: dict[str, list[frozenset[str]]] = {}
    for study, arm in sorted(arms_in_use(pain)):
        arms.setdefault(study, []).append(frozenset(given.get((study, arm), set()) - {*NO_DRUG}))
    return arms


def _groups(drugs: list[str], arms: list[list[frozenset[str]]]) -> list[tuple[str, ...]]:
    """Drugs that trials have in common, joined."""
    groups = [{drug} for drug in drugs]
    for each in arms:
        together = frozenset[str]().union(*each)
        met = [group for group in groups if group & together]
        groups = [group for group in groups if not group & together]
        groups += [set[str]().union(*met)] if met else []
    return sorted(tuple(sorted(group)) for group in groups)


def _said(labels: list[str], *, uncontrolled: bool) -> tuple[str, str]:
    names = ", ".join(labels[:-1]) + (" or " if labels[1:] else "") + labels[-1]
    whole = "No used trial has a control arm. " if uncontrolled else ""
    return (
        f"{whole}No comparison within the used trials gives the effect of {names} against placebo or no "
        "treatment.",
        f"{'These effects come' if labels[1:] else 'It comes'} from the prior and the model.",
    )

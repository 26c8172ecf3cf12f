"""Doses that are not known, as unknowns of the fit: one for every substance that a study gives so."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jax.scipy.special import ndtr
from jaxtyping import Array, Float, Int

from windup.fit.design.doses import ArmDoses, Phase
from windup.models import UncertainDoses


class DoseLatents(NamedTuple):
    """Unknown doses of a design.

    Attributes
    ----------
    label
        ``study/drug`` of every unknown; with the substance behind it where a study gives two.
    of_part
        Per part of the schedule's uncertain doses: its unknown.
    log_sd, log_range
        Per part: its prior, as of `windup.fit.design.doses.Uncertain`.
    """

    label: tuple[str, ...]
    of_part: Int[np.ndarray, " parts"]
    log_sd: Float[np.ndarray, " parts"]
    log_range: Float[np.ndarray, " parts"]

    def factors(self, z: Float[Array, " unknowns"]) -> Float[Array, " parts"]:
        r"""What each part is multiplied by, :math:`e^{\sigma z + \lambda (\Phi(z) - 1/2)}`."""
        of_parts = z[self.of_part]
        return jnp.exp(self.log_sd * of_parts + self.log_range * (ndtr(of_parts) - 0.5))


def dose_latents(
    keys: Sequence[tuple[str, str]], arms: Sequence[ArmDoses], nodes: Float[np.ndarray, " nodes"]
) -> tuple[DoseLatents, UncertainDoses]:
    """Unknown doses of arms, and what of the doses on a mesh they scale.

    Parameters
    ----------
    keys
        Study and name of every arm; unknowns are in the order of their studies.
    arms
        Doses of the same arms.
    nodes
        Of the mesh, days.
    """
    studies = tuple(dict.fromkeys(study for study, _ in keys))
    uncertain = [
        (studies.index(study), arm, phase)
        for arm, ((study, _), doses) in enumerate(zip(keys, arms, strict=True))
        for phase in doses.phases
        if phase.uncertain is not None
    ]
    unknowns = sorted({_unknown(study, phase) for study, _, phase in uncertain})
    parts: dict[tuple[int, str, float, float], Float[np.ndarray, "steps arms"]] = {}
    for study, arm, phase in uncertain:
        assert phase.uncertain is not None
        unknown = unknowns.index(_unknown(study, phase))
        part = (unknown, phase.column, phase.uncertain.log_sd, phase.uncertain.log_range)
        doses = parts.setdefault(part, np.zeros((len(nodes) - 1, len(arms))))
        doses[:, arm] += phase.on_mesh(nodes)
    ordered = sorted(parts)
    of_part, _, log_sd, log_range = (list(each) for each in zip(*ordered, strict=True)) if parts else [[]] * 4
    return (
        DoseLatents(
            _labels(unknowns, studies),
            np.array(of_part, int),
            np.array(log_sd, float),
            np.array(log_range, float),
        ),
        UncertainDoses(tuple(part[1] for part in ordered), tuple(parts[part] for part in ordered)),
    )


type _Unknown = tuple[int, str, str]


def _unknown(study: int, phase: Phase) -> _Unknown:
    assert phase.uncertain is not None
    return study, phase.drug, phase.uncertain.substance


def _labels(unknowns: Sequence[_Unknown], studies: tuple[str, ...]) -> tuple[str, ...]:
    several = [unknown[:2] for unknown in unknowns]
    return tuple(
        f"{studies[study]}/{drug}" + (f"/{substance}" if several.count((study, drug)) > 1 else "")
        for study, drug, substance in unknowns
    )

"""Which parameters are profiled: those of drugs and loops that the data moved most and least."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from windup.fit.errors import SettingsError
from windup.fit.execution.batches import compile_batches
from windup.fit.problem.margins import Margins
from windup.models import PainModel, loop_gains

# Half a prior SD either way has to change a gain by this share for its parameter to be one of the loops'.
_MOVES = 0.02


def loop_parameters(model: PainModel[Any, Any], margins: Margins) -> tuple[str, ...]:
    """Parameters that move the gain of any loop; all of the mechanism where a model has no loop."""
    if not model.loops:
        return tuple(parameter.name for parameter in margins.parameters if not parameter.is_strength)
    steps = 0.5 * np.eye(len(margins.names))
    program = compile_batches(
        lambda row: loop_gains(model, margins.values(row))[0], len(margins.names), batch=16
    )
    gains = program(margins.of_scores(np.concatenate([np.zeros((1, len(steps))), steps, -steps])))
    ahead, behind = gains[1 : len(steps) + 1], gains[len(steps) + 1 :]
    moved = np.max(np.abs(ahead - behind) / np.abs(gains[0]), axis=1) > _MOVES
    return tuple(name for name, yes in zip(margins.names, moved, strict=True) if yes)


def chosen_parameters(
    contraction: pd.DataFrame, margins: Margins, loops: tuple[str, ...], count: int
) -> tuple[str, ...]:
    """``count`` parameters: in turns the drug strength and the loop parameter moved most, and least.

    Raises
    ------
    SettingsError
        When there are fewer.
    """
    strengths = {parameter.name for parameter in margins.parameters if parameter.is_strength}
    order = [str(name) for name in contraction["parameter"]]
    of_drugs = [name for name in order if name in strengths]
    of_loops = [name for name in order if name in loops and name not in strengths]
    # Most of each, least of each, second most of each, and so on.
    queue = _alternately(_ends(of_drugs), _ends(of_loops))
    chosen = tuple(queue)[:count]
    if len(chosen) < count:
        raise SettingsError(
            f"--profiles is {count}, and this model has {len(chosen)} strengths of drugs and loop "
            f"parameters. Ask for at most {len(chosen)}."
        )
    return chosen


def _ends(names: list[str]) -> Iterator[str]:
    """First, last, second, last but one …"""
    left, right = 0, len(names) - 1
    while left <= right:
        yield names[left]
        if left < right:
            yield names[right]
        left, right = left + 1, right - 1


def _alternately(first: Iterator[str], second: Iterator[str]) -> Iterator[str]:
    nothing = object()
    while True:
        pair = [next(each, nothing) for each in (first, second)]
        yield from (name for name in pair if isinstance(name, str))
        if all(name is nothing for name in pair):
            return

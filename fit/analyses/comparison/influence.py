"""Which single studies carry the lead of one model over another.

A lead is the sum over studies of the difference of two log densities, with the standard error of a sum of
paired differences. It is clear above two standard errors. A study changes it if the lead without that study
is clear where it was not, is not clear where it was, or has the other sign.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from jaxtyping import Float

from windup.fit.analyses.scoring.scores import error_of_sum, is_clear

_LARGEST, _SHOWN = 3, 10


class Lead(NamedTuple):
    """The lead of a model over another one.

    Attributes
    ----------
    model, over
        Labels.
    difference, difference_error
        Log density of the first minus that of the second, nats, and its standard error over studies.
    studies
        Per study ``gain`` (its part of the difference), and of the others ``difference``,
        ``difference_error`` and ``changes_verdict``; those that add most to the lead first.
    share_of_largest_three
        Part of the lead that three studies add; above 1 where the others together are against it.
    """

    model: str
    over: str
    difference: float
    difference_error: float
    studies: pd.DataFrame
    share_of_largest_three: float

    @property
    def is_clear(self) -> bool:
        """Whether the difference, of either sign, exceeds two standard errors."""
        return is_clear(self.difference, self.difference_error)

    @property
    def changed_by(self) -> tuple[str, ...]:
        """Studies without which the verdict on this lead is another one."""
        return tuple(self.studies.loc[self.studies["changes_verdict"], "study"])

    def record(self, score: str) -> dict[str, Any]:
        """Content for JSON: the ten studies that add most, and all whose removal changes the verdict."""
        changes = self.studies["changes_verdict"].to_numpy(bool)
        shown = self.studies[changes | (np.arange(len(changes)) < _SHOWN)]
        return {
            "score": score,
            "model": self.model,
            "over": self.over,
            "difference": self.difference,
            "difference_error": self.difference_error,
            "clear": self.is_clear,
            "largest": list(self.studies["study"][:_LARGEST]),
            "share_of_largest_three": self.share_of_largest_three,
            "changes_verdict": list(self.changed_by),
            "without": shown.to_dict(orient="records"),
        }


def lead_of(
    model: str,
    over: str,
    studies: Sequence[str],
    gain: Float[np.ndarray, " studies"],
) -> Lead:
    """Lead of a model over another, and what it is without each study.

    Parameters
    ----------
    model, over
        Labels.
    studies
        Names.
    gain
        Log density of each study by the first model minus that by the second, nats.
    """
    total, error = float(np.sum(gain)), error_of_sum(gain)
    without = [np.delete(gain, number) for number in range(len(gain))]
    differences = np.array([np.sum(each) for each in without], float)
    errors = np.array([error_of_sum(each) for each in without], float)
    clear = is_clear(total, error)
    changes = [
        is_clear(each, its_error) != clear or np.sign(each) != np.sign(total)
        for each, its_error in zip(differences, errors, strict=True)
    ]
    table = pd.DataFrame(
        {
            "study": list(studies),
            "gain": gain,
            "difference": differences,
            "difference_error": errors,
            "changes_verdict": np.array(changes, bool),
        }
    )
    order = np.argsort(-np.sign(total) * gain, kind="stable")
    table = table.iloc[order].reset_index(drop=True)
    share = float(table["gain"][:_LARGEST].sum() / total) if total else float("nan")
    return Lead(model, over, total, error, table, share)

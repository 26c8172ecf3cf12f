r"""Treated rows given the control rows of their study: what a model has to say of its treatments.

Most rows of a trial are baselines and rows of control arms. They tell placebo responses and natural courses,
which models share. What a treatment adds is in

.. math:: \log p(y_T \mid y_C, y_B) = \log p(y_T, y_C, y_B) - \log p(y_C, y_B)

with treated rows :math:`T`, control rows :math:`C` and baselines :math:`B` of one randomised comparison. The
effects of the study are averaged out of both densities, so that they are those that its control rows leave.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from jaxtyping import Float
from scipy.special import logsumexp

from windup.fit.analyses.scoring.densities import Densities, log_density_of
from windup.fit.analyses.scoring.scores import row_scores
from windup.fit.design.arrays import Design
from windup.fit.design.treatments.comparators import ComparedRows
from windup.fit.display.format import LEVELS

GIVEN = 0
"""Place of the control and baseline rows among the sets of rows that `Densities.of_some` has."""

_RESAMPLED = 2000
_SHARES = tuple(f"coverage_{level}" for level in LEVELS)
_COLUMNS = ("study", "rows", "given_rows", "log_density", "monte_carlo_se", "crps", *_SHARES)


class TreatedRows(NamedTuple):
    """Treated rows of the studies that one fit predicts.

    Attributes
    ----------
    rows
        `windup.fit.analyses.scoring.scores.row_scores` of those that are drawn given the control rows. The
        score of a row is that of its contrast with the given control rows, which are the same in all draws.
    counts
        Numbers of treated and of given rows of each study.
    """

    rows: pd.DataFrame
    counts: Mapping[str, tuple[int, int]]


class TreatedGivenControl(NamedTuple):
    """Scores of treated rows given the control and baseline rows of their study.

    Attributes
    ----------
    studies
        Per study: numbers of treated ``rows`` and of ``given_rows``, ``log_density`` in nats,
        ``monte_carlo_se``, and of its treated rows ``crps`` (0-10 scale) and ``coverage_L`` for each level L
        in percent; NaN where rows are not drawn given binomial shares.
    monte_carlo_se
        Of the sum of the log densities.
    left_out
        Studies that do not count, with the reason.
    rows
        Every treated row that was drawn given the control rows (`TreatedRows.rows`).
    """

    studies: pd.DataFrame
    monte_carlo_se: float
    left_out: Mapping[str, str]
    rows: pd.DataFrame

    def totals(self) -> dict[str, Any]:
        """Numbers of studies and rows, sum of log densities, and CRPS and coverage over rows."""
        each = self.studies
        drawn = each[each["crps"].notna()]
        return {
            "studies": len(each),
            "rows": int(each["rows"].sum()),
            "log_density": float(each["log_density"].sum()),
            "monte_carlo_se": self.monte_carlo_se,
            **{
                name: float(np.average(drawn[name], weights=drawn["rows"])) if len(drawn) else float("nan")
                for name in ("crps", *_SHARES)
            },
        }


NOTHING_TREATED = TreatedGivenControl(pd.DataFrame(columns=list(_COLUMNS)), 0.0, {}, pd.DataFrame())
"""Of no study."""


def treated_given_control(
    blocks: Sequence[Densities], parts: Sequence[TreatedRows], left_out: Mapping[str, str]
) -> TreatedGivenControl:
    """Scores of all studies with a control arm.

    Parameters
    ----------
    blocks, parts
        Densities and treated rows of the studies that each fit predicts.
    left_out
        Studies that do not count, with the reason.
    """
    counts = {name: count for part in parts for name, count in part.counts.items()}
    found = log_density_of(blocks, given=GIVEN, only=counts)
    table = pd.concat([part.rows for part in parts], ignore_index=True) if parts else pd.DataFrame()
    by_study = dict(iter(table.groupby("study"))) if len(table) else {}
    records = []
    for name, value, error in zip(found.studies, found.values, found.errors, strict=True):
        rows, scores = counts[name], by_study.get(name)
        records.append(
            {
                "study": name,
                "rows": rows[0],
                "given_rows": rows[1],
                "log_density": float(value),
                "monte_carlo_se": float(error),
                "crps": _mean(scores, "crps_points"),
                **{f"coverage_{level}": _mean(scores, f"covered_{level}") for level in LEVELS},
            }
        )
    studies = pd.DataFrame(records, columns=list(_COLUMNS))
    return TreatedGivenControl(studies, found.error_of_sum, left_out, table)


def _mean(scores: pd.DataFrame | None, column: str) -> float:
    return float("nan") if scores is None else float(scores[column].mean())


def treated_rows(
    design: Design,
    compared: ComparedRows,
    replicated: Float[np.ndarray, "draws rows"],
    log_weight: Float[np.ndarray, "draws studies"],
    *,
    seed: int,
) -> TreatedRows:
    """Predictions of treated rows given the control and baseline rows.

    Parameters
    ----------
    design, compared
        Trials, and what their rows are.
    replicated
        Replicates at every draw given these rows (`HeldOut.given_first`), in the rows' own units.
    log_weight
        Log density of these rows at every draw, by which draws count for each study.
    seed
        Seed of the draws that are chosen by these weights.
    """
    generator = np.random.default_rng(seed)
    study, used = design.rows.study, compared.treated & np.isfinite(replicated).any(axis=0)
    chosen = np.zeros((_RESAMPLED, len(study)))
    finite = np.where(np.isfinite(log_weight), log_weight, -np.inf)
    for number in np.unique(study[used]):
        mine = used & (study == number)
        solved = np.isfinite(replicated[:, mine]).all(axis=1)
        log_share = np.where(solved, finite[:, number], -np.inf)
        if not np.isfinite(log_share).any():
            used &= ~mine
            continue
        share = np.exp(log_share - logsumexp(log_share))
        draws = generator.choice(len(share), size=_RESAMPLED, p=share / share.sum())
        chosen[:, mine] = replicated[draws][:, mine]
    counts = {
        name: (int(compared.treated[study == number].sum()), int(compared.given[study == number].sum()))
        for number, name in enumerate(design.studies)
        if name not in compared.left_out
    }
    return TreatedRows(row_scores(design, chosen)[used], counts)

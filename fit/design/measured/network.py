r"""The contrasts of a network of trials: every treatment against one arm of its study.

Read from the tables alone; no model enters. Rules; that studies which were not randomised are left out, and
that errors may be given, was added after the first results had been seen, the others before:

1. *Studies*: those of `windup.fit.design.measured.trial_effects.controlled`, which leaves out randomised
   withdrawal and conditions outside chronic pain. Studies that were not randomised are left out, and named.
2. *Treatments*: the drugs of an arm without those that all arms of the study get, joined by ``+``; `PLACEBO`
   where a placebo or a sham takes their place, `NOTHING` where nothing does. Doses of one treatment are not
   told apart: arms of one study with the same treatment are averaged, with errors that correlate by one half.
3. *Base*: `PLACEBO`, else `NOTHING`, else the treatment that comes first in the alphabet. Other treatments of
   the study are read against it. Of several base arms the first one of the table is read.
4. *Visit*: of each arm the one on treatment that is nearest to a week.
5. *Number and standard error*: `windup.fit.design.measured.published`. A contrast without a standard error is
   left out, and named; on request its error is :math:`s \sqrt{1/n + 1/n_b}` with the median :math:`s` of
   what other contrasts imply by their errors and numbers of patients (Furukawa TA et al. J Clin Epidemiol
   2006;59:7-10. doi:10.1016/j.jclinepi.2005.06.006). Contrasts of one study share their base arm: their
   errors correlate by one half, as they do where all arms are of one size.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

import numpy as np
import pandas as pd
from jaxtyping import Float

from windup.datasets import LOOSE_DESIGNS, Trials
from windup.fit.design.measured.published import Side, difference_at
from windup.fit.design.measured.trial_effects import INERT, WEEK, Controlled, controlled

PLACEBO: Final = "placebo or sham"
NOTHING: Final = "no placebo, no treatment"
NOT_RANDOMISED: Final = "not randomised"
WITHOUT_ERROR: Final = "no standard error of the difference"
# Errors of two arms that share a control arm of their size (rule 5).
_SHARED_BASE = 0.5
COLUMNS = (
    "study",
    "citation",
    "condition",
    "treatment",
    "base",
    "arms",
    "base_arm",
    "week",
    "difference",
    "standard_error",
    "imputed",
    "n",
    "n_base",
)


class NetworkContrasts(NamedTuple):
    """Contrasts of a network of trials, those of one study next to each other.

    Attributes
    ----------
    table
        One row per study and treatment: ``study``, ``citation``, ``condition``, ``treatment``, ``base``,
        ``arms`` that were averaged (joined by commas) and ``base_arm``, ``week`` (mean of theirs),
        ``difference`` (NRS points, negative where ``treatment`` relieves more than ``base``),
        ``standard_error`` (NRS points) and whether it was ``imputed``, ``n`` (patients of these arms and the
        base arm) and ``n_base``.
    left_out
        Studies with arms to compare that no row reads, with the reason.
    """

    table: pd.DataFrame
    left_out: Mapping[str, str]

    def covariance(self, study: str) -> Float[np.ndarray, "contrasts contrasts"]:
        """Covariance of the errors of a study's contrasts, NRS points squared."""
        return shared_base(self.table.loc[self.table["study"] == study, "standard_error"].to_numpy(float))


def network_contrasts(trials: Trials, *, week: float = WEEK, impute_errors: bool = False) -> NetworkContrasts:
    """Contrasts of every study of chronic pain with two treatments.

    Parameters
    ----------
    trials
        From `windup.datasets.load_trials`.
    week
        Weeks since the first dose, to which visits are to be near.
    impute_errors
        Give contrasts without a standard error one by their numbers of patients (rule 5).
    """
    loose = set(trials.studies.loc[trials.studies["design"].isin(LOOSE_DESIGNS), "study_id"])
    table = pd.DataFrame(
        [row for study in controlled(trials) for row in _of_study(study, week)], columns=list(COLUMNS)
    )
    left_out = {study: NOT_RANDOMISED for study in table["study"].unique() if study in loose}
    table = table[~table["study"].isin(loose)]
    if impute_errors:
        table = _imputed(table)
    known = np.isfinite(table["standard_error"].to_numpy(float))
    without = set(table["study"]) - set(table.loc[known, "study"])
    left_out |= {study: WITHOUT_ERROR for study in table["study"].unique() if study in without}
    return NetworkContrasts(table[known].reset_index(drop=True), left_out)


def _imputed(table: pd.DataFrame) -> pd.DataFrame:
    """Standard errors of contrasts that have none; as they are where none implies an SD."""
    base, other = table["n_base"].to_numpy(float), (table["n"] - table["n_base"]).to_numpy(float)
    error = table["standard_error"].to_numpy(float)
    with np.errstate(divide="ignore", invalid="ignore"):
        per_sd = np.sqrt(1.0 / base + 1.0 / other)
    sized = np.isfinite(per_sd) & (per_sd > 0.0)
    implied = error[sized & np.isfinite(error)] / per_sd[sized & np.isfinite(error)]
    wanted = ~np.isfinite(error) & sized & bool(len(implied))
    usual = float(np.median(implied)) if len(implied) else np.nan
    return table.assign(standard_error=np.where(wanted, usual * per_sd, error), imputed=wanted)


def shared_base(errors: Float[np.ndarray, " contrasts"]) -> Float[np.ndarray, "contrasts contrasts"]:
    """Covariance of contrasts that share a base arm (rule 5)."""
    correlation = np.where(np.eye(len(errors), dtype=bool), 1.0, _SHARED_BASE)
    covariance: np.ndarray = correlation * np.outer(errors, errors)
    return covariance


def treatments_of(study: Controlled) -> dict[str, str]:
    """Treatment of every arm of a study (rule 2)."""
    common = frozenset.intersection(*study.given.values()) - INERT if study.given else frozenset[str]()
    named = {}
    for arm, drugs in study.given.items():
        active = sorted(drugs - INERT - common)
        named[arm] = "+".join(active) or (PLACEBO if "placebo" in drugs else NOTHING)
    return named


def _of_study(study: Controlled, week: float) -> Iterator[dict[str, Any]]:
    treatments = treatments_of(study)
    if not treatments:
        return
    base = min(treatments.values(), key=lambda name: (name != PLACEBO, name != NOTHING, name))
    base_arm = next(arm for arm, name in treatments.items() if name == base)
    for treatment in sorted(set(treatments.values()) - {base}):
        arms = [arm for arm, name in treatments.items() if name == treatment]
        read = {arm: found for arm in arms if (found := _difference(study, arm, base_arm, week)) is not None}
        # An arm without an error counts only where no arm of its treatment has one.
        known = {arm: found for arm, found in read.items() if np.isfinite(found[1].error)} or read
        if known:
            sides = [side for _, side in known.values()]
            covariance = shared_base(np.array([side.error for side in sides]))
            yield {
                "study": study.facts["study_id"],
                "citation": study.facts["citation"],
                "condition": study.facts["condition"],
                "treatment": treatment,
                "base": base,
                "arms": ", ".join(known),
                "base_arm": base_arm,
                "week": float(np.mean([at for at, _ in known.values()])),
                "difference": float(np.mean([side.value for side in sides])),
                "standard_error": float(np.sqrt(covariance.mean())),
                "imputed": False,
                "n": sum(_patients(study, each, week) for each in (*known, base_arm)),
                "n_base": _patients(study, base_arm, week),
            }


def _difference(study: Controlled, arm: str, base_arm: str, week: float) -> tuple[float, Side] | None:
    """Visit on treatment nearest to a week, and the difference of two arms there; None without any."""
    sides = {each: study.given[each] - INERT for each in (arm, base_arm)}
    found = [
        (later, difference[0])
        for later in study.published.later()
        if all(not drugs or study.on_treatment(each, drugs, later) for each, drugs in sides.items())
        and (difference := difference_at(study.published, arm, base_arm, later)) is not None
    ]
    return min(found, key=lambda each: abs(each[0] - week)) if found else None


def _patients(study: Controlled, arm: str, week: float) -> float:
    """Randomised patients, else those of the observation nearest to a week; NaN where none are printed."""
    randomised = float(study.dosing.loc[study.dosing["arm_id"] == arm, "n_randomised"].max())
    counts = {at: n for (each, at), n in study.published.n.items() if each == arm}
    nearest = counts[min(counts, key=lambda at: abs(at - week))] if counts else np.nan
    return randomised if np.isfinite(randomised) else nearest

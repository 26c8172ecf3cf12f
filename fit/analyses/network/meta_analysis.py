r"""Network meta-analysis of the contrasts of trials, in which no model of courses enters.

A contrast of treatment :math:`k` with the base :math:`b` of study :math:`i`
(`windup.fit.design.measured.network`) is

.. math:: y_{ik} = d_k - d_b + (a_k - a_b)\, \beta^\top x_i + \delta_{ik} + e_{ik}

with effects :math:`d` relative to the reference (`PLACEBO` where a study has it), covariates :math:`x_i` of
the study, centred, :math:`a = 0` for `PLACEBO` and `NOTHING` and 1 for all other treatments, deviations
between studies :math:`\delta` with the SD :math:`\tau` (correlation one half within a study), and sampling
errors :math:`e`. Slopes :math:`\beta` are the same for all treatments. Effects are unrelated,
:math:`d_k \sim N(0, s_d^2)`, or related, :math:`d_k \sim N(\mu, \omega^2)` with :math:`\mu \sim N(0, s_d^2)`
and an unknown :math:`\omega`: then a treatment of one small trial borrows from the others.

It is what a reader would do without a mechanism: consistent random effects, as in NICE's guidance, computed
without sampling (`windup.fit.analyses.network.linear_model`). With the data of its example 5 (Parkinson's
disease) means, SDs and limits are those that the guidance prints, within 0.03.

References
----------
Dias S et al. NICE DSU Technical Support Document 2. 2011, updated 2016. Higgins JPT, Whitehead A. Stat Med
1996;15:2733-49. Phillippo DM et al. multinma, doi:10.5281/zenodo.3904454.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, final

import numpy as np
import pandas as pd
from jaxtyping import Float

from windup.datasets import Trials
from windup.fit.analyses.network.covariates import covariate_table
from windup.fit.analyses.network.effects import effects_of, slopes_of, spreads_of
from windup.fit.analyses.network.linear_model import LinearPriors, Study, posterior
from windup.fit.analyses.network.predicted import scored
from windup.fit.design.measured.network import NOTHING, PLACEBO, NetworkContrasts, network_contrasts
from windup.fit.design.measured.trial_effects import WEEK
from windup.fit.display.format import LEVELS
from windup.fit.errors import SettingsError

INERT = frozenset({PLACEBO, NOTHING})


@final
@dataclass(frozen=True)
class NetworkPriors:
    """Priors of a network meta-analysis, NRS points, all expert.

    Attributes
    ----------
    effect_sd
        :math:`s_d`, SD of an unrelated effect, or of the mean of related ones. 95 % of effects within 6
        points: wider than any trial of the tables.
    between_studies_sd
        Scale of the half-normal prior of :math:`\\tau`.
    between_treatments_sd
        Scale of that of :math:`\\omega`.
    slope_sd
        SD of a slope over one SD of its covariate.
    """

    effect_sd: float = 3.0
    between_studies_sd: float = 1.0
    between_treatments_sd: float = 1.0
    slope_sd: float = 1.0

    def __post_init__(self) -> None:
        bad = [f"{name} is {value}" for name, value in vars(self).items() if not 0.0 < value < np.inf]
        if bad:
            raise SettingsError(f"Priors need SDs above 0 and finite: {'; '.join(bad)}.")


@final
@dataclass(frozen=True, eq=False)
class NetworkMetaAnalysis:
    """What contrasts say of treatments.

    Attributes
    ----------
    reference
        Treatment that effects are relative to.
    treatments
        One row per other treatment, the most relief first: ``treatment``, ``trials``, those of them with a
        placebo or a sham (``placebo_trials``) and ``n`` of its contrasts, ``median``, ``low_95``, ``high_95``
        of its mean effect (NRS points, negative is less pain than under the reference), ``new_low_95``,
        ``new_high_95`` of its effect in a new study, ``p_relief`` (below 0), ``p_one_point`` (below -1) and
        ``connected`` (to the reference by trials; else the effect is that of the prior).
    spreads
        ``tau``, and ``omega`` where effects are related: ``name``, ``median``, ``low_95``, ``high_95``.
    slopes
        One row per covariate: ``covariate``, ``mean`` and ``sd`` over the studies, ``median``, ``low_95``,
        ``high_95`` of the change of an effect per unit (NRS points) and ``p_negative``.
    contrasts
        Those of `windup.fit.design.measured.network.network_contrasts` that were used, and how the others
        predict them: ``predicted`` (median), ``low_L`` and ``high_L`` for L of 50, 80, 95, ``covered_L``,
        ``crps`` (NRS points) and ``seen_elsewhere`` (other studies have both treatments).
    studies
        One row per study: ``study``, ``contrasts``, ``log_density`` (nats) of its contrasts given all other
        studies, and ``seen_elsewhere`` of all of them.
    left_out
        Studies with two treatments that were not used, with the reason.
    """

    reference: str
    treatments: pd.DataFrame
    spreads: pd.DataFrame
    slopes: pd.DataFrame
    contrasts: pd.DataFrame
    studies: pd.DataFrame
    left_out: dict[str, str]

    def scores(self, *, seen_elsewhere: bool = False) -> dict[str, Any]:
        """Scores of studies that are predicted by the others; on request only of treatments that these have.

        Returns
        -------
        dict
            ``studies``, ``contrasts``, ``log_density`` (sum, nats) with ``log_density_error`` (standard
            error over studies), ``crps`` (mean, NRS points) and ``coverage_L`` (percent).
        """
        studies = self.studies[self.studies["seen_elsewhere"]] if seen_elsewhere else self.studies
        rows = self.contrasts[self.contrasts["study"].isin(studies["study"])]
        log_density = studies["log_density"].to_numpy(float)
        many = len(studies) > 1
        return {
            "studies": len(studies),
            "contrasts": len(rows),
            "log_density": float(log_density.sum()),
            "log_density_error": float(log_density.std(ddof=1) * len(studies) ** 0.5) if many else None,
            "crps": float(rows["crps"].mean()) if len(rows) else None,
            **{
                f"coverage_{level}": float(100.0 * rows[f"covered_{level}"].mean()) if len(rows) else None
                for level in LEVELS
            },
        }


def network_meta_analysis(
    trials: Trials,
    *,
    week: float = WEEK,
    covariates: Sequence[str] = (),
    related: bool = False,
    impute_errors: bool = False,
    priors: NetworkPriors | None = None,
) -> NetworkMetaAnalysis:
    """Effects of all treatments from the contrasts of trials.

    Parameters
    ----------
    trials
        From `windup.datasets.load_trials`.
    week
        Weeks since the first dose; each arm is read at the visit on treatment nearest to it.
    covariates
        Columns of ``studies.csv``, or ``baseline_pain``
        (`windup.fit.analyses.network.covariates.covariate_table`). Studies without a value are left out.
    related
        Effects of treatments come from one normal distribution.
    impute_errors
        Give differences without a standard error that of trials of their size, instead of leaving them out
        (`windup.fit.design.measured.network`).
    priors
        `NetworkPriors`; those of the class if None.

    Raises
    ------
    SettingsError
        When no study compares two treatments, or a covariate is unknown or the same in all of them.

    Examples
    --------
    >>> from windup.datasets import packaged_trials
    >>> found = network_meta_analysis(packaged_trials(), covariates=["year"])
    >>> found.reference, list(found.slopes["covariate"])
    ('placebo or sham', ['year'])
    """
    priors = NetworkPriors() if priors is None else priors
    read = network_contrasts(trials, week=week, impute_errors=impute_errors)
    table = covariate_table(trials, covariates, of=set(read.table["study"]))
    contrasts, left_out = _with_covariates(read, table)
    if contrasts.empty:
        raise SettingsError("No study compares two treatments with a standard error and all covariates.")
    centre = table.loc[contrasts["study"].unique()]
    if alike := [str(name) for name in table if centre[name].nunique() < 2]:
        raise SettingsError(
            f"{', '.join(alike)}: the same in all {len(centre)} studies that have every covariate. Leave it "
            "out."
        )
    names = sorted({*contrasts["treatment"], *contrasts["base"]})
    reference = min(names, key=lambda name: (name != PLACEBO, name != NOTHING, name))
    treatments = [name for name in names if name != reference]
    scaled = (table - centre.mean()) / centre.std()
    studies = [
        _study(part, treatments, scaled.loc[name].to_numpy(float))
        for name, part in contrasts.groupby("study", sort=False)
    ]
    found, predicted = posterior(studies, _priors(treatments, len(table.columns), priors, related=related))
    rows, by_study = scored(contrasts, predicted)
    return NetworkMetaAnalysis(
        reference,
        effects_of(found, treatments, contrasts, reference),
        spreads_of(found, related=related),
        slopes_of(found, centre, len(treatments)),
        rows,
        by_study,
        left_out,
    )


def _with_covariates(found: NetworkContrasts, table: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, str]]:
    left_out = dict(found.left_out)
    whole = table.notna().all(axis=1)
    without = [name for name in found.table["study"].unique() if not whole[name]]
    for name in without:
        values = table.loc[name]
        left_out[name] = f"no {', '.join(map(str, values.index[values.isna()]))}"
    kept = found.table[~found.table["study"].isin(without)]
    return kept.reset_index(drop=True), left_out


def _study(part: pd.DataFrame, treatments: list[str], covariates: Float[np.ndarray, " covariates"]) -> Study:
    effects = np.zeros((len(part), len(treatments)))
    active = np.zeros(len(part))
    for sign, column in ((1.0, "treatment"), (-1.0, "base")):
        for number, name in enumerate(part[column]):
            if name in treatments:
                effects[number, treatments.index(name)] += sign
            active[number] += sign * (name not in INERT)
    design = np.concatenate([effects, active[:, None] * covariates], axis=1)
    values = part["difference"].to_numpy(float)
    return Study(values, NetworkContrasts(part, {}).covariance(str(part["study"].iloc[0])), design)


def _priors(treatments: list[str], covariates: int, priors: NetworkPriors, *, related: bool) -> LinearPriors:
    count = len(treatments)
    alike = np.array([related and name not in INERT for name in treatments] + [False] * covariates)
    # Related effects share their mean; others have a variance each.
    fixed = np.where(alike[:, None] & alike, priors.effect_sd**2, 0.0)
    own = np.array([priors.effect_sd] * count + [priors.slope_sd] * covariates) ** 2
    fixed += np.diag(np.where(alike, 0.0, own))
    spread = priors.between_treatments_sd if alike.any() else 0.0
    # A mean alone has no inverse covariance: the least SD of what is related is a millionth of a point.
    return LinearPriors(
        fixed + 1e-12 * np.diag(alike.astype(float)),
        np.diag(alike.astype(float)),
        priors.between_studies_sd,
        spread,
    )

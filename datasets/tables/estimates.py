r"""Computed columns of the observations: estimate, dispersion and n in the units of the model.

The row's numbers are first brought to a mean with a standard deviation (medians and ranges by Wan 2014,
see `windup.datasets.tables.dispersion`), then brought to the unit of the model
(`windup.datasets.Instrument`): levels by a slope and an offset, differences by the slope, standard deviations
by its size. ``n_effective`` is defined so that for every kind

.. math:: SE = SD / \sqrt{n_\text{effective}},

which for a contrast of arms with :math:`n_1` and :math:`n_2` patients makes it
:math:`n_1 n_2 / (n_1 + n_2)`. In a crossover trial the same people received both arms: the SD of a contrast
is that of the paired differences, and its number that of the people, :math:`SE = SD_d / \sqrt{n}` [#e1]_.

The standard error of a standardised difference without a printed one follows from the numbers of patients
(`windup.datasets.tables.dispersion.standard_error_of_standardised`).

References
----------
.. [#e1] Elbourne DR et al. Meta-analyses involving cross-over trials: methodological issues. Int J
   Epidemiol 2002;31:140-9. doi:10.1093/ije/31.1.140; Cochrane Handbook for Systematic Reviews of
   Interventions, section 23.2.7.1.
"""

from __future__ import annotations

import math
from collections.abc import Set

import pandas as pd

from windup.datasets.catalogue.catalogue import Catalogue
from windup.datasets.decisions.limits import cut_of
from windup.datasets.dictionary.usage import STANDARDISED_KIND
from windup.datasets.tables.dispersion import (
    mean_from_median,
    standard_deviation_from_quartiles,
    standard_deviation_from_range,
    standard_deviation_from_reference_interval,
    standard_error_from_interval,
    standard_error_of_standardised,
)

COMPUTED = ("kind", "estimate", "standard_deviation", "standard_error", "n_effective", "cut")


def _arm_sizes(dosing: pd.DataFrame) -> dict[tuple[str, str], float]:
    sizes = dosing.groupby(["study_id", "arm_id"])["n_randomised"].max()
    return {(str(key[0]), str(key[1])): float(n) for key, n in sizes.items()}  # type: ignore[index]


def n_effective(row: pd.Series, sizes: dict[tuple[str, str], float], crossover: Set[str]) -> float:
    """Number whose root turns the row's standard deviation into its standard error.

    Parameters
    ----------
    row
        Typed row of the observations.
    sizes
        Participants randomised, by study and arm; used where the row has no n of its own.
    crossover
        Studies whose arms are the same people.
    """
    own = sizes.get((row["study_id"], row["arm_id"]), math.nan)
    if row["reference_arm"] == "":
        return own if math.isnan(row["n"]) else float(row["n"])
    reference = sizes.get((row["study_id"], row["reference_arm"]), math.nan)
    if row["study_id"] in crossover:
        stated, arm = float(row["n"]), min((n for n in (own, reference) if n > 0.0), default=math.nan)
        if math.isnan(stated) or math.isnan(arm):
            return arm if math.isnan(stated) else stated
        # More people than received either arm: everybody is counted twice.
        return stated if stated <= arm else min(stated / 2.0, arm)
    both = own + reference
    if not math.isnan(both):
        analysed = both if math.isnan(row["n"]) else min(float(row["n"]), both)
        return own * reference / both * analysed / both
    return float(row["n"]) / 4.0


def _standardised_dispersion(row: pd.Series, n: float, sizes: dict[tuple[str, str], float]) -> float:
    """Standard error of a standardised difference from the patients of both arms, in SDs."""
    both = sum(sizes.get((row["study_id"], row[arm]), math.nan) for arm in ("arm_id", "reference_arm"))
    people = min((each for each in (float(row["n"]), both) if each > 0.0), default=math.nan)
    return standard_error_of_standardised(float(row["value"]), n, people)


def _dispersion(row: pd.Series, n: float, people: float) -> tuple[float, float]:
    """Standard deviation and error; ``people`` are those whose number gives the quantile of an interval."""
    flags = row["flags"].split(";")
    if "dispersion_doubtful" in flags:
        return math.nan, math.nan
    root = math.sqrt(n) if n > 0 else math.nan
    if not math.isnan(row["se"]):
        return row["se"] * root, float(row["se"])
    if not math.isnan(row["sd"]):
        return float(row["sd"]), row["sd"] / root
    low, high, interval = row["low"], row["high"], row["interval"]
    if interval == "ci95_low_high":
        error = standard_error_from_interval(low, high, people)
        return error * root, error
    spread = math.nan
    if interval == "range" and n > 1:
        spread = standard_deviation_from_range(low, high, n)
    elif interval == "iqr" and n > 1:
        spread = standard_deviation_from_quartiles(low, high, n)
    elif interval == "reference_interval":
        spread = standard_deviation_from_reference_interval(low, high)
    return spread, spread / root


def _location(row: pd.Series) -> float:
    if "median" in row["flags"].split(";") and row["interval"] in ("range", "iqr"):
        return mean_from_median(row["value"], row["low"], row["high"], row["interval"])
    return float(row["value"])


def _percent_magnesium_factor(row: pd.Series, baselines: dict[tuple[str, str], float]) -> float:
    return baselines.get((row["study_id"], row["arm_id"]), math.nan) / 100.0


def with_estimates(
    observations: pd.DataFrame, studies: pd.DataFrame, dosing: pd.DataFrame, catalogue: Catalogue
) -> pd.DataFrame:
    """Observations with the computed columns.

    Parameters
    ----------
    observations, studies, dosing
        Typed tables; ``crossover`` of the studies is a truth value.
    catalogue
        Instruments.
    """
    crossover = frozenset(studies.loc[studies["crossover"], "study_id"])
    instruments = catalogue.instrument_by_name
    sizes = _arm_sizes(dosing)
    levels = observations[(observations["outcome"] == "serum_mg") & (observations["time_weeks"] <= 0)]
    baselines = {
        (row["study_id"], row["arm_id"]): instruments[row["scale"]].estimate(row["value"], "serum_mg")
        for _, row in levels.iterrows()
        if catalogue.kind_of(row["outcome"], row["scale"])
    }
    computed: dict[str, list[object]] = {name: [] for name in COMPUTED}
    for _, row in observations.iterrows():
        kind = catalogue.kind_of(row["outcome"], row["scale"])
        n = n_effective(row, sizes, crossover)
        estimate = factor = math.nan
        # Of a parallel contrast both arms count, of any other row its own people.
        paired = not row["reference_arm"] or row["study_id"] in crossover or math.isnan(row["n"])
        people = n if paired else float(row["n"])
        deviation, error = _dispersion(row, n, people) if kind else (math.nan, math.nan)
        if kind == STANDARDISED_KIND and math.isnan(error) and row["study_id"] not in crossover:
            error = _standardised_dispersion(row, n, sizes)
            deviation = error * math.sqrt(n)
        if kind == "serum_mg_change" and row["scale"] == "percent":
            factor = _percent_magnesium_factor(row, baselines)
            estimate = _location(row) * factor
        elif kind:
            instrument = instruments[row["scale"]]
            factor = abs(instrument.unit_of(kind))
            estimate = instrument.estimate(_location(row), kind)
        values = (kind, estimate, deviation * factor, error * factor, n, cut_of(row, catalogue))
        for name, value in zip(COMPUTED, values, strict=True):
            computed[name].append(value)
    result = observations.copy()
    for name in COMPUTED:
        dtype = "str" if name == "kind" else "float64"
        result[name] = pd.Series(computed[name], index=observations.index, dtype=dtype)
    return result

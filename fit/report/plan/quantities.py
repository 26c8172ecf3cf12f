"""Numbers that a limit can be about: paths into the ``summary.json`` of a run and of its analyses.

A path begins with the name of a result and leads through its keys: ``summary.solver.pareto_k``. A name in
brackets chooses an entry of a table, or the only row of it in which a text is that name:
``summary.loop_gains[total].median``, ``score.by_study[a study].crps``. A list counts its entries.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from windup.datasets import nearest, printable

SUMMARY: Final = "summary"
"""Name of the results of the run itself."""

_COVERAGE = "coverage_50|coverage_80|coverage_95"
_COVERED = "rows|covered_50|covered_80|covered_95|rows_outside_95|root_mean_square_residual"
_INTERVAL = "median|low_50|high_50|low_95|high_95"
_LEARNED = "contraction|shift|prior_driven"
_BELOW = "probability_below_zero|probability_below_minus_one"
_SCORES = f"rows|{_COVERAGE}|crps|elpd|baseline_coverage_50|baseline_coverage_80|baseline_coverage_95"
_SCORES += "|baseline_crps|baseline_elpd"
_LEAD = "difference|difference_error|difference_monte_carlo_se"
_DENSITY = f"log_density|monte_carlo_se|crps|{_COVERAGE}|{_LEAD}"
_PARTS = "mechanism|observation_model|rows|states_last"
_REFITS = ("self_sustaining.*.*", "convergence.*.max_rhat|min_ess_bulk|divergences|converged")
_SWEEP = ("solves|blocks_dropped|largest_change_from_half",)
# A bar separates keys, a star stands for any name.
_PATHS: Mapping[str, tuple[str, ...]] = {
    SUMMARY: (
        "converged|interrupted|failed_checks|max_rhat|min_ess_bulk|min_ess_tail|divergences|min_ebfmi|modes",
        "pareto_k|rows_used|studies_used|chains|draws|warmup|failed_solves|mesh_refinement|nodes|seed",
        f"{_COVERAGE}|suspected_typos|odd_studies|sd_rows_used|cause_removed_rows_used|changed_priors",
        "parameters|prior_driven|prior_driven_count|dose_latents|effective_dose_latents",
        "solver.draws|failed|pareto_k|effective_sample_size|largest_nats|typical_nats",
        "solver.shifts.*.shift|shift_sd",
        "rows_used_by_block|rows_by_treatment|pain_rows_by_treatment|wall_seconds.*",
        f"coverage_by_kind|coverage_by_study.*.{_COVERED}",
        "coverage_by_study.*.wide_probability",
        f"loop_gains.*.{_INTERVAL}|probability_above_one|{_LEARNED}",
        "self_sustaining.*.prior|posterior|people",
        "self_sustaining.*.without.*",
        f"drug_effects.*.{_INTERVAL}|{_BELOW}|trials|arms|rows|patients|{_LEARNED}",
        f"contraction.*.posterior_median|posterior_low_95|posterior_high_95|{_LEARNED}",
        "own_trials.*.departure|z|departs|pooled|trials",
        "small_studies.trials|treatments",
        "covariates.*.median|low_95|high_95|p_positive",
        "small_studies.measured|left.slope|low_95|high_95|shift",
    ),
    "calibrate": (
        "calibrated|failed_checks|replicates|parameters|outside_95|outside_95_expected|family_wise_p",
        "studies|least_effective|median_least_effective|fits_short_of_draws|divergence_share",
    ),
    "compare": (
        "cascade_needed|folds",
        f"models.*.elpd|elpd_error|difference|difference_error|weight|rows|{_COVERAGE}|crps",
        "models.*.unreliable_studies|max_rhat|min_ess",
        "treated_given_control.studies|rows",
        f"treated_given_control.models.*.{_DENSITY}|log_density_error",
        "monte_carlo_se.*.elpd|difference|treated_given_control|treated_given_control_difference",
        "contrast_only.contrasts|studies",
        f"contrast_only.models.*.crps|difference|difference_error|{_COVERAGE}",
        "extrapolations.*.rows|studies|too_few",
        "extrapolations.*.models.*.log_density|difference|difference_error|crps",
    ),
    "score": (
        f"{_SCORES}|failed_draws|seen_studies",
        f"treated_given_control.studies|rows|{_DENSITY}|baseline_log_density|baseline_crps",
        f"by_study.*.{_SCORES}",
        f"by_kind.*.rows|{_COVERAGE}|crps|baseline_crps",
        "by_drug.*.bias|crps|baseline_bias|baseline_crps",
    ),
    "predict": (
        f"effects.*.{_INTERVAL}|{_BELOW}|trials|finite_share|new_study_low_95|new_study_high_95|{_LEARNED}",
        "effects.*.responder_50_drug|responder_50_placebo|probability_best|mean_rank",
    ),
    "claims": (
        "claims.*.prior_probability|lasting_prior_probability|posterior_probability|bayes_factor",
        f"claims.*.bayes_factor_beyond_lasting|{_INTERVAL}|{_LEARNED}",
        "claims.*.posterior_probability_half|posterior_probability_double",
    ),
    "simulate": (
        "arms.*.patients|assurance|assurance_error|power_at_median|power_at_one_point|effect_median",
        "arms.*.effect_low_95|effect_high_95|standard_error|stayed|information_nats|information_error",
    ),
    "identify": ("directions|directions_above_prior|directions_below_tenth",),
    "sensitivity/power-scaling": (f"results.*.{_PARTS}",),
    "sensitivity/sobol": _SWEEP,
    "sensitivity/morris": _SWEEP,
    "sensitivity/local": (),
    "sensitivity/prior-refit": _REFITS,
    "sensitivity/block-refit": _REFITS,
}
_EVERYWHERE = "notices"
_ANY = "*"

type _Tree = dict[str, _Tree]


def _grown(patterns: tuple[str, ...]) -> _Tree:
    """Keys below keys; one without any below it is a number."""
    top: _Tree = {}
    for pattern in patterns:
        level = [top]
        for part in pattern.split("."):
            level = [at.setdefault(key, {}) for at in level for key in part.split("|")]
    return top


_KNOWN: Final[Mapping[str, _Tree]] = MappingProxyType(
    {result: _grown((*patterns, _EVERYWHERE)) for result, patterns in _PATHS.items()}
)

RESULTS: Final = tuple(_KNOWN)
"""Results of a run by name: its summary, and its analyses as their folders are named."""

ANALYSES: Final = RESULTS[1:]
"""Those of them that are analyses of a finished fit."""


class NoPath(NamedTuple):
    """Why a text is no path of a number, and what to do about it."""

    found: str
    remedy: str


class NotThere(NamedTuple):
    """Why a run has no number at a path."""

    why: str


def result_of(path: str) -> str:
    """Name of the result that a path leads into.

    Examples
    --------
    >>> result_of("sensitivity/sobol.largest_change_from_half")
    'sensitivity/sobol'
    """
    return path.partition(".")[0]


def steps_of(path: str) -> tuple[str, ...] | None:
    """Keys and names of a path, one after the other; None where brackets do not close or a key is empty.

    Brackets inside a name may stand in pairs.

    Examples
    --------
    >>> steps_of("summary.contraction[log_patient_sd[mean]].shift")
    ('summary', 'contraction', 'log_patient_sd[mean]', 'shift')
    """
    steps, rest = [], path
    while True:
        length = next((place for place, sign in enumerate(rest) if sign in ".[]"), len(rest))
        steps.append(rest[:length])
        rest = rest[length:]
        while rest.startswith("["):
            end = _closing(rest)
            if end is None:
                return None
            steps.append(rest[1:end])
            rest = rest[end + 1 :]
        if not all(steps) or rest[:1] not in ("", "."):
            return None
        if not rest:
            return tuple(steps)
        rest = rest[1:]


def _closing(text: str) -> int | None:
    """Place of the bracket that closes the first one."""
    depth = 0
    for place, sign in enumerate(text):
        depth += (sign == "[") - (sign == "]")
        if depth == 0:
            return place
    return None


def fault_of(path: str) -> NoPath | None:
    """Why no run can have a number at a path; None where one can.

    Examples
    --------
    >>> fault_of("summary.max_rhat") is None
    True
    >>> fault_of("summary.max_rhatt").remedy
    "Did you mean 'max_rhat'?"
    """
    steps = steps_of(path)
    if steps is None:
        remedy = "Write RESULT.KEY, with [NAME] for one row: summary.loop_gains[total].median."
        return NoPath(f"'{printable(path, 80)}' is no path.", remedy)
    level: _Tree = dict(_KNOWN)
    for number, step in enumerate(steps):
        known = level.get(step, level.get(_ANY))
        if known is None:
            place = printable(".".join(steps[:number]), 80)
            name = printable(step, 80)
            what = f"'{place}' has no '{name}'." if number else f"There is no result '{name}'."
            if not level:
                return NoPath(what, f"'{place}' is a number; end the path there.")
            return NoPath(what, nearest(step, level))
        level = known
    if level:
        keys = ", ".join("[NAME]" if key == _ANY else key for key in level)
        return NoPath(f"'{printable(path, 80)}' is a table and no number.", f"Add one of: {keys}.")
    return None


def paths_of(result: str) -> Iterator[str]:
    """All paths into a result, with a star in place of a free name."""

    def below(level: _Tree) -> Iterator[str]:
        for key, inside in level.items():
            yield from (f"{key}.{rest}" for rest in below(inside)) if inside else (key,)

    yield from below(_KNOWN[result])


def value_at(path: str, record: Mapping[str, Any]) -> float | NotThere:
    """Number at a path of a result.

    Parameters
    ----------
    path
        A path without faults.
    record
        The ``summary.json`` of its result.

    Returns
    -------
    float or NotThere
        Yes and no are 1 and 0; a list is the number of its entries.
    """
    steps = steps_of(path) or ()
    value: Any = record
    for number, step in enumerate(steps[1:], start=1):
        place = ".".join(steps[:number])
        value = _inside(value, step, place)
        if isinstance(value, NotThere):
            return value
    if isinstance(value, list):
        return float(len(value))
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return NotThere(f"'{path}' was not computed in this run.")
    if isinstance(value, bool | int | float):
        return float(value)
    return NotThere(f"'{path}' is no number in this run.")


def _inside(value: Any, step: str, place: str) -> Any:
    if value is None:
        return NotThere(f"'{place}' was not computed in this run.")
    if isinstance(value, Mapping):
        return value[step] if step in value else NotThere(f"'{place}' has no '{step}' in this run.")
    rows = [row for row in _rows_in(value) if step in map(str, row.values())]
    if len(rows) == 1:
        return rows[0]
    found = f"{len(rows)} rows of '{place}' have" if rows else f"No row of '{place}' has"
    return NotThere(f"{found} the name '{step}'.")


def _rows_in(value: Any) -> list[Mapping[str, Any]]:
    return [row for row in value if isinstance(row, Mapping)] if isinstance(value, list) else []

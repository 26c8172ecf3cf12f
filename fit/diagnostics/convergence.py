"""Whether the draws can be trusted: every check has a threshold, and each that fails has its sentence."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, final

import numpy as np
import xarray as xr

from windup.fit.diagnostics.mixing import (
    MAX_PARETO_K,
    effective_sample_size,
    energy_fraction,
    nested_rhat,
    rhat,
)
from windup.fit.diagnostics.nested import effective_share, nested_failures, nested_of
from windup.fit.diagnostics.solver_trust import trust_in
from windup.fit.display.format import number
from windup.fit.storage.tree import all_elements, group

# Vehtari et al. 2021, doi 10.1214/20-BA1221: R-hat 1.01, and 100 effective draws for each of four chains.
MAX_RHAT = 1.01
MIN_ESS = 400.0
# Any divergence is a warning; one draw in a thousand is where this project stops believing the tails.
MAX_DIVERGENCE_SHARE = 0.001
# Betancourt 2016, arXiv 1604.00695, with the usual limit of 0.3.
MIN_EBFMI = 0.3
# Weights that correct a normal error of the log density with this SD leave half of the draws, exp(-SD^2).
MAX_SINGLE_SD = 0.83

# What to do where chains disagree, and where effective draws are too few.
_LONGER = "Draw longer (--warmup, --draws)", "Draw longer (--draws) or use more chains (--chains)"

# Functions of the sampled parameters: they mix as those do, and would be counted twice.
DERIVED = ("loop_gain", "total_loop_gain", "drug_effect_12_weeks", "log_lasting", "lasting_share")


@final
@dataclass(frozen=True)
class Convergence:
    """Convergence checks of one run.

    Attributes
    ----------
    max_rhat, worst_rhat
        Largest rank-normalised split R-hat of all sampled parameters, and the parameter that has it; nested
        R-hat where many short chains share their beginnings.
        Infinite when it cannot be computed for one, as when a chain never moved.
    min_ess_bulk, worst_ess_bulk, min_ess_tail, worst_ess_tail
        Smallest effective sample sizes for the centre and for the tails; of nested sampling, no more than
        the points behind the draws count for.
    divergences, divergence_share
        Number of divergent draws, and their share of all draws.
    min_ebfmi
        Smallest energy-based fraction of missing information of all chains.
    failures
        One sentence for each check that failed, and for what no such check can see: separate modes, or that
        the draws are of an approximation.
    """

    max_rhat: float
    worst_rhat: str
    min_ess_bulk: float
    worst_ess_bulk: str
    min_ess_tail: float
    worst_ess_tail: str
    divergences: int
    divergence_share: float
    min_ebfmi: float
    failures: tuple[str, ...]

    @property
    def converged(self) -> bool:
        """Whether no check failed."""
        return not self.failures


def check_convergence(tree: xr.DataTree) -> Convergence:
    """Check the draws of a run.

    Parameters
    ----------
    tree
        Run with the groups ``posterior`` and ``sample_stats``; with ``solver_trust`` the error of its
        integrator is checked too (`windup.fit.diagnostics.solver_trust`).

    References
    ----------
    Vehtari, Gelman, Simpson, Carpenter, Bürkner 2021, Bayesian Analysis 16:667, doi 10.1214/20-BA1221.
    Betancourt 2016, arXiv 1604.00695.
    """
    sampled = _sampled(tree)
    moving = _moving(sampled)
    largest, worst_rhat = _worst(_disagreement(tree, sampled), moving, largest=True)
    bulk, worst_bulk = _worst(effective_sample_size(sampled, "bulk"), moving, largest=False)
    tail, worst_tail = _worst(effective_sample_size(sampled, "tail"), moving, largest=False)
    nested, statistics = nested_of(tree), group(tree, "sample_stats")
    if nested is not None:
        share = effective_share(nested, statistics["lp"].size)
        bulk, tail = share * bulk, share * tail
    diverging = statistics["diverging"].values
    diverged = float(diverging.mean())
    energies = energy_fraction(statistics["energy"])
    ebfmi = float(np.min(np.where(np.isfinite(energies), energies, 0.0)))
    failures = [*_unseen(tree), *(nested_failures(nested) if nested is not None else ())]
    longer = ("Use more live points (live)",) * 2 if nested is not None else _LONGER
    if not largest <= MAX_RHAT:
        failures.append(
            f"R-hat of {worst_rhat} is {largest:.3f}, above {MAX_RHAT}: the chains disagree. {longer[0]}."
        )
    for which, size, worst in (("bulk", bulk, worst_bulk), ("tail", tail, worst_tail)):
        if not size >= MIN_ESS:
            failures.append(
                f"The {which} effective sample size of {worst} is {size:.0f}, below {MIN_ESS:.0f}. "
                f"{longer[1]}."
            )
    if not diverged <= MAX_DIVERGENCE_SHARE:
        failures.append(
            f"{int(diverging.sum())} of {diverging.size} draws diverged, more than "
            f"{MAX_DIVERGENCE_SHARE:.1%}: parts of the posterior may be missing."
        )
    if not ebfmi > MIN_EBFMI:
        failures.append(
            f"E-BFMI is {ebfmi:.2f}, not above {MIN_EBFMI}: the energy explores the tails too slowly."
        )
    solver = trust_in(tree)
    failures += solver.failures if solver else ()
    return Convergence(
        max_rhat=largest,
        worst_rhat=worst_rhat,
        min_ess_bulk=bulk,
        worst_ess_bulk=worst_bulk,
        min_ess_tail=tail,
        worst_ess_tail=worst_tail,
        divergences=int(diverging.sum()),
        divergence_share=diverged,
        min_ebfmi=ebfmi,
        failures=tuple(failures),
    )


def _disagreement(tree: xr.DataTree, sampled: xr.Dataset) -> xr.Dataset:
    """R-hat of each element; nested where chains are grouped."""
    statistics = group(tree, "sample_stats")
    if "superchain" in statistics:
        return nested_rhat(sampled, np.asarray(statistics["superchain"].isel(draw=0)))
    return rhat(sampled)


def _unseen(tree: xr.DataTree) -> Iterator[str]:
    if "pareto_k" in tree.attrs:
        shape = number(json.loads(tree.attrs["pareto_k"]), 2)
        yield (
            f"These are draws of a normal approximation (Pareto k {shape}; "
            f"above {MAX_PARETO_K} it is far off): a quick look, not the posterior. Use --sampler nuts."
        )
    single = json.loads(tree.attrs.get("single_precision", "null"))
    if single is not None and _spoiled(single):
        yield (
            f"Single precision changes the log density by up to {single['largest']:.2g} nats (SD "
            f"{single['sd']:.2g}, above {MAX_SINGLE_SD} too much; Pareto k {number(single['pareto_k'], 2)}, "
            f"above {MAX_PARETO_K} too much): use --precision float64."
        )
    cut = json.loads(tree.attrs.get("gradient_cut", "[]"))
    if cut:
        yield (
            f"The log density has no gradient in {', '.join(cut)} at points where it is finite: a part of "
            "the posterior may be missing. Write the model so that it has a gradient everywhere."
        )
    modes = json.loads(tree.attrs.get("modes", "[]"))
    if modes:
        shares = ", ".join(f"{mode['share']:.2g}" for mode in modes)
        yield (
            f"Descents from several starts ended in {len(modes)} separate modes, with about these shares of "
            f"the mass: {shares}. Chains hardly cross between modes: use SequentialMonteCarlo (smc)."
        )


def _spoiled(single: Mapping[str, Any]) -> bool:
    # The shape of a tail says nothing where the tail is a hundredth of a nat long, nor where it ends.
    long = single["largest"] > 0.01
    return long and (_shape(single) > MAX_PARETO_K or single["sd"] > MAX_SINGLE_SD)


def _shape(numbers: Mapping[str, Any]) -> float:
    """Pareto k; infinite where it could not be computed."""
    value = numbers["pareto_k"]
    return float("inf") if value is None else float(value)


def worst_mixing(tree: xr.DataTree, count: int) -> dict[str, xr.DataArray]:
    """Draws of the ``count`` sampled parameters of largest R-hat, worst first, by label."""
    sampled = _sampled(tree)
    moving = _moving(sampled)
    each = all_elements(_disagreement(tree, sampled))
    sizes = {label: float(value) for label, value in each if label in moving}
    worst = sorted(sizes, key=lambda label: -np.nan_to_num(sizes[label], nan=np.inf))[:count]
    draws = dict(all_elements(sampled))
    return {label: draws[label] for label in worst}


def _sampled(tree: xr.DataTree) -> xr.Dataset:
    posterior = group(tree, "posterior")
    computed = {*DERIVED, *json.loads(tree.attrs.get("deterministic_sites", "[]"))}
    return posterior[[str(name) for name in posterior.data_vars if name not in computed]]


def _moving(sampled: xr.Dataset) -> set[str]:
    """Labels of elements but those that are one number by the nature of their variable.

    A Cholesky factor has zeros above its diagonal. Where a whole variable is one number, it is stuck.
    """
    labels: set[str] = set()
    for variable in sampled.data_vars.values():
        ranges = {label: float(np.ptp(each.values)) for label, each in all_elements(variable.to_dataset())}
        labels |= {label for label, width in ranges.items() if width != 0.0 or not any(ranges.values())}
    return labels


def _worst(dataset: xr.Dataset, labels: set[str], *, largest: bool) -> tuple[float, str]:
    """Worst value of a diagnostic and its parameter; what cannot be computed is worse than all else."""
    bad = np.inf if largest else 0.0
    labelled = [(float(value), label) for label, value in all_elements(dataset) if label in labels]
    values = [(value if np.isfinite(value) else bad, label) for value, label in labelled]
    return max(values) if largest else min(values)

"""How far the error of the integrator reaches into the posterior, by weights towards tight solves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple, final

import numpy as np
import xarray as xr
from jaxtyping import Bool, Float, Int

from windup.fit.diagnostics.mixing import MAX_PARETO_K, pareto_smoothed
from windup.fit.storage.tree import flat, group

TRUST = "solver_trust"


class Resolved(NamedTuple):
    """Draws of a run that were solved again.

    Attributes
    ----------
    chosen
        Their numbers among the draws of all chains, one chain after the other.
    log_tight
        Log density of the sampler's position with the tight solve, nats.
    results, units
        Labels and units of the quantities whose means are reported.
    fast, tight
        These quantities as they were reported, and with the tight solve.
    """

    chosen: Int[np.ndarray, " draws"]
    log_tight: Float[np.ndarray, " draws"]
    results: tuple[str, ...]
    units: tuple[str, ...]
    fast: Float[np.ndarray, "draws results"]
    tight: Float[np.ndarray, "draws results"]


def trust_group(tree: xr.DataTree, resolved: Resolved) -> xr.Dataset:
    """Draws that were solved again beside what the sampler kept of them, and the trust that follows."""
    statistics = group(tree, "sample_stats")
    chain, draw = np.divmod(resolved.chosen, statistics.sizes["draw"])
    density = {"unit": "nats", "description": "log density of the sampler's position, up to a constant"}
    result = {"description": "quantity whose posterior mean is reported"}
    dataset = xr.Dataset(
        {
            "log_density": ("resolved", flat(statistics["lp"]).values[resolved.chosen], density),
            "log_density_tight": ("resolved", resolved.log_tight, density),
            "result_value": (("resolved", "result"), resolved.fast, result),
            "result_value_tight": (("resolved", "result"), resolved.tight, result),
        },
        coords={
            "chain": ("resolved", chain),
            "draw": ("resolved", draw),
            "result": list(resolved.results),
            "unit": ("result", list(resolved.units)),
        },
    )
    trust = _trust_of(dataset)
    numbers = {name: value for name, value in vars(trust).items() if name != "shifts"}
    unknown = Shift(np.nan, np.nan)
    shifts = np.array([trust.shifts.get(label, unknown) for label in resolved.results])
    moved = {"description": "weighted mean of tight solves minus plain mean, in the unit of the result"}
    return dataset.assign(
        shift=("result", shifts[:, 0], moved),
        shift_sd=("result", shifts[:, 1], {"unit": "posterior standard deviations"}),
    ).assign_attrs(numbers)


def trust_in(tree: xr.DataTree) -> Trust | None:
    """Trust in the integrator of a run; None where no draw was solved again."""
    return _trust_of(group(tree, TRUST)) if TRUST in tree.children else None


def units_in(tree: xr.DataTree) -> dict[str, str]:
    """Unit of every quantity whose shift is known."""
    if TRUST not in tree.children:
        return {}
    unit = group(tree, TRUST)["unit"]
    return {str(label): str(value) for label, value in zip(unit["result"].values, unit.values, strict=True)}


def _trust_of(dataset: xr.Dataset) -> Trust:
    fast, tight = dataset["result_value"], dataset["result_value_tight"]
    return trust(
        dataset["log_density"].values,
        dataset["log_density_tight"].values,
        {
            str(label): SolvedAgain(fast.values[:, column], tight.values[:, column])
            for column, label in enumerate(dataset["result"].values)
        },
    )


# The shape of a tail says nothing of its size: 400 draws of the cascade on a mesh four times as fine, all
# arms integrated, differed by at most 0.01 nats with a k of 0.91. With no weight above this many times their
# mean, a generalised Pareto tail beyond the heaviest of 100 draws holds 2 % of the posterior at k = 0.7 and
# 4 % at k = 0.9, where it would hold 1 % without any error.
NEGLIGIBLE_WEIGHT = 1.25


# In posterior standard deviations; twice the Monte Carlo error of the smallest effective sample size allowed.
MAX_SHIFT = 0.1


class SolvedAgain(NamedTuple):
    """A reported quantity at the draws that were solved again: as reported, and solved tightly."""

    fast: Float[np.ndarray, " draws"]
    tight: Float[np.ndarray, " draws"]


class Shift(NamedTuple):
    """What the tight solve does to a posterior mean: in the quantity's unit, and in its posterior SD."""

    own_unit: float
    standard_deviations: float


@final
@dataclass(frozen=True)
class Trust:
    """What is known of the integrator's error in the posterior.

    Attributes
    ----------
    draws, failed
        Draws that were solved again, and how many of these could not be: they have no weight, and nothing is
        known of the error there.
    pareto_k
        Shape of the tail of the importance weights. Below 0.5 weighted means are as good as those of so many
        draws; up to 0.7 they can be used; above, parts of the posterior that matter may have no draw, and no
        weight repairs that. NaN where it cannot be computed: with fewer than 25 draws, or equal weights.
    effective_sample_size
        Of the weighted draws, at most their number.
    largest_nats, typical_nats
        Largest and median absolute difference of the two log densities.
    heaviest
        Largest weight over the mean weight.
    shifts
        Weighted mean of the tight solves minus the plain mean of the same draws, by quantity.
    """

    draws: int
    failed: int
    pareto_k: float
    effective_sample_size: float
    largest_nats: float
    typical_nats: float
    heaviest: float
    shifts: Mapping[str, Shift]

    @property
    def most_shifted(self) -> str | None:
        """Quantity whose mean moves most, in its posterior SD; None where there is none."""
        return max(self.shifts, key=lambda name: abs(self.shifts[name].standard_deviations), default=None)

    @property
    def failures(self) -> tuple[str, ...]:
        """One sentence for each check that failed."""
        sentences = []
        if self.failed:
            sentences.append(
                f"{self.failed} of {self.draws} draws could not be solved at tight tolerance: nothing is "
                "known of the integrator's error there."
            )
        return (*sentences, *self.inaccuracies)

    @property
    def inaccuracies(self) -> tuple[str, ...]:
        """The failures that a finer mesh may mend."""
        sentences = []
        if self.heaviest > NEGLIGIBLE_WEIGHT and not self.pareto_k <= MAX_PARETO_K:
            sentences.append(
                f"The integrator's error matters: Pareto k of the weights towards tight solves is "
                f"{self.pareto_k:.2f}, not at most {MAX_PARETO_K}. Draws may be missing where the posterior "
                "is, and weights cannot mend it."
            )
        if self.most_shifted is not None:
            most = self.shifts[self.most_shifted]
            if not abs(most.standard_deviations) <= MAX_SHIFT:
                sentences.append(
                    f"The integrator's error moves the mean of {self.most_shifted} by "
                    f"{abs(most.standard_deviations):.2f} posterior standard deviations, not by at most "
                    f"{MAX_SHIFT}."
                )
        return tuple(sentences)


def trust(
    log_fast: Float[np.ndarray, " draws"],
    log_tight: Float[np.ndarray, " draws"],
    results: Mapping[str, SolvedAgain],
) -> Trust:
    r"""Importance weights from the sampled density to that of tight solves, and what they change.

    The draws come from the density :math:`\tilde p` of the fast integrator; the weights
    :math:`w_s \propto p(\theta_s) / \tilde p(\theta_s)`, smoothed by a generalised Pareto tail, turn their
    means into those of the density :math:`p` of the tight one:

    .. math:: E_p f \approx \sum_s w_s f_p(\theta_s), \qquad \sum_s w_s = 1

    with :math:`f_p` solved tightly too. No mean moves by more than :math:`\sqrt{S / \mathrm{ESS} - 1}` of its
    posterior SD by the weights alone.

    Parameters
    ----------
    log_fast, log_tight
        Log density of the same draws, each up to a constant, nats; ``log_tight`` is not finite where the
        solve failed.
    results
        Quantities whose means are reported, in the same draws; draws that are not finite are left out, and so
        are quantities that never vary.

    References
    ----------
    Timonen, Siccha, Bales, Lähdesmäki, Vehtari 2023, Stat 12:e614, doi 10.1002/sta4.614.
    """
    solved = np.isfinite(log_tight)
    difference = (log_tight - log_fast)[solved]
    if not solved.any():
        nan = float("nan")
        return Trust(len(solved), len(solved), nan, 0.0, nan, nan, nan, {})
    weight, pareto_k = pareto_smoothed(difference)
    ratio = np.exp(difference - difference.max())
    return Trust(
        draws=len(solved),
        failed=int((~solved).sum()),
        pareto_k=pareto_k,
        effective_sample_size=float(1.0 / np.sum(weight**2)),
        largest_nats=float(np.max(np.abs(difference))),
        typical_nats=float(np.median(np.abs(difference))),
        heaviest=float(1.0 / ratio.mean()),
        shifts=dict(_shifts(results, solved, weight)),
    )


def _shifts(
    results: Mapping[str, SolvedAgain],
    solved: Bool[np.ndarray, " draws"],
    weight: Float[np.ndarray, " solved"],
) -> Iterator[tuple[str, Shift]]:
    for name, result in results.items():
        fast, tight = (x[solved] for x in result)
        known = np.isfinite(fast) & np.isfinite(tight)
        # What never varies has no SD to be moved by.
        if known.any() and np.ptp(fast[known]) > 0.0:
            moved = float(np.average(tight[known], weights=weight[known]) - fast[known].mean())
            yield name, Shift(moved, moved / float(fast[known].std()))

"""The group ``solver_trust`` of a run: draws that were solved again, and the trust that follows from them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import xarray as xr
from jaxtyping import Float, Int

from ._groups import flat, group
from ._trust import Result, Shift, Trust, trust

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
    found = _trust_of(dataset)
    numbers = {name: value for name, value in vars(found).items() if name != "shifts"}
    unknown = Shift(np.nan, np.nan)
    shifts = np.array([found.shifts.get(label, unknown) for label in resolved.results])
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
            str(label): Result(fast.values[:, column], tight.values[:, column])
            for column, label in enumerate(dataset["result"].values)
        },
    )

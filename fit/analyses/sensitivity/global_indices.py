"""Variance-based and screening indices of any function of independent parameters, by SALib's designs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, final

import numpy as np
import pandas as pd
from jaxtyping import Float
from SALib.analyze import morris as morris_indices
from SALib.analyze import sobol as sobol_indices
from SALib.sample import morris as morris_design
from SALib.sample import sobol as sobol_design

from windup.fit.execution.progress import Progress, silent

_LEVELS = 8
_RESAMPLES = 200
# A response whose numbers differ by less, relatively, differs by rounding.
_CONSTANT = 1e-12

type Places = Float[np.ndarray, "points parameters"]


@final
@dataclass(frozen=True, eq=False)
class SampleDesign:
    """Points of the unit cube in blocks, each of which is one replicate of the estimate.

    Attributes
    ----------
    points
        Of all blocks, one after the other.
    block
        Number of points of each.
    """

    points: Places
    block: int

    @property
    def count(self) -> int:
        """Number of blocks."""
        return len(self.points) // self.block


class Indices(NamedTuple):
    """Indices of every response.

    Attributes
    ----------
    table
        One row per response and parameter, from all blocks that could be solved.
    convergence
        The same from a quarter, half and all of the blocks (``blocks``).
    dropped
        Blocks left out, by response, because a number in them was not finite.
    """

    table: pd.DataFrame
    convergence: pd.DataFrame
    dropped: dict[str, int]


@final
@dataclass(frozen=True, eq=False)
class GlobalMethod:
    """A design and the indices that are computed from it.

    Attributes
    ----------
    index, half_width
        Columns of the index that parameters are ordered by, and of half its 95 % interval.
    columns
        All columns, and SALib's names of them.
    central
        Share of each margin that the unit interval stands for.
    points
        From names, number of blocks and seed to points of the unit cube.
    more
        Points of a block beyond one per parameter.
    analyse
        From a problem of SALib, points, numbers found there, resamples and seed to SALib's indices.
    """

    index: str
    half_width: str
    columns: Mapping[str, str]
    central: float
    points: Callable[..., Places]
    more: int
    analyse: Callable[..., Mapping[str, Any]]

    def design(self, names: tuple[str, ...], blocks: int, *, seed: int) -> SampleDesign:
        """Points of the unit cube; a smaller number of blocks is the beginning of a larger one."""
        return SampleDesign(self.points(_cube(names), blocks, seed), len(names) + self.more)


SOBOL = GlobalMethod(
    index="total",
    half_width="total_half_width",
    columns={"first": "S1", "first_half_width": "S1_conf", "total": "ST", "total_half_width": "ST_conf"},
    central=0.998,
    points=lambda cube, blocks, seed: sobol_design.sample(cube, blocks, calc_second_order=False, seed=seed),
    more=2,
    # SALib takes a seed of 0 for none.
    analyse=lambda cube, points, found, seed: sobol_indices.analyze(
        cube, found, calc_second_order=False, num_resamples=_RESAMPLES, seed=seed + 1
    ),
)
"""Shares of variance: what a parameter explains alone, and alone or together with others.

Saltelli et al. 2010, Computer Physics Communications 181:259, doi 10.1016/j.cpc.2009.09.018.
"""

MORRIS = GlobalMethod(
    index="mean_absolute",
    half_width="mean_absolute_half_width",
    columns={
        "mean_absolute": "mu_star",
        "mean_absolute_half_width": "mu_star_conf",
        "mean": "mu",
        "spread": "sigma",
    },
    # Its points lie on a grid with the ends of the interval on it, which must not be the worst in a thousand.
    central=0.95,
    points=lambda cube, blocks, seed: morris_design.sample(cube, blocks, num_levels=_LEVELS, seed=seed),
    more=1,
    analyse=lambda cube, points, found, seed: morris_indices.analyze(
        cube, points, found, num_resamples=_RESAMPLES, num_levels=_LEVELS, seed=seed
    ),
)
"""Elementary effects over the whole range of a parameter, in the response's unit; a spread as large as the
mean tells curvature or interaction.

Morris 1991, Technometrics 33:161, doi 10.1080/00401706.1991.10484804. Campolongo, Cariboni, Saltelli 2007,
Environmental Modelling & Software 22:1509, doi 10.1016/j.envsoft.2006.10.004.
"""


def indices(
    method: GlobalMethod,
    names: tuple[str, ...],
    design: SampleDesign,
    responses: tuple[str, ...],
    solved: Float[np.ndarray, "points responses"],
    *,
    seed: int,
    progress: Progress = silent,
) -> Indices:
    """Indices of every response, and how they settle with more blocks; NaN for one that does not vary.

    Half widths of 95 % intervals are SALib's, from resampled blocks.
    """
    stages: list[pd.DataFrame] = []
    dropped: dict[str, int] = {}
    for number, response in enumerate(responses):
        progress("indices", number, len(responses), response)
        blocks = solved[:, number].reshape(design.count, design.block)
        whole = np.isfinite(blocks).all(axis=1)
        dropped[response] = int((~whole).sum())
        points = design.points.reshape(design.count, design.block, -1)[whole]
        for count in sorted({max(1, len(points) // parts) for parts in (4, 2, 1)}):
            table = _table(method, names, points[:count], blocks[whole][:count], seed)
            table = table.assign(response=response, blocks=count)
            stages.append(table.assign(all_blocks=count == max(1, len(points))))
    progress("indices", len(responses), len(responses))
    together = pd.concat(stages, ignore_index=True)
    together = together[["response", *together.columns.drop("response")]]
    table = together[together["all_blocks"]].drop(columns="all_blocks").reset_index(drop=True)
    return Indices(table, together.drop(columns="all_blocks"), dropped)


def _table(
    method: GlobalMethod, names: tuple[str, ...], points: np.ndarray, solved: np.ndarray, seed: int
) -> pd.DataFrame:
    columns: dict[str, Any] = {"parameter": list(names)}
    # SALib divides by the spread of what was found.
    if len(solved) > 1 and np.ptp(solved) > _CONSTANT * max(1.0, float(np.abs(solved).max())):
        known = method.analyse(_cube(names), points.reshape(-1, len(names)), solved.ravel(), seed)
        columns |= {name: np.asarray(known[key], float) for name, key in method.columns.items()}
    else:
        columns |= dict.fromkeys(method.columns, np.nan)
    return pd.DataFrame(columns)


def _cube(names: tuple[str, ...]) -> dict[str, Any]:
    return {"num_vars": len(names), "names": list(names), "bounds": [[0.0, 1.0]] * len(names)}

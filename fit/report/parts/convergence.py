"""The part of a report on its chains: the checks, and arviz's figures of the parameters that mix worst."""

from __future__ import annotations

from typing import Any

import arviz_plots
import numpy as np
import xarray as xr

from windup.fit.diagnostics.convergence import worst_mixing
from windup.fit.display.blocks import Heading, Paragraph
from windup.fit.display.figure import VERMILION
from windup.fit.display.format import number
from windup.fit.display.text import clipped
from windup.fit.report.document.elements import Grid, Picture, ReportBlock, Section
from windup.fit.report.document.pictures import LAYOUT, SMALL_TITLES, arviz_picture, labels_of, numbered
from windup.fit.report.document.subject import Subject
from windup.fit.runs.page import convergence_blocks, status_blocks, work_blocks
from windup.fit.storage.tree import group

# It is untyped.
_plots: Any = arviz_plots

_WORST, _PAIRED = 6, 4
_SHIFTS = 10


def convergence_part(subject: Subject) -> Section:
    """Chains: checks with numbers, ranks, effective sample sizes, energies, errors and pairs."""
    blocks: list[ReportBlock] = [
        *status_blocks(subject.record),
        *convergence_blocks(subject.record),
        *work_blocks(subject.record),
        Heading("Diagnostics of the parameters that mix worst"),
        Paragraph(
            "Drawn by arviz-plots. Of all sampled parameters those with the largest R-hat are shown: what is "
            "worse is nowhere hidden."
        ),
        *_pictures(subject),
        *_shifts(subject),
    ]
    return Section("convergence", "Convergence and solver", tuple(blocks))


def _pictures(subject: Subject) -> list[Picture]:
    tree, labels = _worst_of(subject.run.tree)
    labeller = labels_of(labels)
    names = clipped(", ".join(clipped(label, 60) for label in labels))
    chains = tree["posterior"].sizes["chain"]
    diverging = int(group(tree, "sample_stats")["diverging"].sum())
    worst = f"{len(labels)} parameters with the largest R-hat: {names}"
    wide: dict[str, Any] = {
        "col_wrap": 3,
        "visuals": SMALL_TITLES,
        "figure_kwargs": {**LAYOUT, "figsize": (9.6, 5.2)},
    }
    record = subject.record
    pictures = [
        arviz_picture(
            _plots.plot_rank,
            tree,
            labeller=labeller,
            alt=f"Rank plots of the {worst}. One line per chain ({chains}); lines that stay near zero mean "
            "that all chains visit the same values.",
            caption="Ranks of each chain within all chains, as distance from uniform ones. p is of a test "
            "for uniformity of one parameter alone, and these are the worst of all; black points are where "
            "it fails.",
            **wide,
        ),
        arviz_picture(
            _plots.plot_ess_evolution,
            tree,
            labeller=labeller,
            alt=f"Effective sample size over the number of draws for the {worst}. The smallest of all "
            f"parameters at the end is {number(record['min_ess_bulk'], 0)} in bulk and "
            f"{number(record['min_ess_tail'], 0)} in the tails; the dashed line is at "
            f"{record['thresholds']['min_ess']:.0f}.",
            caption="Effective sample size in bulk (blue) and tails (orange) as draws were added. It should "
            "grow steadily.",
            **wide,
        ),
        arviz_picture(
            _plots.plot_mcse,
            tree,
            labeller=labeller,
            alt=f"Monte Carlo standard error of the quantiles of the {worst}.",
            caption="Monte Carlo standard error of quantiles, in the unit of the parameter.",
            **wide,
        ),
    ]
    pairs = [str(name) for name in tree["posterior"].data_vars][:_PAIRED]
    if len(pairs) > 1:
        pictures.append(
            arviz_picture(
                _plots.plot_pair,
                tree,
                var_names=pairs,
                # They stand along the side of a small panel.
                labeller=labels_of(labels, 26),
                marginal_kind="kde",
                visuals={
                    **({"divergence": {"color": VERMILION, "alpha": 1.0}} if diverging else {}),
                    "scatter": {"alpha": 0.2, "size": 6},
                    "xlabel": {"size": 8},
                    "ylabel": {"size": 8},
                },
                figure_kwargs={**LAYOUT, "figsize": (8.0, 8.0)},
                alt=f"Scatter plots of every pair of the first {len(pairs)} of {names}; {diverging} "
                "divergent draws are marked.",
                caption=f"Pairs of the {len(pairs)} parameters that mix worst. "
                + (f"{diverging} divergent draws are red." if diverging else "No draw diverged."),
            )
        )
    if chains * tree["posterior"].sizes["draw"] > 1:
        pictures.append(
            arviz_picture(
                _plots.plot_energy,
                tree,
                kind="kde",
                figure_kwargs={**LAYOUT, "figsize": (9.6, 3.2)},
                alt=f"Left: E-BFMI of every chain, the smallest is {number(record['min_ebfmi'], 2)}, dashed "
                "line at 0.3. Right: densities of the marginal energy and of its change from draw to draw.",
                caption="Energy. E-BFMI of each chain (left; above 0.3 is wanted), and the two densities "
                "that it compares (right): alike is good.",
            )
        )
    return pictures


def _worst_of(tree: xr.DataTree) -> tuple[xr.DataTree, list[str]]:
    """Draws and statistics of the parameters that mix worst, numbered, and their names."""
    worst = worst_mixing(tree, _WORST)
    kept = group(tree, "sample_stats")[["diverging", "energy"]]
    statistics = kept.assign_coords({dim: np.arange(kept.sizes[dim]) for dim in ("chain", "draw")})
    draws = numbered([variable.transpose("chain", "draw").values for variable in worst.values()])
    return xr.DataTree.from_dict({"posterior": draws, "sample_stats": statistics}), list(worst)


def _shifts(subject: Subject) -> list[ReportBlock]:
    solver = subject.record.get("solver")
    if not solver or not solver["shifts"]:
        return []
    return [
        Heading("What tight solves do to the results"),
        Grid(
            f"Means that the integrator's error moves most ({min(_SHIFTS, len(solver['shifts']))} of "
            f"{len(solver['shifts'])})",
            ("result", "shift", "unit", "in posterior SD"),
            tuple(
                (
                    str(each["result"]),
                    number(each["shift"], 4),
                    str(each["unit"]),
                    number(each["shift_sd"], 3),
                )
                for each in solver["shifts"][:_SHIFTS]
            ),
        ),
    ]

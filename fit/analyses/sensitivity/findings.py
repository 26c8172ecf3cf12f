"""From indices to a page: what moves each result most, and what the numbers are worth."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from windup.fit.analyses.sensitivity.figures import matrix_figure, settling_figure
from windup.fit.analyses.sensitivity.global_indices import GlobalMethod, Indices, SampleDesign
from windup.fit.analyses.sensitivity.local_derivatives import Derivatives
from windup.fit.analyses.sensitivity.responses import PAIN, Responses
from windup.fit.problem.margins import Margins
from windup.fit.runs.analysis_result import AnalysisResult, Section

TOP = 4


def largest_change(table: pd.DataFrame, index: str) -> float:
    """Largest change from half of the blocks to all of the index of the parameter that leads a response.

    Relative to that index unless it is a share already.
    """
    changes = [0.0]
    for _, part in table.groupby("response"):
        wide = part.pivot_table(index="parameter", columns="blocks", values=index)
        if wide.shape[1] > 1 and wide.notna().to_numpy().any():
            leader = wide[wide.columns[-1]].idxmax()
            half, whole = wide.loc[[leader]].to_numpy()[0, -2:]
            changes.append(abs(whole - half) / (1.0 if index == "total" else whole))
    return float(np.max(changes))


def leaders(table: pd.DataFrame, index: str, half_width: str | None) -> dict[str, list[dict[Hashable, Any]]]:
    """The parameters with the largest index of each response."""
    columns = ["parameter", index, *([half_width] if half_width else [])]
    return {
        str(response): part.nlargest(TOP, index)[columns].to_dict("records")
        for response, part in table.groupby("response", sort=False)
    }


def leader_rows(
    table: pd.DataFrame, index: str, half_width: str | None, *, sign: str | None = None
) -> tuple[tuple[str, ...], ...]:
    """Formatted leaders of each response; numbers are those of ``sign`` where their order is not theirs."""
    rows = []
    for response, part in table.groupby("response", sort=False):
        top = part.dropna(subset=[index]).nlargest(TOP, index)
        cells = [_cell(row, sign or index, half_width) for row in top.to_dict("records")]
        rows.append((str(response), *cells, *[""] * (TOP - len(cells))))
    return tuple(rows)


def _cell(row: Mapping[Any, Any], index: str, half_width: str | None) -> str:
    beside = f" ± {row[half_width]:.2g}" if half_width else ""
    return f"{row['parameter']} {row[index]:.2g}{beside}".replace("-", "−")


def leading_verdict(table: pd.DataFrame, index: str) -> str:
    """Which parameters lead most responses."""
    known = table.dropna(subset=[index])
    if known.empty:
        return "No response varies."
    leading = known.groupby("response", sort=False)[index].transform("max") == known[index]
    first = known[leading].drop_duplicates("response")["parameter"].value_counts()
    most = ", ".join(f"{name} ({count})" for name, count in first.head(6).items())
    return f"Parameters that lead most responses (number of responses): {most}."


_ALONE = (
    "Parameters vary one by one over their margins, as if independent: correlations of the posterior are "
    "ignored, so that pairs that trade off seem to matter more than they do."
)


def global_findings(
    name: str,
    method: GlobalMethod,
    responses: Responses,
    margins: Margins,
    design: SampleDesign,
    solved: np.ndarray,
    indices: Indices,
    about: str,
    notices: tuple[str, ...],
) -> AnalysisResult:
    """Findings of Morris or Sobol."""
    table, dropped = indices.table, max(indices.dropped.values())
    kinds = dict(zip(responses.names, responses.kinds, strict=True))
    # Pain is its difference from placebo moved by 6.5 but where the untreated patient drifts.
    shown = table[table["response"].map(kinds) != PAIN]
    largest = shown.groupby("response")[method.index].transform("max")
    shown = shown.assign(relative=shown[method.index] / largest)
    value = method.index if name == "sobol" else "relative"
    label = "total index" if name == "sobol" else "mean absolute elementary effect / largest of the response"
    unsettled = largest_change(indices.convergence, method.index)
    reading = {
        "sobol": "The total index is the share of a response's variance that would be left if all other "
        "parameters were known. Gains are looked at on the logarithm.",
        "morris": "Mean absolute change of the response as one parameter moves over the central 95 % of its "
        "margin, others anywhere. Gains are looked at on the logarithm.",
    }[name]
    return AnalysisResult(
        command="sensitivity",
        title=f"Sensitivity ({name}) of {about}",
        verdict=leading_verdict(shown, method.index),
        sections=(
            Section(
                "What moves each result most",
                f"{reading} {_ALONE if margins.source == 'posterior' else 'Parameters vary over the prior.'} "
                f"Half widths of 95 % intervals after ±.",
                ("response", *(f"parameter {place}" for place in range(1, TOP + 1))),
                leader_rows(shown, method.index, method.half_width),
            ),
            Section(
                "What the numbers are worth",
                f"{design.count} blocks of {design.block} points, {len(design.points)} solves. "
                f"From half of the blocks to all, no leading index moved by more than {unsettled:.3f}. "
                f"Blocks with a number that is not finite, not used: at most {dropped} of {design.count}.",
            ),
        ),
        tables={"indices": table, "convergence": indices.convergence},
        figures={
            "indices": matrix_figure(
                f"Sensitivity ({name}) of {about}",
                shown,
                value,
                label=label,
                limit=1.0,
            ),
            "convergence": settling_figure(
                f"Do the indices settle? ({name}; 95 % intervals)",
                indices.convergence[indices.convergence["response"].map(kinds) != PAIN],
                method.index,
                method.half_width,
                label=method.index.replace("_", " "),
            ),
        },
        tree=_points_tree(responses, margins, design.points, solved),
        numbers={
            "source": margins.source,
            "solves": len(design.points),
            "blocks_dropped": indices.dropped,
            "largest_change_from_half": unsettled,
            "leaders": leaders(table, method.index, method.half_width),
        },
        notices=notices,
    )


def local_findings(
    responses: Responses,
    margins: Margins,
    points: np.ndarray,
    at: Derivatives,
    table: pd.DataFrame,
    about: str,
    notices: tuple[str, ...],
) -> AnalysisResult:
    """Findings of derivatives."""
    kinds = dict(zip(responses.names, responses.kinds, strict=True))
    shown = table[table["response"].map(kinds) != PAIN].assign(absolute=table["per_prior_sd"].abs())
    largest = shown.groupby("response")["absolute"].transform("max")
    shown = shown.assign(relative=shown["per_prior_sd"] / largest)
    return AnalysisResult(
        command="sensitivity",
        title=f"Local sensitivity of {about}",
        verdict=leading_verdict(shown, "absolute"),
        sections=(
            Section(
                "What moves each result most",
                f"Change of each response by one prior standard deviation of a parameter, to first order: "
                f"median over {len(points)} draws of the {margins.source} (95 % of draws in the table).",
                ("response", *(f"parameter {place}" for place in range(1, TOP + 1))),
                leader_rows(shown, "absolute", None, sign="per_prior_sd"),
            ),
        ),
        tables={"derivatives": table},
        figures={
            "derivatives": matrix_figure(
                f"Local sensitivity of {about}",
                shown,
                "relative",
                label="change by a prior SD / largest of the response",
                signed=True,
                limit=1.0,
            )
        },
        tree=_points_tree(responses, margins, points, at.value).assign(
            {
                "derivatives": xr.DataTree(
                    xr.Dataset(
                        {"per_prior_sd": (("point", "response", "parameter"), at.per_prior_sd)},
                        coords={"response": list(responses.names), "parameter": list(margins.names)},
                    )
                )
            }
        ),
        numbers={"source": margins.source, "leaders": leaders(shown, "absolute", None)},
        notices=notices,
    )


def _points_tree(
    responses: Responses, margins: Margins, points: np.ndarray, solved: np.ndarray
) -> xr.DataTree:
    return xr.DataTree(
        xr.Dataset(
            {"place": (("point", "parameter"), points), "solved": (("point", "response"), solved)},
            coords={"parameter": list(margins.names), "response": list(responses.names)},
        )
    )

"""What the posterior owes to its prior, as pages: by power-scaling and by refits."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any, NamedTuple

import pandas as pd
import xarray as xr

from windup.fit.analyses.sensitivity.chosen import with_fixed_rows
from windup.fit.analyses.sensitivity.prior_figures import power_scaling_figure, refit_figure
from windup.fit.analyses.sensitivity.refit import Label, gains_above_one
from windup.fit.display.format import number
from windup.fit.runs.analysis_result import AnalysisResult, Section

PARTS = (
    ("mechanism", "mechanism priors"),
    ("observation_model", "observation priors"),
    ("rows", "trials"),
    ("states_last", "states last"),
)


def power_scaling_findings(
    table: pd.DataFrame,
    tree: xr.DataTree,
    about: str,
    notices: tuple[str, ...],
    fixed: tuple[str, ...] = (),
) -> AnalysisResult:
    """Findings of power-scaling; ``fixed`` names the parameters that have no prior."""
    results = int((~table["quantity"].isin(set(tree["posterior"].data_vars))).sum())
    counts = table.iloc[:results]["diagnosis"].value_counts()
    return AnalysisResult(
        command="sensitivity",
        title=f"Sensitivity (power-scaling) of {about}",
        verdict="; ".join(f"{diagnosis}: {count} of {results} results" for diagnosis, count in counts.items())
        + ".",
        sections=(
            Section(
                "What the posterior owes to prior and data",
                "How far each posterior moves when a part of the density is raised to a power near 1; above "
                "0.05 the part matters; noise of the draws adds to it and was taken out by what single "
                "chains give (in brackets: before). A part that is above the limit before, and not above "
                "both the limit and the noise since, is hidden by noise: more draws would tell. "
                "Priors are scaled on the scale where they are normal. "
                "Effects of single studies belong to the model and are not scaled.",
                ("result", *(label for _, label in PARTS), "diagnosis"),
                tuple(
                    (
                        str(row["quantity"]),
                        *(_cell(row, part) for part, _ in PARTS),
                        str(row["diagnosis"]),
                    )
                    for row in table.iloc[:results].to_dict("records")
                ),
            ),
        ),
        tables={"power_scaling": with_fixed_rows(table, fixed)},
        figures={"power_scaling": power_scaling_figure(table, PARTS, results)},
        tree=tree,
        numbers={"results": table.iloc[:results].to_dict("records")},
        notices=notices,
    )


NOTHING = "nothing"
"""Label of the fit with every block."""


class Changed(NamedTuple):
    """Words for what refits change.

    Attributes
    ----------
    column
        Of the tables.
    title, words
        Of the page, and of one value in a sentence, after "by ... posterior standard deviations".
    heading, meaning
        Of the table of results.
    """

    column: str
    title: str
    words: str
    heading: str
    meaning: str

    def shown(self, label: object) -> str:
        """A label as it is shown."""
        return f"{label:g}" if isinstance(label, float) else str(label)


OF_WIDTHS = Changed(
    "prior_width_factor",
    "refits with other prior widths",
    "with prior widths ×",
    "Results by the factor on prior widths",
    "All priors of the mechanism at once, medians kept; priors of the observation model stay.",
)
"""Refits with prior widths halved and doubled."""

OF_BLOCKS = Changed(
    "left_out",
    "refits without a part of the likelihood",
    "without",
    "Results by what is left out",
    "A row that needs several blocks is left out with each of them. Without the pooling of control courses "
    "the natural course of each study has an SD of 3 points, so that effects come from within it.",
)
"""Refits without each block of the likelihood, and without the pooling of control courses."""


def refit_findings(
    changed: Changed,
    table: pd.DataFrame,
    checks: pd.DataFrame,
    fits: Mapping[Label, xr.DataTree],
    about: str,
    notices: tuple[str, ...],
) -> AnalysisResult:
    """Findings of refits.

    ``self_sustaining`` among the numbers is P(gain > 1) by loop and by what was changed.
    """
    column, base = changed.column, next(iter(fits))
    above_one = {
        loop: {changed.shown(label): share for label, share in shares.items()}
        for loop, shares in gains_above_one(fits).items()
    }
    moved = table[table[column] != base]
    worst = moved.iloc[int(moved["shift_sd"].abs().fillna(0.0).to_numpy().argmax())]
    rows = tuple(
        (
            str(row["quantity"]),
            changed.shown(row[column]),
            *(number(row[name], 2) for name in ("median", "low_95", "high_95", "shift_sd", "width_ratio")),
        )
        for row in table.sort_values("quantity", kind="stable").to_dict("records")
    )
    return AnalysisResult(
        command="sensitivity",
        title=f"Sensitivity ({changed.title}) of {about}",
        verdict=f"The median that moves most is that of {worst['quantity']}: by "
        f"{number(worst['shift_sd'], 2)} posterior standard deviations {changed.words} "
        f"{changed.shown(worst[column])}.",
        sections=(
            Section(
                changed.heading,
                changed.meaning,
                (
                    "result",
                    column.replace("_", " "),
                    "median",
                    "low 95 %",
                    "high 95 %",
                    "shift (SD)",
                    "width ratio",
                ),
                rows,
            ),
            *_above_one_section(changed, above_one),
            Section(
                "Did the fits converge?",
                "Of fits that did not, differences may be noise of the chains.",
                (column.replace("_", " "), "R-hat at most", "bulk ESS at least", "divergences", "converged"),
                tuple(
                    (
                        changed.shown(row[column]),
                        number(row["max_rhat"], 3),
                        number(row["min_ess_bulk"], 0),
                        str(row["divergences"]),
                        "yes" if row["converged"] else "no",
                    )
                    for row in checks.to_dict("records")
                ),
            ),
        ),
        tables={"refits": table, "convergence": checks},
        figures={"refits": refit_figure(table, column)},
        tree=xr.DataTree.from_dict(
            {
                f"posterior_{changed.shown(label)}".replace(".", "_").replace(" ", "_"): tree[
                    "posterior"
                ].to_dataset()
                for label, tree in fits.items()
            }
        ),
        numbers={
            "shifts": moved.to_dict("records"),
            "convergence": checks.to_dict("records"),
            "self_sustaining": above_one,
        },
        notices=notices,
    )


def _above_one_section(changed: Changed, above_one: Mapping[str, Mapping[str, float]]) -> tuple[Section, ...]:
    """P(gain > 1) of every loop in every fit; nothing where the model has no loop."""
    if not above_one:
        return ()
    rows = tuple(
        (loop, label, number(share, 2))
        for loop, shares in above_one.items()
        for label, share in shares.items()
    )
    return (
        Section(
            "Does a loop sustain itself?",
            "Probability that the gain of a loop, or of all together, is above 1.",
            ("loop", changed.column.replace("_", " "), "P(gain > 1)"),
            rows,
        ),
    )


def _cell(row: Mapping[Hashable, Any], part: str) -> str:
    corrected = row.get(f"{part}_corrected")
    raw = number(row[part], 2)
    return raw if corrected is None else f"{number(corrected, 2)} ({raw})"

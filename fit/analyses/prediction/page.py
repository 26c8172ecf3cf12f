"""The summary page of predictions, with the basis of every number."""

from __future__ import annotations

import statistics
from collections.abc import Mapping
from typing import Any

from windup.fit.diagnostics.estimand import ASSUMPTIONS
from windup.fit.display.blocks import Block, Heading, Paragraph, Table, Verdict
from windup.fit.display.format import number, probability
from windup.fit.display.labels import labels_in

_BASIS = (
    "'interpolation' lies inside what the trials of the fit used, 'extrapolation' beyond it (a larger dose, "
    "a longer time, a condition or a combination that no used trial of the drug had; 'reasons' in the tables "
    "says which), and 'prior-driven' says hardly more than was assumed: no used trial, or a difference that "
    "the data moved by less than 0.25 prior standard deviations and narrowed by less than a tenth."
)
_ADDITIVE = (
    "What a combination does beyond the sum of its drugs follows from the equations (loops and states that "
    "the drugs share, and a scale of pain that ends at 0), not from trials of combinations: more than "
    "additive is a consequence of the loops, no finding."
)


def predict_page(record: Mapping[str, Any]) -> tuple[Block, ...]:
    """Page of predictions.

    Parameters
    ----------
    record
        What ``summary.json`` holds (`windup.fit.analyses.prediction.folder.predict_to_folder`).
    """
    return (
        Heading(f"Predictions of the model '{record['model']}'", level=1),
        *(Verdict(sentence, good=False) for sentence in record["notices"]),
        Paragraph(
            f"{len(record['effects'])} regimens, {record['draws']} draws of the posterior and "
            f"{record['prior_draws']} of the prior. An effect is the mean difference from placebo in pain "
            f"(NRS 0-10) at the last reported week, in the patient and at the dose of the regimen, all "
            f"patients staying on treatment (dropout not modelled); negative means less pain. 'new study' "
            f"adds by how much the effect in one study differs from that of the average study."
        ),
        Paragraph(ASSUMPTIONS),
        Paragraph(_BASIS),
        *_effects(record),
        *_combinations(record),
        *_washout(record),
        Paragraph(record["statement"]),
    )


def _effects(record: Mapping[str, Any]) -> list[Block]:
    blocks: list[Block] = []
    columns = (
        "regimen",
        "basis",
        "trials",
        "median",
        "95 % CrI",
        "new study 95 %",
        "prior 95 %",
        "P(<0)",
        "P(<−1)",
        "half less pain: on drug (placebo)",
        "P(best)",
    )
    for condition in dict.fromkeys(row["condition"] for row in record["effects"]):
        mine = [row for row in record["effects"] if row["condition"] == condition]
        usual = statistics.mode(row["week"] for row in mine)
        rows = tuple(
            (
                row["regimen"] if row["week"] == usual else f"{row['regimen']} (week {row['week']:g})",
                row["basis"],
                str(row.get("trials", "")),
                number(row["median"], 2),
                _interval(row, ""),
                _interval(row, "new_study_"),
                _interval(row, "prior_"),
                probability(row["probability_below_zero"]),
                probability(row["probability_below_minus_one"]),
                f"{number(row['responder_50_drug'], 2)} ({number(row['responder_50_placebo'], 2)})",
                probability(row["probability_best"]),
            )
            for row in sorted(mine, key=lambda row: row["median"])
        )
        name = labels_in(record).of(condition)
        title = f"{name[:1].upper()}{name[1:]}, week {usual:g}"
        blocks += [Heading(title), Table(columns, rows)]
    return blocks


def _combinations(record: Mapping[str, Any]) -> list[Block]:
    if not record["combinations"]:
        return []
    columns = (
        "combination",
        "basis",
        "median",
        "sum of drugs",
        "minus sum 95 %",
        "P(more than sum)",
        "best drug",
        "its median",
        "minus best 95 %",
        "P(more than best)",
    )
    rows = tuple(
        (
            row["regimen"],
            row["basis"],
            number(row["median"], 2),
            number(row["additive_median"], 2),
            _interval(row, "versus_additive_"),
            probability(row["versus_additive_probability_below_zero"]),
            row["best_single"],
            number(row["best_single_median"], 2),
            _interval(row, "versus_best_"),
            probability(row["versus_best_probability_below_zero"]),
        )
        for row in record["combinations"]
    )
    return [Heading("Combinations"), Table(columns, rows), Paragraph(_ADDITIVE)]


def _washout(record: Mapping[str, Any]) -> list[Block]:
    if not record["washout"]:
        return []
    columns = (
        "regimen",
        "basis",
        "stops, week",
        "left at the horizon",
        "95 %",
        "half gone after, weeks",
        "P(overshoot)",
    )
    rows = tuple(
        (
            row["regimen"],
            row["basis"],
            f"{row['stops_at_week']:.3g}",
            number(row["remaining_median"], 2),
            _interval(row, "remaining_"),
            _half(row),
            probability(row["probability_overshoot"]),
        )
        for row in record["washout"]
    )
    return [
        Heading("After the last dose"),
        Table(columns, rows),
        Paragraph(
            "'half gone' counts from the largest benefit at or after the last dose, in the median of the "
            "draws with a benefit of 0.1 point or more. 'overshoot' is pain at least 0.1 point above that "
            "without any drug at some week after the last dose; a drug that does harm while taken counts too."
        ),
    ]


def _half(row: Mapping[str, Any]) -> str:
    weeks = row["half_gone_weeks_median"]
    if row["draws_with_effect"] == 0.0:
        return "no benefit"
    return "not within the horizon" if weeks is None or weeks == float("inf") else number(weeks, 1)


def _interval(row: Mapping[str, Any], prefix: str) -> str:
    return f"{number(row[f'{prefix}low_95'], 2)} to {number(row[f'{prefix}high_95'], 2)}"

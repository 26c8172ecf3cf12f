"""The one-page account of claims, for readers who have never seen the equations."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from windup.fit.analyses.claims.verdict import (
    BUILT_IN,
    CONTRADICTED,
    FIXED,
    FIXED_RULE,
    MOSTLY_PRIOR,
    RULES,
    SUPPORTED,
    UNDECIDED,
)
from windup.fit.display.blocks import Block, Bullets, Heading, Paragraph, Table, Verdict
from windup.fit.display.format import number, probability

_TITLES = {
    SUPPORTED: "Supported",
    CONTRADICTED: "Contradicted",
    UNDECIDED: "Undecided",
    MOSTLY_PRIOR: "Mostly prior: the prior decides it, or the trials hold little information on it",
    BUILT_IN: "Built in: it follows from the equations, whatever the trials are",
    FIXED: "Fixed: the settings fixed a parameter that it is about",
}


def claims_page(record: Mapping[str, Any]) -> tuple[Block, ...]:
    """Page of the claims.

    Parameters
    ----------
    record
        What ``summary.json`` holds: ``model``, ``notices``, ``statement``, ``draws``, ``prior_draws`` and
        ``claims``, the rows of the claims table.
    """
    verdicts = [row["verdict"] for row in record["claims"]]
    some_fixed = FIXED in verdicts
    counts = ", ".join(f"{verdicts.count(word)} {word}" for word in _TITLES if word != FIXED or some_fixed)
    return (
        Heading(f"Claims, as the model '{record['model']}' reads the trials", level=1),
        *(Verdict(sentence, good=False) for sentence in record["notices"]),
        Paragraph(
            f"{len(record['claims'])} claims: {counts}. Each is turned into a number that the model "
            f"computes, with a limit that decides whether it holds. 'before' is its probability before any "
            f"trial was read, 'after' the one with them; the Bayes factor says how far its odds moved (above "
            f"1 towards the claim, below 1 away from it; ×/÷ is its Monte Carlo error, '>' and '<' stand "
            f"where all draws agree). {record['draws']} draws after, {record['prior_draws']} before."
        ),
        Paragraph(
            "A verdict is about this model and these trials. 'if states last' is the probability before any "
            "trial, but with the one assumption that patients of every pain from 3 to 9 have had it for "
            "years; where it is near 'after' already, it was this assumption and not the trials that spoke. "
            "'half' and 'double' repeat before → after with priors of half and double width for the "
            "strengths of the drugs, or the parameters, that the claim is about: before from new solves, "
            "after by weighing the draws again, 'not computable' where the weights cannot be relied on "
            "(Pareto k above 0.7)."
        ),
        Bullets((FIXED_RULE, *RULES) if some_fixed else RULES),
        *(block for word in _TITLES for block in _group(word, record["claims"])),
        *_ledger(record),
        Paragraph(record["statement"]),
    )


def _ledger(record: Mapping[str, Any]) -> list[Block]:
    """Every claim of the source texts, line by line."""
    # Claims of earlier versions have none.
    ledger = record.get("ledger", [])
    rows = tuple((f"{row['id']}. {row['claim']}", row["literature"], _verdicts(row)) for row in ledger)
    if not rows:
        return []
    return [
        Heading("All claims of the source texts"),
        Paragraph(
            "Each claim by its number in the ledger, what the literature has on it apart from these trials, "
            "and the verdicts above that stand for it."
        ),
        Table(("claim", "literature", "verdicts"), rows),
    ]


def _verdicts(row: Mapping[str, Any]) -> str:
    if row["judged_by"]:
        pairs = zip(row["judged_by"].split("; "), row["verdicts"].split("; "), strict=True)
        return "; ".join(f"{name}: {verdict}" for name, verdict in pairs)
    return str(row["no_number"]) or "no number in this model"


def _group(word: str, claims: list[Mapping[str, Any]]) -> list[Block]:
    mine = [row for row in claims if row["verdict"] == word]
    if not mine:
        return []
    columns = ("claim (ledger)", "before", "if states last", "after", "Bayes factor", "half", "double")
    rows = tuple(
        (
            f"{row['claim']} ({row['ledger']})",
            probability(row["prior_probability"]),
            probability(row["lasting_prior_probability"]),
            probability(row["posterior_probability"]),
            factor_of(row),
            _widths(row, "half"),
            _widths(row, "double"),
        )
        for row in mine
    )
    return [Heading(_TITLES[word]), Table(columns, rows), Bullets(tuple(_told(row) for row in mine))]


def _told(row: Mapping[str, Any]) -> str:
    digits = 2 if abs(row["limit"]) >= 0.1 or row["unit"] == "NRS points" else 3
    truth = ""
    if row["verdict"] == BUILT_IN:
        truth = " True in every draw." if row["posterior_probability"] == 1.0 else " False in every draw."
    return (
        f"{row['claim']}: “{row['sentence']}”{truth} Its number: {number(row['median'], digits)} "
        f"({number(row['low_95'], digits)} to {number(row['high_95'], digits)}) {row['unit']}, before "
        f"{number(row['prior_median'], digits)} ({number(row['prior_low_95'], digits)} to "
        f"{number(row['prior_high_95'], digits)}); it holds {row['sense']} {number(row['limit'], digits)}. "
        f"Read from {row['decided_by']}. Trials: {row['data']}.{_basis(row)}{_chosen(row)}"
    )


def _basis(row: Mapping[str, Any]) -> str:
    """What the claim's regimens go beyond; claims of earlier results do not hold it."""
    return f" Extrapolation: {row['reasons']}." if row.get("basis") == "extrapolation" else ""


def _chosen(row: Mapping[str, Any]) -> str:
    """What the settings fixed or changed of its parameters; claims of earlier results do not hold it."""
    told = (
        ("Fixed in the settings", row.get("fixed")),
        ("Prior changed in the settings", row.get("changed_priors")),
    )
    return "".join(f" {what}: {names.replace(' ', ', ')}." for what, names in told if names)


def factor_of(row: Mapping[str, Any]) -> str:
    """Bayes factor of a row in words.

    Examples
    --------
    >>> factor_of({"bayes_factor": 4.0, "bayes_factor_bound": "", "bayes_factor_log_error": 0.0})
    '4.0 (×/÷ 1.0)'
    """
    value, error = row["bayes_factor"], row["bayes_factor_log_error"]
    if value is None or math.isnan(value):
        return "none"
    text = f"{value:.0f}" if value >= 10.0 else f"{value:.1f}" if value >= 1.0 else f"{value:.2g}"
    if row["bayes_factor_bound"]:
        return f"{row['bayes_factor_bound']} {text}"
    return f"{text} (×/÷ {math.exp(error):.1f})"


def _widths(row: Mapping[str, Any], name: str) -> str:
    before, after = row[f"prior_probability_{name}"], row[f"posterior_probability_{name}"]
    return f"{probability(before)} → {probability(after)}"

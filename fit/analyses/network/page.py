"""The one-page account of a network meta-analysis."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from windup.fit.display.blocks import Block, Bullets, Heading, Paragraph, Table
from windup.fit.display.format import LEVELS, number, probability

_SPREADS = {
    "tau": "between studies of one treatment (tau)",
    "omega": "between treatments (omega)",
}


def network_page(record: Mapping[str, Any]) -> tuple[Block, ...]:
    """Page of a network meta-analysis.

    Parameters
    ----------
    record
        What its ``summary.json`` holds (`windup.fit.analyses.network.folder.network_record`).
    """
    related = record["related"]
    return (
        Heading(
            f"{record['contrasts']} contrasts of {len(record['effects']) + 1} treatments in "
            f"{record['studies']} studies",
            level=1,
        ),
        Bullets((*record["notices"], record["statement"])),
        Paragraph(
            f"Differences in pain at the visit on treatment nearest to week {number(record['week'], 0)}, "
            "pooled by random effects. No model of courses, doses or conditions enters: a treatment has one "
            "effect. Effects of treatments are "
            + ("drawn from one distribution." if related else "unrelated to each other.")
            + _of_imputed(record["imputed_errors"])
        ),
        Heading("Effects of treatments"),
        Paragraph(
            f"Mean difference from {record['reference']}, NRS points; negative is less pain. The last "
            "interval is that of the effect in a new study. Trials without a placebo arm reach placebo "
            "through others, often through untreated arms, which are not blinded."
        ),
        Table(
            (
                "treatment",
                "trials",
                "with placebo",
                "patients",
                "median",
                "95 % CrI",
                "P(relief)",
                "P(1 point)",
                "new study",
            ),
            tuple(_effect(each) for each in record["effects"]),
        ),
        Heading("Spread"),
        Table(
            ("SD", "median", "95 % CrI"),
            tuple(
                (_SPREADS[each["name"]], number(each["median"], 2), _interval(each, 2))
                for each in record["spreads"]
            ),
        ),
        *_slopes(record),
        Heading("Studies predicted by the others"),
        Paragraph(
            "Each study is left out in turn. CRPS is in NRS points (below is better), the log density is "
            "summed over studies (above is better). A treatment that no other study has is predicted by "
            "its prior."
        ),
        Table(
            ("studies", "number", "contrasts", *(f"in {level} %" for level in LEVELS), "CRPS", "log density"),
            (
                _scores("all", record["left_out_scores"]),
                _scores("treatments that others have", record["left_out_scores_seen_elsewhere"]),
            ),
        ),
        *_left_out(record),
    )


def _of_imputed(count: int) -> str:
    if not count:
        return ""
    return f" {count} differences have no printed standard error; theirs is that of trials of their size."


def _effect(each: Mapping[str, Any]) -> tuple[str, ...]:
    return (
        each["label"] + ("" if each["connected"] else " (prior only)"),
        str(each["trials"]),
        str(each["placebo_trials"]),
        "not printed" if each["n"] is None else number(each["n"], 0),
        number(each["median"], 2),
        _interval(each, 2),
        probability(each["p_relief"]),
        probability(each["p_one_point"]),
        f"{number(each['new_low_95'], 2)} to {number(each['new_high_95'], 2)}",
    )


def _interval(each: Mapping[str, Any], digits: int) -> str:
    return f"{number(each['low_95'], digits)} to {number(each['high_95'], digits)}"


def _slopes(record: Mapping[str, Any]) -> tuple[Block, ...]:
    if not record["slopes"]:
        return ()
    return (
        Heading("Covariates"),
        Paragraph(
            "By how much the effect of every treatment differs per unit of the covariate, NRS points; "
            "negative: more relief where it is higher. Trials were not randomised to covariates."
        ),
        Table(
            ("covariate", "mean", "SD", "median", "95 % CrI", "P(below 0)"),
            tuple(
                (
                    each["covariate"],
                    number(each["mean"], 2),
                    number(each["sd"], 2),
                    number(each["median"], 3),
                    _interval(each, 3),
                    probability(each["p_negative"]),
                )
                for each in record["slopes"]
            ),
        ),
    )


def _scores(name: str, scores: Mapping[str, Any]) -> tuple[str, ...]:
    shares = (
        "not computable" if scores[f"coverage_{level}"] is None else f"{scores[f'coverage_{level}']:.0f} %"
        for level in LEVELS
    )
    return (
        name,
        str(scores["studies"]),
        str(scores["contrasts"]),
        *shares,
        number(scores["crps"], 3),
        number(scores["log_density"], 1),
    )


def _left_out(record: Mapping[str, Any]) -> tuple[Block, ...]:
    reasons = Counter(record["left_out"].values())
    if not reasons:
        return ()
    return (
        Heading("Left out"),
        Bullets(tuple(f"{count} studies: {reason}" for reason, count in reasons.most_common())),
    )

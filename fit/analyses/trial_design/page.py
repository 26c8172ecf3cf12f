"""The one-page account of designs for questions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from windup.fit.display.blocks import Block, Bullets, Heading, Paragraph, Table
from windup.fit.display.format import number

_SHOWN = 5


def design_page(record: Mapping[str, Any]) -> tuple[Block, ...]:
    """Page of designs.

    Parameters
    ----------
    record
        What their ``summary.json`` holds (`windup.fit.analyses.trial_design.folder.design_to_folder`).
    """
    models = " and ".join(f"'{model}'" for model in record["models"])
    blocks: list[Block] = [
        Heading(f"Designs of trials, with {models}", level=1),
        Bullets((*record["notices"], record["statement"])),
        Paragraph(
            f"Known before the trial is the {record['known_before']}, as {record['draws']} draws. One half "
            "of them served the search, the other half judged the designs shown here. Every study deviates "
            "from the mean one as studies of the fit did. Trials print means of arms at their visits."
        ),
    ]
    for question in record["questions"]:
        blocks += [Heading(question["question"]), *_answer(question, record)]
    return tuple(blocks)


def _answer(question: Mapping[str, Any], record: Mapping[str, Any]) -> list[Block]:
    if question["reason"]:
        return [Paragraph(f"No design was sought. {question['reason']}")]
    mine = [each for each in record["designs"] if each["question"] == question["question"]]
    steps = [each for each in record["budgets"] if each["question"] == question["question"]]
    return [
        Paragraph(_verdict(question)),
        Table(
            ("arms", "patients", "weeks of visits", "cost", "nats"),
            tuple(
                (
                    each["arms"],
                    each["patients"],
                    each["weeks"],
                    f"{each['cost']:.10g}",
                    f"{number(each['information_nats'], 3)} ± {number(each['information_error'], 3)}",
                )
                for each in mine[:_SHOWN]
            ),
        ),
        Table(
            ("budget", "best design, nats", "median design, nats", "arms of the best", "weeks"),
            tuple(
                (
                    f"{each['budget']:.10g}",
                    f"{number(each['best_nats'], 3)} ± {number(each['best_error'], 3)}",
                    number(each["median_nats"], 3),
                    each["arms"],
                    each["weeks"],
                )
                for each in steps
            ),
        ),
    ]


def _verdict(question: Mapping[str, Any]) -> str:
    nats, error = question["information_nats"], question["information_error"]
    start = (
        f"Of {question['designs']} designs within a budget of {question['budget']:.10g}, the best has "
        f"the arms {_listed(question['arms'])} with {_listed(question['patients'])} patients, and visits in "
        f"week {_listed(question['weeks'])}. Its expected information is {number(nats, 3)} ± "
        f"{number(error, 3)} nats; that of the median design is {number(question['median_nats'], 3)}."
    )
    if question["about"] == "effect":
        return (
            f"{start} The SD of the effect is {number(question['sd_now'], 2)} points now, and is expected "
            f"to be {number(question['sd_after_at_most'], 2)} at most after the trial."
        )
    if nats < 2.0 * error:
        start += " That is no more than its Monte-Carlo error: no informative design was found."
    return (
        f"{start} Now the probability of '{question['case']}' is {number(question['probability_now'], 2)}, a "
        f"doubt of {number(question['doubt_now_nats'], 3)} nats, of which the trial is expected to end "
        f"{number(100.0 * question['share_of_doubt'], 0)} %."
    )


def _listed(joined: str) -> str:
    """Parts of a cell of the table as words."""
    *others, last = joined.split("; ")
    return f"{', '.join(others)} and {last}" if others else last

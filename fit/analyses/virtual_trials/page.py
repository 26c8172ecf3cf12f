"""The one-page account of simulated trials."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from windup.fit.display.blocks import Block, Bullets, Heading, Paragraph, Table
from windup.fit.display.format import number


def simulate_page(record: Mapping[str, Any]) -> tuple[Block, ...]:
    """Page of simulated trials.

    Parameters
    ----------
    record
        What their ``summary.json`` holds (`windup.fit.analyses.virtual_trials.folder.simulate_to_folder`).
    """
    return (
        Heading(f"Planned trials, simulated with a fit of '{record['model']}'", level=1),
        Bullets((*record["notices"], record["statement"])),
        Heading("Will the trial show relief?"),
        Paragraph(
            f"{record['draws']} virtual trials of each plan. Assurance is the probability of significant "
            "relief, averaged over what the fit leaves open: the effect of the drug, of this study, its "
            "patients. Power is that of the analysis of covariance at one true effect: the posterior median, "
            "or 1 point. A prior-driven assurance repeats the prior."
        ),
        Table(
            (
                "trial and arm",
                "patients",
                "endpoint",
                "assurance",
                "power at median",
                "power at 1 point",
                "basis",
            ),
            tuple(_chances(each) for each in record["arms"]),
        ),
        Heading("What the trial would teach"),
        Paragraph(
            "Expected information about the effect in the mean study; 0.7 nats halve its standard deviation. "
            "More patients do not help where studies differ more than their errors are wide."
        ),
        Table(
            (
                "trial and arm",
                "true effect",
                "95 %",
                "standard error",
                "seen at the end",
                "nats",
                "per 100 patients",
            ),
            tuple(_lessons(each) for each in record["arms"]),
        ),
    )


def _name(each: Mapping[str, Any]) -> str:
    return f"{each['trial']}: {each['arm']}"


def _chances(each: Mapping[str, Any]) -> tuple[str, ...]:
    return (
        _name(each),
        str(each["patients"]),
        each["endpoint"],
        f"{number(each['assurance'], 2)} ± {number(each['assurance_error'], 2)}",
        number(each["power_at_median"], 2),
        number(each["power_at_one_point"], 2),
        each["basis"] + (f" ({each['reasons']})" if each["reasons"] else ""),
    )


def _lessons(each: Mapping[str, Any]) -> tuple[str, ...]:
    return (
        _name(each),
        number(each["effect_median"], 2),
        f"{number(each['effect_low_95'], 2)} to {number(each['effect_high_95'], 2)}",
        number(each["standard_error"], 2),
        number(each["stayed"], 2),
        f"{number(each['information_nats'], 2)} ± {number(each['information_error'], 2)}",
        number(each["information_per_100_patients"], 3),
    )

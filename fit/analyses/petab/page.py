"""What is shown of a problem of PEtab: its log-likelihood, and the posterior."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from windup.fit.display.blocks import Block, Bullets, Heading, Paragraph, Table, Verdict
from windup.fit.display.format import number

# Chains need gradients that are right to a few digits only; differences have errors of their own.
_GOOD_GRADIENT = 1e-3
# Log-likelihoods that differ by less are the same for any purpose of inference.
_GOOD_SOLVE = 0.05


def evaluation_blocks(record: Mapping[str, Any]) -> tuple[Block, ...]:
    """Blocks about a problem at its nominal values.

    Parameters
    ----------
    record
        With ``problem`` and ``nominal`` (`windup.fit.analyses.petab.sample.problem_record`).
    """
    problem, nominal = record["problem"], record["nominal"]
    apart = _difference(nominal["log_likelihood"], nominal["tight"])
    blocks: list[Block] = [
        Paragraph(
            f"PEtab version {problem['version']}: {problem['measurements']} measurements of "
            f"{problem['observables']} observables in {problem['experiments']} experiments; "
            f"{problem['states']} states; {problem['estimated']} estimated and {problem['fixed']} fixed "
            "parameters."
        ),
        Heading("At the nominal values"),
        Table(
            ("tolerance", "log-likelihood, nats"),
            (
                (f"{problem['tolerance']:.0e}", number(nominal["log_likelihood"], 6)),
                (f"{0.1 * problem['tolerance']:.0e}", number(nominal["tight"], 6)),
            ),
        ),
        Paragraph(f"Solver: {problem['method']}. Nothing of the problem was run as a program."),
        Verdict(
            "The solver is accurate enough there."
            if apart <= _GOOD_SOLVE
            else f"The log-likelihood moves by {apart:.2g} nats: give a smaller --tolerance.",
            good=apart <= _GOOD_SOLVE,
        ),
    ]
    error = nominal["gradient_error"]
    good = error is not None and error <= _GOOD_GRADIENT
    blocks.append(
        Verdict(
            f"Gradient against central differences: {_power(error)} of the largest component at most"
            + (f" ({nominal['worst']})" if nominal["worst"] else "")
            + f"; the differences themselves may be off by {_power(nominal['difference_error'])}.",
            good=good,
        )
    )
    return tuple(blocks)


def _power(value: float | None) -> str:
    return "not computable" if value is None else f"{value:.1e}"


def _difference(one: float | None, other: float | None) -> float:
    return float("inf") if one is None or other is None else abs(one - other)


def sample_page(record: Mapping[str, Any]) -> tuple[Block, ...]:
    """Page of a sampled problem.

    Parameters
    ----------
    record
        Content of ``summary.json``.
    """
    blocks: list[Block] = [Heading(f"PEtab problem {record['model']}", level=1)]
    blocks += [Verdict(sentence, good=False) for sentence in record["notices"]]
    if record["converged"]:
        blocks.append(Verdict("Every convergence check passed.", good=True))
    else:
        blocks.append(Bullets(tuple(record["failed_checks"])))
    blocks += evaluation_blocks(record)
    rows = tuple(
        (each["parameter"], *(f"{each[column]:.4g}" for column in ("q5", "median", "q95", "nominal")))
        for each in record["posterior"]
    )
    blocks += [
        Heading("Posterior"),
        Table(("parameter", "5 %", "median", "95 %", "nominal"), rows),
        Paragraph(
            f"Sampler: {record['sampler']}; {record['chains']} chains of {record['draws']} draws. "
            f"R-hat at most {number(record['max_rhat'], 3)} ({record['worst_rhat']}); "
            f"effective sample size at least {number(record['min_ess_bulk'], 0)} in bulk and "
            f"{number(record['min_ess_tail'], 0)} in the tails; {record['divergences']} divergent draws."
        ),
        Paragraph(
            f"Log-likelihood: {number(record['log_likelihood']['median'], 3)} in the median of the draws, "
            f"{number(record['log_likelihood']['largest'], 3)} at most."
        ),
        Paragraph(record["statement"]),
    ]
    return tuple(blocks)

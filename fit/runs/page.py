"""The one-page account of a run, made from its record alone: the verdict comes first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from windup.fit.design.basis import BASES, BASIS_WORDS, NOT_RECORDED
from windup.fit.diagnostics.estimand import ASSUMPTIONS, REFERENCE_WEEKS, reference_estimand
from windup.fit.display.blocks import Block, Bullets, Heading, Paragraph, Table, Verdict
from windup.fit.display.covariates import covariate_blocks
from windup.fit.display.format import number, probability
from windup.fit.display.labels import label, labels_in
from windup.fit.display.lasting import lasting_blocks
from windup.fit.display.own_trials import own_trial_blocks
from windup.fit.display.spreads import spread_blocks
from windup.fit.display.suspects import suspect_blocks

WORST_STUDIES = 8
ONE_PATIENT = (
    "Each arm was one patient whose state lasts. In simulations of packaged studies such a fit found no gain "
    "above 1 where there was one: a low P(gain > 1) is no evidence against pain that sustains itself."
)
"""What a fit of one patient for each arm does not show, by simulation (docs/results/calibration.md)."""
_PHASES = {"post": "summarise", "re-solve": "check solver"}


def summary_page(record: Mapping[str, Any]) -> tuple[Block, ...]:
    """Page of a run.

    Parameters
    ----------
    record
        What ``summary.json`` holds (`summary_record`).
    """
    return (
        Heading(f"Fit of the model '{record['model']}'", level=1),
        *status_blocks(record),
        *effect_blocks(record),
        *own_trial_blocks(record),
        *covariate_blocks(record),
        *loop_blocks(record),
        *lasting_blocks(record),
        *spread_blocks(record),
        *learned_blocks(record),
        *prior_blocks(record),
        *check_blocks(record),
        Heading("Sampler and solver"),
        *convergence_blocks(record),
        *work_blocks(record),
        Paragraph(record["statement"]),
    )


def status_blocks(record: Mapping[str, Any]) -> list[Block]:
    """Warnings, whether the draws can be trusted, and what was fitted."""
    blocks: list[Block] = [Verdict(sentence, good=False) for sentence in record["notices"]]
    if record["converged"]:
        blocks.append(Verdict("Every convergence check passed.", good=True))
    else:
        blocks.append(Bullets(tuple(record["failed_checks"])))
    if record["failed_solves"]:
        arms = ", ".join(f"{arm} ({count})" for arm, count in record["failed_solves_by_arm"].items())
        blocks.append(
            Verdict(f"{record['failed_solves']} solves of the equations failed, in: {arms}.", good=False)
        )
    sizes = (
        f"{record['rows_used']} observations from {record['studies_used']} studies; "
        f"{record['chains']} chains of {record['draws']} draws."
    )
    return [*blocks, Paragraph(sizes)]


def convergence_blocks(record: Mapping[str, Any]) -> list[Block]:
    """Numbers of the convergence and solver checks."""
    worst, limits = record["worst_parameters"], record["thresholds"]
    numbers = (
        f"R-hat at most {number(record['max_rhat'], 3)} ({worst['max_rhat']}; limit {limits['max_rhat']}). "
        f"Effective sample size at least {number(record['min_ess_bulk'], 0)} in bulk "
        f"({worst['min_ess_bulk']}) and {number(record['min_ess_tail'], 0)} in the tails "
        f"({worst['min_ess_tail']}; limit {limits['min_ess']:.0f}). Divergent draws: "
        f"{record['divergences']} of {record['chains'] * record['draws']} "
        f"(limit {limits['max_divergence_share']:.1%}). E-BFMI at least "
        f"{number(record['min_ebfmi'], 2)} (limit {limits['min_ebfmi']})."
    )
    blocks: list[Block] = [Paragraph(numbers)]
    blocks += stop_blocks(record)
    single = record.get("single_precision")
    if single is not None:
        blocks.append(
            Paragraph(
                f"Chains moved in single precision. At {single['draws']} draws this changed the log density "
                f"by up to {single['largest']:.2g} nats (SD {single['sd']:.2g}; Pareto k of the weights that "
                f"would correct it: {number(single['pareto_k'], 2)})."
            )
        )
    if not record["failed_solves"]:
        blocks.append(Paragraph("No solve of the equations failed."))
    return [*blocks, Paragraph(_solver(record))]


def _start(record: Mapping[str, Any]) -> str:
    start = record.get("start")
    if start is None:
        return ""
    among = f" of {start['matched'] + len(start['at_prior'])}" if start["at_prior"] else ""
    return f" from an earlier run ({start['matched']}{among} coordinates matched)"


_REASONS = {
    "converged": "It ended by convergence: all checks held with a margin.",
    "draws": "It ended at the largest number of draws: not all checks held with a margin.",
    "minutes": "It ended by its time limit: not all checks held with a margin.",
    "modes": "It ended at the number of draws of the preset: separate modes keep chains apart.",
}


def stop_blocks(record: Mapping[str, Any]) -> list[Block]:
    """Why sampling until convergence ended, and when each check first held; empty for a number of draws."""
    stop = record.get("stop")
    if stop is None:
        return []
    held = ", ".join(
        f"{check} {'never' if draws is None else draws}" for check, draws in stop["first_held"].items()
    )
    return [
        Paragraph(
            f"Sampling was to go on until convergence. {_REASONS[stop['reason']]} Draws of each chain after "
            f"which a check of the coordinates first held: {held}."
        )
    ]


def _solver(record: Mapping[str, Any]) -> str:
    solver, limits = record.get("solver"), record["thresholds"]
    if solver is None:
        return (
            "What the integrator's error does to the posterior was not checked: quick and interrupted runs "
            "leave it out."
        )
    parts = [
        f"{solver['draws']} draws were solved again by an adaptive integrator at tight tolerance: the log "
        f"density differs by {number(solver['typical_nats'], 3)} nats in the median and by "
        f"{number(solver['largest_nats'], 3)} at most. Importance weights correct for this difference: "
        f"their Pareto k is {number(solver['pareto_k'], 2)} (limit {limits['max_pareto_k']}), and their "
        f"effective sample size is {number(solver['effective_sample_size'], 1)}. The heaviest weight is "
        f"{number(solver['heaviest'], 2)} times the mean. The limit on Pareto k applies where a weight "
        f"exceeds {limits['negligible_weight']} times the mean."
    ]
    if solver["shifts"]:
        most = solver["shifts"][0]
        unit = "" if most["unit"] == "1" else f" {most['unit']}"
        parts.append(
            f"With these weights and tight solves no reported mean moves more than that of "
            f"{most['result']}: by {number(most['shift_sd'], 3)} posterior standard deviations (limit "
            f"{limits['max_shift']}), {number(most['shift'], 4)}{unit}."
        )
    if record["mesh_refinement"] > 1:
        parts.append(
            f"Mesh refinement {record['mesh_refinement']}: on coarser steps this check failed, and the fit "
            "was repeated on finer ones."
        )
    return " ".join(parts)


def effect_blocks(record: Mapping[str, Any]) -> list[Block]:
    """Effects of the treatments, with what each rests on."""
    effects = record["drug_effects"]
    if not effects:
        return []
    order = {basis: place for place, basis in enumerate(BASES)}
    # Records of earlier versions have no basis and no counts.
    rows = tuple(
        (
            effect["drug"],
            effect.get("basis", NOT_RECORDED),
            str(effect.get("trials", "")),
            f"{effect['patients']:,}" if "patients" in effect else "",
            number(effect["median"], 2),
            _interval(effect, "", 95),
            _interval(effect, "prior_", 95),
            probability(effect["probability_below_zero"]),
            probability(effect["probability_below_minus_one"]),
            probability(effect["prior_probability_below_minus_one"]),
            number(effect["contraction"], 2),
        )
        for effect in sorted(effects, key=lambda each: order[each.get("basis", NOT_RECORDED)])
    )
    columns = (
        "treatment",
        "basis",
        "trials",
        "patients",
        "median",
        "95 % CrI",
        "prior 95 %",
        "P(<0)",
        "P(<−1)",
        "prior P(<−1)",
        "contraction",
    )
    blocks: list[Block] = [
        Heading(f"Difference from placebo at week {REFERENCE_WEEKS:g}"),
        Paragraph(reference_estimand()),
        Table(columns, rows),
        Paragraph(ASSUMPTIONS),
        Paragraph(BASIS_WORDS),
        Paragraph("'trials' and 'patients' count those who got the treatment, in any condition."),
    ]
    labels = labels_in(record)
    beyond = [
        f"{effect['drug']}: {labels.worded(effect['reasons'])}" for effect in effects if effect.get("reasons")
    ]
    if beyond:
        blocks += [Paragraph("Where an effect goes beyond the trials:"), Bullets(tuple(beyond))]
    blocks += [Paragraph(sentence) for sentence in fixed_strengths(record)]
    broken = [effect["drug"] for effect in effects if effect["finite_share"] < 1.0]
    if broken:
        blocks.append(Paragraph(f"Draws that could not be solved were left out for: {', '.join(broken)}."))
    return blocks


def fixed_strengths(record: Mapping[str, Any]) -> list[str]:
    """A sentence on strengths of drugs that the settings fixed: their effects are assumptions."""
    changes = record.get("changed_priors", ())
    held = [row["parameter"] for row in changes if row["is_fixed"] and row["is_strength"]]
    if not held:
        return []
    return [
        f"The settings fixed strengths of drugs ({', '.join(held)}). Effects of these drugs follow from the "
        "fixed values, in whole or in part: they are assumptions, and their intervals are too narrow for "
        "evidence."
    ]


def loop_blocks(record: Mapping[str, Any]) -> list[Block]:
    """Gains of the feedback loops."""
    gains = record["loop_gains"]
    if not gains:
        return []
    rows = tuple(
        (
            label(gain["loop"]) + (" (prior-driven)" if gain["prior_driven"] else ""),
            number(gain["median"], 2),
            _interval(gain, "", 95),
            _interval(gain, "prior_", 95),
            probability(gain["probability_above_one"]),
            probability(gain["lasting_probability_above_one"]),
            probability(gain["prior_probability_above_one"]),
        )
        for gain in gains
    )
    columns = ("loop", "gain", "95 %", "prior 95 %", "P(gain > 1)", "if states last", "prior P(gain > 1)")
    return [
        Heading("Feedback loops (a gain above 1 sustains itself)"),
        Table(columns, rows),
        Paragraph(
            "“If states last” adds one assumption to the prior before any row is read: patients of every "
            "pain from 3 to 9 have stayed there for years, with the same loops in all of them. A gain above "
            "1 then leaves little room for patients with different pains. It is not computable where too few "
            "prior draws allow such patients."
        ),
        *([Paragraph(ONE_PATIENT)] if record.get("patients") == "mean" else []),
    ]


def learned_blocks(record: Mapping[str, Any]) -> list[Block]:
    """How far the data informed the parameters."""
    table = record["contraction"]
    driven = len(record["prior_driven"])
    informed = [row for row in table if not row["prior_driven"] and row["contraction"] is not None]
    best = ", ".join(f"{row['parameter']} ({number(row['contraction'], 2)})" for row in informed[:6])
    return [
        Heading("What the data taught"),
        Paragraph(
            f"{driven} of {len(table)} parameters are prior-driven: contraction below 0.1 and mean moved by "
            f"less than 0.25 prior standard deviations (all in contraction.csv). The data inform most: "
            f"{best or 'none'}; in brackets the contraction, 1 − posterior variance / prior variance."
        ),
    ]


def prior_blocks(record: Mapping[str, Any]) -> list[Block]:
    """Priors and fixed values that the settings put in place of the packaged ones, if any."""
    # Records of earlier versions do not hold them.
    changes = record.get("changed_priors", ())
    if not changes:
        return []
    rows = tuple((row["parameter"], row["unit"], row["packaged"], row["chosen"]) for row in changes)
    return [
        Heading("Priors and fixed values of the settings"),
        Paragraph(
            "Everything on this page rests on them. 'median ×÷ factor' is log-normal, the factor being one "
            "SD on the log scale; 'mean ± SD' is normal, or beta for a share. What is fixed is not "
            "estimated: nothing here is evidence for its value."
        ),
        Table(("parameter", "unit", "prior of windup", "in this run"), rows),
    ]


def check_blocks(record: Mapping[str, Any]) -> list[Block]:
    """Included data and predictive check."""
    studies = record["coverage_by_study"]
    columns = ("observations", "number", "in 50 %", "in 80 %", "in 95 %", "outside 95 %", "residual")
    everything = (
        "all",
        str(record["rows_used"]),
        *(number(record[f"coverage_{level}"], 2) for level in (50, 80, 95)),
        str(sum(row["rows_outside_95"] for row in studies)),
        "",
    )
    kinds = tuple(_coverage_row(row, "kind") for row in record["coverage_by_kind"])
    worst = tuple(_coverage_row(row, "study") for row in studies[:WORST_STUDIES])
    return [
        Heading("Included data and predictive check"),
        Paragraph(
            f"{record['rows_used']} observations from {record['studies_used']} studies: the share inside "
            "their central prediction intervals, by kind of observation. They were fitted: the check "
            "shows misfit and not how new trials would be predicted. 'residual' is the root mean square "
            "distance in predictive standard deviations; well above 1 is misfit."
        ),
        Table(columns, (everything, *kinds)),
        Paragraph(f"The {len(worst)} studies that fit worst (all are in checks.csv):"),
        Table(("study", *columns[1:]), worst),
        *suspect_blocks(record),
    ]


def work_blocks(record: Mapping[str, Any]) -> list[Block]:
    """Chains, draws, seed and wall time."""
    wall = ", ".join(
        f"{_PHASES.get(phase, phase)} {duration:.0f} s" for phase, duration in record["wall_seconds"].items()
    )
    return [
        Heading("Run details"),
        Paragraph(
            f"{record['chains']} chains of {record['draws']} draws after {record['warmup']} warm-up "
            f"iterations{_start(record)}, preset '{record['preset']}', seed {record['seed']}. "
            f"Wall time: {wall}."
        ),
    ]


def _coverage_row(row: Mapping[str, Any], name: str) -> tuple[str, ...]:
    return (
        label(row[name]) if name == "kind" else str(row[name]),
        str(row["rows"]),
        *(number(row[f"covered_{level}"], 2) for level in (50, 80, 95)),
        str(row["rows_outside_95"]),
        number(row["root_mean_square_residual"], 2),
    )


def _interval(row: Mapping[str, Any], prefix: str, level: int) -> str:
    return f"{number(row[f'{prefix}low_{level}'], 2)} to {number(row[f'{prefix}high_{level}'], 2)}"

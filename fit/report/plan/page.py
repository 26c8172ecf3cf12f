"""The page of a plan, and of a run compared with it."""

from __future__ import annotations

from collections.abc import Iterator

from windup.fit.display.blocks import Block, Bullets, Heading, Paragraph, Table, Verdict
from windup.fit.report.plan.check import CheckedLimit, Order, PlanCheck
from windup.fit.report.plan.plan import AnalysisPlan, Limit

_ORDER: dict[Order, str] = {
    "plan first": "By these dates the run began after the day of the plan.",
    "same day": "By these dates the run began on the day of the plan: they do not show which came first.",
    "run first": "By these dates the run had begun before the day of the plan.",
    "not known": "The run does not record its date: which came first is not shown.",
}
_PROOF = (
    "Dates in files show nothing by themselves: whoever has a file can change it. That the plan is older "
    "than the run is shown only by its SHA-256, deposited before the run where others keep the date (a "
    "registry, an e-mail, a journal). Compare the deposited SHA-256 with the one here."
)


def plan_page(plan: AnalysisPlan) -> tuple[Block, ...]:
    """Page of a plan without faults."""
    limits = tuple((limit.shown, bounds_of(limit)) for limit in plan.limits)
    return (
        Verdict("No errors found.", good=True),
        Paragraph(f"{plan.title}, {plan.date.isoformat()}"),
        Paragraph(f"SHA-256 {plan.sha256}"),
        Heading("Limits"),
        Table(("quantity", "limit"), limits),
        Paragraph(f"Analyses after the fit: {', '.join(plan.analyses) or 'none'}."),
    )


def check_page(check: PlanCheck) -> tuple[Block, ...]:
    """Page of a run compared with its plan."""
    plan = check.plan
    texts = (
        ("title", plan.title),
        ("question of interest", plan.question_of_interest),
        ("context of use", plan.context_of_use),
        ("influence of the model", plan.model_influence),
        ("consequence of a wrong decision", plan.decision_consequence),
        ("date of the plan", plan.date.isoformat()),
        ("SHA-256 of the plan", plan.sha256),
        ("draws complete", check.created or "not recorded"),
        ("run begun (UTC)", "not known" if check.began is None else f"{check.began:%Y-%m-%d %H:%M}"),
    )
    return (
        Heading("Analysis plan", level=1),
        *verdicts_of(check),
        Heading("Plan"),
        Table(("what", "in the plan and the run"), texts),
        Paragraph(f"{_ORDER[check.order]} {_PROOF}"),
        Heading("Deviations"),
        *_deviations(check),
        Heading("Limits"),
        Table(
            ("quantity", "limit", "found", "held", "why"),
            tuple(
                (each.limit.shown, bounds_of(each.limit), _found(each), held_of(each), each.limit.why)
                for each in check.limits
            ),
        ),
        *_not_available(check),
    )


def verdicts_of(check: PlanCheck) -> Iterator[Verdict]:
    """Whether the run follows its plan, and whether its limits hold."""
    count = len(check.deviations)
    if check.follows:
        yield Verdict("The run follows its plan.", good=True)
    else:
        named = ", ".join(each.what for each in check.deviations)
        points = f"{count} point{'' if count == 1 else 's'}"
        yield Verdict(f"THE RUN DEVIATES FROM ITS PLAN in {points}: {named}.", good=False)
    held, broken, open_ = (check.count(each) for each in (True, False, None))
    words = [f"{held} of {len(check.limits)} limits {'holds' if held == 1 else 'hold'}"]
    words += [f"{broken} {'does' if broken == 1 else 'do'} not hold"] if broken else []
    words += [f"{open_} {'is' if open_ == 1 else 'are'} not available"] if open_ else []
    yield Verdict(f"{', '.join(words)}.", good=held == len(check.limits))


def _deviations(check: PlanCheck) -> Iterator[Block]:
    if check.follows:
        yield Paragraph("None: settings, trials, version and analyses are those of the plan.")
        return
    yield Table(("what", "planned", "done"), tuple(tuple(each) for each in check.deviations))


def _not_available(check: PlanCheck) -> Iterator[Block]:
    reasons = tuple(f"{each.limit.shown}: {each.why_not}" for each in check.limits if each.held is None)
    if reasons:
        yield Paragraph("Not available, and why:")
        yield Bullets(reasons)


def bounds_of(limit: Limit) -> str:
    """Bounds of a limit in words.

    Examples
    --------
    >>> bounds_of(Limit("summary.coverage_50", "", at_least=0.45, at_most=0.55))
    '0.45 to 0.55'
    """
    low, high = limit.at_least, limit.at_most
    if low is not None and high is not None:
        return f"{_number(low)} to {_number(high)}"
    return f"at most {_number(high)}" if low is None else f"at least {_number(low)}"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.8g}".replace("-", "−")


def _found(checked: CheckedLimit) -> str:
    return "not available" if checked.value is None else _number(checked.value)


def held_of(checked: CheckedLimit) -> str:
    """Whether a limit holds, in a word or two."""
    return {True: "held", False: "NOT HELD", None: "not available"}[checked.held]

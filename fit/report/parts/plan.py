"""The part of a report on the analysis plan: what it asked for, what was done, which limits hold."""

from __future__ import annotations

from windup.fit.display.blocks import Heading, Table
from windup.fit.display.text import clipped
from windup.fit.report.document.elements import Grid, ReportBlock, Section, State, within
from windup.fit.report.plan.check import PlanCheck
from windup.fit.report.plan.page import check_page

NAME, TITLE = "plan", "Analysis plan"
_LONGEST = 4000


def plan_part(check: PlanCheck) -> Section:
    """The page of the comparison; its tables hold text, which stands on the left."""
    blocks: list[ReportBlock] = []
    under = ""
    for block in within(check_page(check)):
        if isinstance(block, Heading):
            under = block.text
        blocks.append(_grid(under, block) if isinstance(block, Table) else block)
    return Section(NAME, TITLE, tuple(blocks))


def _grid(caption: str, table: Table) -> Grid:
    rows = tuple(tuple(clipped(cell, _LONGEST) for cell in row) for row in table.rows)
    return Grid(caption, table.columns, rows)


def plan_state(check: PlanCheck) -> State:
    """The plan as a check: failed where something deviates or a limit is broken."""
    if not check.follows or check.count(False):
        return "failed"
    return "not run" if check.count(None) else "passed"

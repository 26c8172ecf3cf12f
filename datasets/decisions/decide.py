"""Which rows a fit uses, where the table leaves that open.

The rules stand in the data dictionary (`windup.datasets.dictionary.decisions`), in the same order.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import final

import pandas as pd

from windup.datasets.catalogue.catalogue import Catalogue
from windup.datasets.decisions.blocks import (
    BLOCKS,
    CAUSE_REMOVED,
    EPISODES,
    STANDARDISED,
    WITHIN_HOURS,
    WITHOUT_COMPARATOR,
    first_off,
)
from windup.datasets.decisions.hours import hours_findings
from windup.datasets.decisions.limits import fact_of, studies_with_baseline, use_findings
from windup.datasets.decisions.needed import Needs
from windup.datasets.decisions.removed import removed_findings
from windup.datasets.decisions.rings import Edge, following
from windup.datasets.decisions.same_fact import same_fact, same_instrument, same_time
from windup.datasets.dictionary.decisions import DOUBTS, GIVEN_REASON, LOOSE_DESIGNS, WITHOUT_CONTROL_FLAGS
from windup.datasets.dictionary.usage import LIMIT_KIND, MAGNESIUM_KINDS

_OUTSIDE = ("other", "rbc_mg", "fiq", "attack_frequency", "attack_frequency_change")
_LEVELS = ("mean", "change", "percent_change")
# A mean says most: changes and contrasts follow from means.
_RANK = {"mean": 0, "change": 1, "contrast": 2, "percent_change": 3}

_NOT_COMPARED = ("row_id", "blocks", "used", "reason", "decided_by", "why")

type Why = tuple[str, str]


@final
@dataclass(frozen=True)
class _Row:
    index: int
    name: str
    study: str
    arm: str
    reference: str
    time: float
    kind: str
    instrument: str
    outcome: str
    scale: str
    value: float
    flags: frozenset[str]
    n: float
    spread: bool
    given: bool
    blocks: tuple[str, ...]
    cells: tuple[str, ...]

    @property
    def preference(self) -> tuple[object, ...]:
        """The row with the smaller one is used."""
        doubts = len(self.flags & DOUBTS)
        people = -1.0 if math.isnan(self.n) else self.n
        standardised = STANDARDISED in self.blocks
        return (
            not self.given,
            standardised,
            not self.spread,
            _RANK.get(self.kind, 0),
            doubts,
            -people,
            self.cells,
        )


@final
@dataclass(frozen=True)
class _Facts:
    condition: dict[str, str]
    design: dict[str, str]
    overlaps: dict[str, str]
    crossover: dict[str, str]
    drugs: dict[tuple[str, str], set[str]]
    sized: set[tuple[str, str]]
    doses: dict[tuple[str, str], pd.DataFrame]
    with_course: frozenset[str]
    catalogue: Catalogue
    blocks: tuple[str, ...]


def with_decisions(
    studies: pd.DataFrame,
    dosing: pd.DataFrame,
    observations: pd.DataFrame,
    catalogue: Catalogue,
    blocks: tuple[str, ...],
) -> pd.DataFrame:
    """Observations with ``used`` and ``reason`` filled, who decided (``decided_by``) and ``why``.

    ``blocks`` are the blocks of the likelihood that each row needs, joined by ``;``. What a table uses and
    no block of the fit takes is still marked as used: `windup.datasets.decisions.needed` takes it out.

    Parameters
    ----------
    studies, dosing, observations
        Typed tables indexed by line; what is filled in ``used`` stays.
    catalogue
        Conditions and instruments that they may name.
    blocks
        Blocks of the fit.
    """
    table = observations.copy()
    needs = Needs.of(studies, dosing, catalogue)
    table["blocks"] = [";".join(needs.of_row(row)) for _, row in table.iterrows()]
    table["blocks"] = table["blocks"].astype("str")
    unexplained = (table["used"] == "no") & (table["reason"] == "")
    table.loc[unexplained, "reason"] = GIVEN_REASON
    table["decided_by"] = pd.Series("table", index=table.index, dtype="str")
    table["why"] = pd.Series("", index=table.index, dtype="str")
    left_open = table["used"] == ""
    if not left_open.any():
        return table
    rows = list(_rows(table[left_open | (table["used"] == "yes")], catalogue))
    out = _left_out(rows, _facts(studies, dosing, rows, catalogue, blocks))
    for index in table.index[left_open]:
        reason, why = out.get(int(index), ("", "nothing speaks against it"))
        table.loc[index, ["used", "reason", "decided_by", "why"]] = [
            "no" if reason else "yes", reason, "windup", why,
        ]  # fmt: skip
    return table


def _rows(table: pd.DataFrame, catalogue: Catalogue) -> Iterator[_Row]:
    # Names of rows come last: other names of the same rows leave the choice as it is.
    columns = [name for name in sorted(table.columns) if name not in _NOT_COMPARED]
    for index, row in table.iterrows():
        yield _Row(
            int(str(index)), row["row_id"], row["study_id"], row["arm_id"], row["reference_arm"],
            row["time_weeks"], fact_of(row, catalogue),
            catalogue.told_on(row["scale"]), row["outcome"], row["scale"],
            row["value"], frozenset(row["flags"].split(";")), row["n"],
            any(not math.isnan(row[name]) for name in ("sd", "se", "low")), row["used"] == "yes",
            tuple(filter(None, row["blocks"].split(";"))),
            (*(str(row[name]) for name in columns), row["row_id"]),
        )  # fmt: skip


def _facts(
    studies: pd.DataFrame,
    dosing: pd.DataFrame,
    rows: list[_Row],
    catalogue: Catalogue,
    blocks: tuple[str, ...],
) -> _Facts:
    drugs: dict[tuple[str, str], set[str]] = {}
    sized: set[tuple[str, str]] = set()
    for study, arm, drug, n in zip(
        dosing["study_id"], dosing["arm_id"], dosing["drug"], dosing["n_randomised"], strict=True
    ):
        drugs.setdefault((study, arm), set()).add(drug)
        if not math.isnan(n):
            sized.add((study, arm))
    facts = {
        name: {str(study): str(word) for study, word in zip(studies["study_id"], studies[name], strict=True)}
        for name in ("condition", "design", "overlaps", "crossover")
    }
    doses = {(str(key[0]), str(key[1])): part for key, part in dosing.groupby(["study_id", "arm_id"])}
    with_course = frozenset(
        row.study for row in rows if WITHIN_HOURS not in row.blocks and row.kind not in MAGNESIUM_KINDS
    )
    return _Facts(
        **facts,
        drugs=drugs,
        sized=sized,
        doses=doses,
        with_course=with_course,
        catalogue=catalogue,
        blocks=blocks,
    )


def _left_out(rows: list[_Row], facts: _Facts) -> dict[int, Why]:
    """Reason and explanation of every row that is left open and not used."""
    out: dict[int, Why] = {}
    for rule in (_unfit, _limits, _without_outcome, _contrasts, _repeated, _rings, _same_patients):
        remaining = [row for row in rows if row.index not in out]
        for row, why in rule(remaining, facts):
            if not row.given:
                out.setdefault(row.index, why)
    return out


def _unfit(rows: list[_Row], facts: _Facts) -> Iterator[tuple[_Row, Why]]:
    for row in rows:
        why = _own_reason(row, facts)
        if why:
            yield row, why


def _own_reason(row: _Row, facts: _Facts) -> Why | None:
    design, condition = facts.design.get(row.study, ""), facts.condition.get(row.study, "")
    arms = [(row.study, row.arm), *([(row.study, row.reference)] if row.reference else [])]
    if not row.kind and row.outcome in _OUTSIDE:
        return "outcome outside the model", f"the fit has no use for the outcome '{row.outcome}'"
    if not row.kind:
        return "scale without a defensible conversion", f"'{row.scale}' does not convert for '{row.outcome}'"
    if design == "meta_analysis":
        return "pooled or secondary of included trials", "the design is meta_analysis"
    if row.kind not in MAGNESIUM_KINDS and not facts.catalogue.pain_counts(condition, row.scale):
        if condition in facts.catalogue.chronic_conditions:
            return "scale without a defensible conversion", f"'{row.scale}' is one of attacks or menses"
        episodic = condition in facts.catalogue.episodic_conditions
        reason = BLOCKS[EPISODES].reason if episodic else "not a chronic-pain population"
        return reason, f"the condition is '{condition}'"
    if any("other" in facts.drugs.get(arm, set()) for arm in arms):
        return "treatment outside the cascade", "an arm received the drug 'other'"
    if math.isnan(row.time):
        return "no time", "time_weeks is empty"
    if math.isnan(row.n) and not set(arms) <= facts.sized:
        return "no n", "n and n_randomised are empty"
    if "duplicate" in row.flags:
        return "duplicates another row", "it has the flag duplicate"
    if "selected_weeks" in row.flags:
        return "selected weeks", "it has the flag selected_weeks"
    if off := first_off(row.blocks, facts.blocks):
        return BLOCKS[off].reason, f"it needs the block '{off}' of the likelihood, which is off"
    if WITHIN_HOURS in row.blocks and (why := _not_within_hours(row, facts)):
        return BLOCKS[WITHIN_HOURS].reason, why
    if CAUSE_REMOVED in row.blocks and (found := _not_removed(row, facts)):
        return found
    if STANDARDISED in row.blocks and facts.crossover.get(row.study) == "yes":
        return "scale without a defensible conversion", "its SD in a crossover may be that of differences"
    if (
        design in LOOSE_DESIGNS
        and not row.flags & WITHOUT_CONTROL_FLAGS
        and WITHOUT_COMPARATOR not in row.blocks
    ):
        return "uncontrolled", f"the design is {design}, and no flag says why the row may be used"
    return None


def _not_within_hours(row: _Row, facts: _Facts) -> str:
    """What keeps a row from the block of minutes to hours; ``''`` where nothing does."""
    cells = pd.Series({"outcome": row.outcome, "scale": row.scale, "time_weeks": row.time})
    doses = facts.doses.get((row.study, row.arm), pd.DataFrame())
    found = hours_findings(
        cells,
        doses,
        facts.crossover.get(row.study, ""),
        with_course=row.study in facts.with_course,
        catalogue=facts.catalogue,
    )
    return found[0][1] if found else ""


def _not_removed(row: _Row, facts: _Facts) -> Why | None:
    """What keeps a row from the block of removed causes; None where nothing does."""
    for arm in filter(None, (row.arm, row.reference)):
        doses = facts.doses.get((row.study, arm), pd.DataFrame())
        for _, reason, found, _ in removed_findings(
            row.time, doses, facts.condition.get(row.study, ""), facts.catalogue
        ):
            return reason, found
    return None


def _limits(rows: list[_Row], _: _Facts) -> Iterator[tuple[_Row, Why]]:
    with_baseline = studies_with_baseline((row.study, row.kind, row.time) for row in rows)
    for row in rows:
        if row.kind.startswith(LIMIT_KIND):
            for finding in use_findings(row.time, with_baseline=row.study in with_baseline):
                yield row, finding[1:3]


def _without_outcome(rows: list[_Row], _: _Facts) -> Iterator[tuple[_Row, Why]]:
    later = {row.study for row in rows if row.time > 0.0}
    for row in rows:
        if row.study not in later and not row.flags & WITHOUT_CONTROL_FLAGS:
            yield row, ("no outcome after baseline", "no usable row of the study is later than week 0")


def _contrasts(rows: list[_Row], _: _Facts) -> Iterator[tuple[_Row, Why]]:
    """A contrast counts where its reference arm has no result of its own at that time."""
    levels: dict[tuple[str, str], list[_Row]] = {}
    for row in rows:
        if row.kind in _LEVELS:
            levels.setdefault((row.study, row.arm), []).append(row)
    for row in rows:
        if row.kind != "contrast" or not row.reference:
            continue
        own, other = (
            [
                each
                for each in levels.get((row.study, arm), [])
                if same_time(each.time, row.time) and same_instrument(each.instrument, row.instrument)
            ]
            for arm in (row.arm, row.reference)
        )
        if own and (other or any(each.given for each in own)):
            names = ", ".join(sorted(each.name for each in own))
            yield row, ("duplicates another row", f"it follows from the arms' own results (row {names})")
        elif own and STANDARDISED in row.blocks:
            # Its SD is not printed: points say more.
            names = ", ".join(sorted(each.name for each in own))
            yield row, ("duplicates another row", f"its arm has its own result in points (row {names})")
        elif own:
            for each in own:
                yield (
                    each,
                    (
                        "duplicates another row",
                        f"the contrast in row {row.name} says more: its reference arm has no result then",
                    ),
                )


def _repeated(rows: list[_Row], _: _Facts) -> Iterator[tuple[_Row, Why]]:
    arms: dict[tuple[str, str], list[_Row]] = {}
    for row in rows:
        arms.setdefault((row.study, row.arm), []).append(row)
    for mine in arms.values():
        chosen: list[_Row] = []
        for row in sorted(mine, key=lambda each: each.preference):
            first = _repeats(row, chosen)
            if first is None:
                chosen.append(row)
            else:
                yield row, ("duplicates another row", _comparison(row, first))


def _repeats(row: _Row, chosen: Iterable[_Row]) -> _Row | None:
    for other in chosen:
        # Contrasts of one arm with two others are two facts.
        compared = not (row.reference and other.reference) or row.reference == other.reference
        compared = compared and same_instrument(row.instrument, other.instrument)
        if compared and same_time(row.time, other.time) and same_fact(row.kind, other.kind):
            return other
    return None


def _rings(rows: list[_Row], _: _Facts) -> Iterator[tuple[_Row, Why]]:
    """Contrasts that follow from each other, or from results of arms by way of others."""
    by_index = {row.index: row for row in rows}
    ordered = sorted(rows, key=lambda each: each.preference)
    edges = (Edge(r.index, r.study, r.kind, r.arm, r.reference, r.time, r.instrument) for r in ordered)
    for index, others in following(edges):
        names = ", ".join(sorted(by_index[other].name for other in others))
        yield (
            by_index[index],
            ("duplicates another row", f"it follows from other rows of this time (row {names})"),
        )


def _comparison(row: _Row, first: _Row) -> str:
    what = f"row {first.name} has the {first.kind} of this arm and time"
    if row.kind == first.kind and row.scale == first.scale and abs(row.value - first.value) > 0.1:
        return f"{what}, with another value ({first.value:g}, not {row.value:g}); check both"
    return what


def _same_patients(rows: list[_Row], facts: _Facts) -> Iterator[tuple[_Row, Why]]:
    remaining = {row.study for row in rows}
    for study in sorted(remaining):
        other = facts.overlaps.get(study, "")
        if other in remaining and other != study:
            remaining.discard(study)
            for row in rows:
                if row.study == study:
                    yield row, (f"overlaps {other}", f"its patients are among those of '{other}'")

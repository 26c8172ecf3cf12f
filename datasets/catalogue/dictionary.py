"""The data dictionary as text, made from the column tables so that the two cannot part."""

from __future__ import annotations

from windup.datasets.catalogue.columns import CATALOGUE_TABLES
from windup.datasets.catalogue.load_catalogue import packaged_catalogue
from windup.datasets.catalogue.trial_columns import trial_tables
from windup.datasets.dictionary.columns import Column
from windup.datasets.dictionary.decisions import RULES
from windup.datasets.dictionary.vocabulary import FLAGS, REASONS


def _range(column: Column) -> str:
    if column.allowed:
        return ", ".join(f"`{word}`" for word in column.allowed)
    if column.minimum is None and column.maximum is None:
        return ""
    low = "" if column.minimum is None else f"≥ {column.minimum:.10g}"
    high = "" if column.maximum is None else f"≤ {column.maximum:.10g}"
    return ", ".join(bound for bound in (low, high) if bound)


def _required(column: Column) -> str:
    if column.cell_required:
        return "every cell"
    return "column" if column.column_required else "optional"


def dictionary_markdown() -> str:
    """Markdown tables of every column, reason, flag and dose unit."""
    catalogue = packaged_catalogue()
    lines = [line for name, columns in trial_tables(catalogue).items() for line in _table(name, columns)]
    lines += ["### How windup decides which rows are used", "", _DECISIONS, ""]
    lines += [f"{number}. {rule}" for number, rule in enumerate(RULES, 1)] + [""]
    lines += ["### Reasons a row may stay out of the fit", ""]
    lines += [f"- `{reason}`" for reason in REASONS] + ["- `overlaps STUDY`", ""]
    lines += ["### Flags", "", ", ".join(f"`{flag}`" for flag in FLAGS), ""]
    lines += ["### Drugs and the unit of their `daily_dose`", "", "| drug | label | unit |", "|---|---|---|"]
    lines += [f"| `{drug.name}` | {drug.label} | {drug.unit} |" for drug in catalogue.drugs]
    lines += ["", "### Treatments outside the models", "", _OUTSIDE, "", "| class | label |", "|---|---|"]
    lines += [f"| `{each.name}` | {each.label} |" for each in catalogue.outside_classes]
    lines += ["", "### Procedures that take a cause away", "", _PROCEDURES, ""]
    lines += ["| procedure | label | conditions |", "|---|---|---|"]
    lines += [
        f"| `{each.name}` | {each.label} | {', '.join(f'`{name}`' for name in each.conditions)} |"
        for each in catalogue.procedures
    ]
    lines += ["", "### Your drugs, conditions and instruments", "", _OWN, ""]
    lines += [line for name, columns in CATALOGUE_TABLES.items() for line in _table(name, columns)]
    return "\n".join(lines).rstrip("\n") + "\n"


_DECISIONS = (
    "Where `used` is empty, or the column is missing, these rules apply in this order. `windup check` lists "
    "the decisions; `windup check --json` those of every row."
)
_OUTSIDE = (
    "Classes of treatments that no model has a mechanism for. Their rows need the block `outside_drugs`; "
    "doses are not converted."
)
_PROCEDURES = (
    "Operations after which the cause of pain is gone in most people. All rows of a study with such an arm "
    "need the block `cause_removed`; a visit within twelve weeks after the operation is not used."
)
_OWN = (
    "A folder of trials may hold these eight tables too. Their rows are added to those that come with "
    "windup; each table may be missing."
)


def _table(name: str, columns: tuple[Column, ...]) -> list[str]:
    return [
        f"### `{name}`",
        "",
        "| column | type | unit | required | allowed | meaning |",
        "|---|---|---|---|---|---|",
        *(
            f"| `{c.name}` | {c.type} | {c.unit} | {_required(c)} | {_range(c)} | {c.meaning} |"
            for c in columns
        ),
        "",
    ]

"""The data dictionary as text, made from the column tables so that the two cannot part."""

from __future__ import annotations

from windup.datasets.dictionary.columns import TABLES, Column
from windup.datasets.dictionary.exposure import CANONICAL_UNITS
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
    lines: list[str] = []
    for name, columns in TABLES.items():
        lines += [f"### `{name}`", "", "| column | type | unit | required | allowed | meaning |"]
        lines += ["|---|---|---|---|---|---|"]
        lines += [
            f"| `{c.name}` | {c.type} | {c.unit} | {_required(c)} | {_range(c)} | {c.meaning} |"
            for c in columns
        ]
        lines.append("")
    lines += ["### Reasons a row may stay out of the fit", ""]
    lines += [f"- `{reason}`" for reason in REASONS] + ["- `overlaps STUDY`", ""]
    lines += ["### Flags", "", ", ".join(f"`{flag}`" for flag in FLAGS), ""]
    lines += ["### Unit of the computed `daily_dose`", "", "| drug | unit |", "|---|---|"]
    lines += [f"| `{drug}` | {unit or '–'} |" for drug, unit in CANONICAL_UNITS.items()]
    return "\n".join(lines) + "\n"

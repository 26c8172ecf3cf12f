"""A few packaged studies as files of their own: small enough to load thousands of times."""

from __future__ import annotations

import csv
import io

from windup.datasets import TABLES, packaged_trials

# Contrasts and responders, an interval of a mean, medians with ranges, a percent change of serum magnesium,
# a randomised withdrawal: every kind of row that is read in its own way.
STUDIES = ("arnold2007", "backonja2008", "benbow1994", "schutten2022", "gimbel2016")


def small_tables() -> dict[str, list[list[str]]]:
    """Header and rows of each table."""
    found: dict[str, list[list[str]]] = {}
    for name, content in packaged_trials().files.items():
        rows = list(csv.DictReader(io.StringIO(content.decode("utf-8"), newline="")))
        mine = [row for row in rows if row["study_id"] in STUDIES]
        for row in mine:
            # The study that they overlap with is left out.
            if row.get("overlaps"):
                row["overlaps"] = ""
        found[name] = [list(rows[0]), *(list(row.values()) for row in mine)]
    assert set(found) == set(TABLES)
    return found


def csv_bytes(rows: list[list[str]]) -> bytes:
    """Rows as a CSV file."""
    stream = io.StringIO(newline="")
    csv.writer(stream).writerows(rows)
    return stream.getvalue().encode("utf-8", "surrogatepass")

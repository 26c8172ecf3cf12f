"""Write the pages of results, and the results in the README; `make results` runs this.

``python docs/writers/write.py`` writes them again from docs/results and docs/gallery, ``--run DIR`` takes the
numbers of another run first, ``--people DIR`` those of the fits of people (`people.people_record`), and
``--check`` lists pages that are not in step and writes nothing.
"""

from __future__ import annotations

import argparse
import math
import re
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import dossier
import findings
from evidence import evidence
from facts import DOCS, PEOPLE, ROOT, RUN, facts, record_of
from flow import flow_svg
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from people import people_record, profile_figure

from windup.fit.display.format import number, percent, probability

_TEMPLATES = Path(__file__).parent / "templates"
_PAGES = (
    "calibration",
    "comparison",
    "credibility",
    "effects",
    "evidence",
    "identifiability",
    "people",
    "sensitivity",
)
_README = ROOT / "README.md"
_BLOCK = re.compile(r"(<!-- results: (\w+) -->\n).*?(<!-- end of results -->)", re.DOTALL)


def _elpd(row: Mapping[str, Any]) -> str:
    return f"{number(row['difference'], 1)} (SE {number(row['difference_error'], 1)})"


def _interval(row: Mapping[str, Any], digits: int = 1, prefix: str = "") -> str:
    return f"{number(row[prefix + 'low_95'], digits)} to {number(row[prefix + 'high_95'], digits)}"


def _end(value: float) -> str:
    return number(value, 2) if math.isfinite(value) else "open"


def _environment() -> Environment:
    pages = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        # Markdown, not HTML.
        autoescape=False,
    )
    pages.filters |= {
        "elpd": _elpd,
        "end": _end,
        "interval": _interval,
        "number": number,
        "percent": percent,
        "probability": probability,
        "listed": findings.listed,
        "rows": findings.rows,
    }
    pages.globals |= {
        name: getattr(findings, name)
        for name in (
            "alternatives",
            "by_left_out",
            "closest",
            "leading",
            "left_out",
            "older_tables",
            "other_trials",
            "without",
        )
    }
    pages.globals |= {"test_in_words": dossier.test_in_words, "validation": dossier.validation}
    return pages


def texts() -> dict[Path, str]:
    """Each page that holds results, with the text that it should have."""
    pages, values, counts = _environment(), facts(), evidence()

    def written(name: str) -> str:
        text = pages.get_template(f"{name}.md.jinja").render(facts=values, e=counts)
        return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"

    def filled(match: re.Match[str]) -> str:
        return f"{match[1]}{written('readme_' + match[2])}{match[3]}"

    result = {DOCS / "results" / f"{name}.md": written(name) for name in _PAGES}
    result[DOCS / "images" / "evidence_flow.svg"] = flow_svg(counts)
    result[_README] = _BLOCK.sub(filled, _README.read_text(encoding="utf-8"))
    return result


def main() -> None:
    """Write what is not in step, or list it."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--run", type=Path, help="finished run to take numbers from")
    options.add_argument("--people", type=Path, help="folder of the fits of people and their comparison")
    options.add_argument("--check", action="store_true", help="write nothing, list what is not in step")
    given = options.parse_args()
    if given.run:
        RUN.write_text(record_of(given.run), encoding="utf-8")
    if given.people:
        PEOPLE.write_text(people_record(given.people), encoding="utf-8")
        shutil.copyfile(profile_figure(given.people), DOCS / "images" / "people_gain_profile.png")
    stale = {
        path: text
        for path, text in texts().items()
        if not path.is_file() or path.read_text(encoding="utf-8") != text
    }
    for path, text in stale.items():
        print(path.relative_to(ROOT))
        if not given.check:
            path.write_text(text, encoding="utf-8")
    sys.exit(1 if given.check and stale else 0)


if __name__ == "__main__":
    main()

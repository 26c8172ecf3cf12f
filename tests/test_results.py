"""Claims about the results that the documentation quotes: they are those of the tables, and nowhere typed."""

import csv
import hashlib
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from windup.datasets import packaged_trials

ROOT = Path(__file__).parents[1]
WRITER = ROOT / "docs" / "writers" / "write.py"
README = ROOT / "README.md"
# Pages of which no number may come from a fit, but for what stands between the marks of generated text.
PAGES = [
    README,
    *sorted(
        page
        for folder in ("how-to", "learn", "understand")
        for page in (ROOT / "docs" / folder).glob("*.md")
        # Its numbers belong to the prior; tests/models/core/test_priors.py measures them.
        if page.name != "priors.md"
    ),
]
_GENERATED = re.compile(r"<!-- results: \w+ -->.*?<!-- end of results -->", re.DOTALL)
# How a result looks: an estimate with its error, an interval, a share of so many, a correlation.
_RESULT = re.compile(r"\d ± \d|SE \d|\(−?\d[\d.]* to −?\d|−\d\.\d|R-hat (?:of )?\d|\d+ of \d{2,}|\bnats in\b")


def written(*options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, WRITER, *options], capture_output=True, text=True)


def test_pages_of_results_are_in_step_with_the_tables() -> None:
    ended = written("--check")
    assert ended.returncode == 0, f"run make results: {ended.stdout}{ended.stderr[-2000:]}"


def test_figure_of_the_gain_profile_is_that_of_the_fit_whose_numbers_stand_beside_it() -> None:
    figure = (ROOT / "docs" / "images" / "people_gain_profile.png").read_bytes()
    record = json.loads((ROOT / "docs" / "results" / "people.json").read_text(encoding="utf-8"))
    assert hashlib.sha256(figure).hexdigest() == record["profile_figure_sha256"]


def test_readme_has_at_most_150_lines() -> None:
    assert len(README.read_text(encoding="utf-8").splitlines()) <= 150


def test_readme_quotes_results_only_where_they_are_generated() -> None:
    assert len(_GENERATED.findall(README.read_text(encoding="utf-8"))) == 3


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_no_result_is_typed_by_hand(page: Path) -> None:
    text = _GENERATED.sub("", page.read_text(encoding="utf-8"))
    assert _RESULT.findall(text) == []


def test_a_typed_result_would_be_seen() -> None:
    for text in ("21.3 ± 10.8", "−1.1 (95 % CrI −1.5 to −0.6)", "R-hat 1.005", "43 of 130", "(SE 10.8)"):
        assert _RESULT.search(text), text


def test_counts_of_the_page_on_evidence_are_those_of_the_files() -> None:
    page = (ROOT / "docs" / "results" / "evidence.md").read_text(encoding="utf-8")
    folder = ROOT / "datasets" / "trials"
    with (folder / "studies.csv").open(encoding="utf-8", newline="") as file:
        conditions = {row["study_id"]: row["condition"] for row in csv.DictReader(file)}
    with (folder / "observations.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    # Blocks of rows that are off stand as used in the file: which rows a fit uses is what loading decides.
    observations = packaged_trials().observations.to_dict("records")
    used = [row for row in observations if row["used"]]
    studies = {row["study_id"] for row in used}
    carried = re.search(r"\| carried in the tables \| (\d+) \| [\d,]+ \| ([\d,]+) \|", page)
    taken = re.search(r"\| used by a fit \| (\d+) \| \d+ \| ([\d,]+) \|", page)
    assert carried
    assert taken
    assert carried.groups() == (str(len(conditions)), f"{len(rows):,}")
    assert taken.groups() == (str(len(studies)), f"{len(used):,}")
    for reason in ("no time", "suspect figures", "uncontrolled"):
        count = sum(row["reason"] == reason for row in observations)
        assert re.search(rf"\| `{reason}` \| \d+ \| {count} \|", page), reason
    fibromyalgia = [name for name, condition in conditions.items() if condition == "fibromyalgia"]
    mine = sum(row["study_id"] in fibromyalgia for row in used)
    line = (
        rf"\| fibromyalgia \| {len(fibromyalgia)} \| \d+ \| {len(studies & set(fibromyalgia))} \| {mine} \|"
    )
    assert re.search(line, page)

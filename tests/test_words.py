"""Claims about the words that users read: plain terms of the field, and the present."""

import re
from pathlib import Path

import pytest
from typer import Context
from typer.main import get_command, get_group

from windup.fit.cli.app import app

ROOT = Path(__file__).parents[1]
PAGES = [
    ROOT / "README.md",
    ROOT / "docs" / "index.md",
    *sorted(
        page
        for folder in ("learn", "how-to", "results", "understand", "look-up")
        for page in (ROOT / "docs" / folder).glob("*.md")
        # It is generated from tables of parameters, which quote their sources.
        if page.name != "parameters.md"
    ),
]
# What to write instead.
RULES = {
    r"\bbeside\b": "compared with, next to, and",
    r"\banew\b": "again",
    r"\bleft out:": "Default:",
    r"\bone's own\b|\bof (?:its|your|their) own\b": "your",
    r"\bearlier\b|\bno longer\b|\bin the (?:run|fit) before\b|\bnow\b(?! and then)": "the present",
    r"\b(?:says?|tells?|told|knows?|speaks?)\b": "states, shows, names: software and data do not speak",
    r"\brivals?\b": "alternative models",
    r"\bquiet (?:cores|machine)\b|\bacquittal\b|\bearns? (?:its|their) place\b": "no figures of speech",
    r"\d%": "a space before the percent sign",
}
# Sentences that a rule would forbid, each with the reason why it stands.
ALLOWED = {
    "should speak with a physician": "people speak",
}
_CODE = re.compile(r"```.*?```|`[^`\n]*`|<!--.*?-->|\]\([^)]*\)", re.DOTALL)


def findings(text: str) -> list[tuple[str, str]]:
    """Words that a rule forbids, with what to write instead."""
    prose = _CODE.sub("", text)
    for sentence in ALLOWED:
        prose = " ".join(prose.split()).replace(sentence, "")
    return [
        (prose[max(match.start() - 40, 0) : match.end() + 20], instead)
        for rule, instead in RULES.items()
        for match in re.finditer(rule, prose, re.IGNORECASE)
    ]


def help_of(name: str) -> str:
    command = get_group(app).commands[name] if name else get_command(app)
    return str(command.get_help(Context(command, info_name=f"windup {name}".strip())))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_page_uses_plain_words_and_describes_the_present(page: Path) -> None:
    assert findings(page.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("command", ["", *get_group(app).commands])
def test_help_uses_plain_words(command: str) -> None:
    assert findings(help_of(command)) == []


def test_words_that_a_rule_forbids_are_found() -> None:
    for text in (
        "scored beside a baseline",
        "Left out: the packaged trials",
        "fits tables of one's own",
        "0.1%",
    ):
        assert findings(text), text


def test_every_exception_is_used() -> None:
    texts = " ".join(" ".join(page.read_text(encoding="utf-8").split()) for page in PAGES)
    assert [sentence for sentence in ALLOWED if sentence not in texts] == []


@pytest.mark.parametrize("page", sorted((ROOT / "docs" / "how-to").glob("*.md")), ids=lambda page: page.stem)
def test_how_to_page_follows_the_template_in_at_most_60_lines(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 60
    places = [text.index(part) for part in ("# ", "**Goal**: ", "```sh")]
    assert places == sorted(places)
    assert "## Pitfalls" in text or page.stem == "own-trials"

"""Claims about the page of a report: safe to open, and readable by everybody."""

import itertools
import re
from pathlib import Path
from xml.etree.ElementTree import Element

import numpy as np
import pytest

from windup.fit.report.build import RunReport

from ..hostile import ADDRESS, NAMES
from .reports import HTML, every, text_of

STYLE = Path(__file__).parents[3] / "fit" / "report" / "templates" / "report.css"


def test_every_anchor_is_unique_and_every_link_inside_the_file_resolves(page: Element) -> None:
    anchors = [element.get("id") for element in page.iter() if element.get("id")]
    assert len(anchors) == len(set(anchors))
    inside = [element.get("href", "") for element in every(page, "a") if element.get("href", "")[0] == "#"]
    assert len(inside) > 20
    assert {address[1:] for address in inside} - set(anchors) == set()


def test_report_loads_nothing_and_runs_nothing(page: Element, found: RunReport) -> None:
    assert list(every(page, "script", "iframe", "object", "embed", "form", "base")) == []
    loaded = [element.get(name) for element in page.iter() for name in ("src", "srcset", "data", "poster")]
    assert [address for address in loaded if address and not address.startswith("data:image/png;")] == []
    assert [element.get("href") for element in every(page, "link")] == ["data:,"]
    assert [name for element in page.iter() for name in element.attrib if str(name).startswith("on")] == []
    style = text_of(next(every(page, "style")))
    assert "url(" not in style
    assert "@import" not in style
    policy = next(each for each in every(page, "meta") if each.get("http-equiv"))
    assert policy.get("content", "").startswith("default-src 'none'; img-src data:;")


def test_links_lead_to_the_web_or_into_the_file_only(page: Element) -> None:
    addresses = [element.get("href", "") for element in every(page, "a")]
    assert [each for each in addresses if not each.startswith(("#", "https://", "http://"))] == []
    assert "https://doi.org/10.1000/%3Ci%3E%26x" in addresses
    assert ADDRESS in text_of(page)


@pytest.mark.parametrize("name", [NAMES[0], NAMES[1], NAMES[2], NAMES[3], NAMES[6]])
def test_hostile_names_are_shown_as_text(page: Element, name: str) -> None:
    shown = " ".join(text_of(page).split())
    assert " ".join(name.split()) in shown


def test_names_of_ten_kilobytes_are_cut_and_say_so(page: Element, found: RunReport) -> None:
    assert "n" * 1000 not in found.html
    assert "(9,940 characters more)" in text_of(page)


def test_characters_that_turn_the_text_around_are_left_out(found: RunReport) -> None:
    assert [c for c in found.html if c in "\N{RIGHT-TO-LEFT OVERRIDE}\x07"] == []
    assert "\N{PILL}" in found.html


def test_path_of_the_run_is_text(page: Element, folder: Path) -> None:
    kind = next(each for each in every(page, "p") if each.get("class") == "kind")
    assert text_of(kind).endswith(f"run {folder.name}")


def test_title_says_which_model_was_fitted_to_how_much(page: Element) -> None:
    assert text_of(next(every(page, "h1"))).startswith("Chronic-pain model fit: cascade, ")


def test_page_has_what_readers_without_eyes_or_mouse_need(page: Element) -> None:
    assert next(every(page, "html")).get("lang") == "en"
    assert len(list(every(page, "main"))) == 1
    assert len(list(every(page, "nav"))) == 1
    assert [image.get("alt") for image in every(page, "img") if len(image.get("alt", "")) < 20] == []
    assert [image for image in every(page, "img") if not image.get("width") or not image.get("height")] == []
    tables = list(every(page, "table"))
    assert len(tables) > 10
    assert [table for table in tables if table[0].tag != f"{HTML}caption"] == []
    assert [cell for cell in every(page, "th") if cell.get("scope") not in ("col", "row")] == []
    first = next(element for element in every(page, "a"))
    assert (first.get("class"), first.get("href")) == ("skip", "#main")


def test_headings_never_skip_a_level(page: Element) -> None:
    levels = [int(each.tag[-1]) for each in every(page, "h1", "h2", "h3", "h4", "h5", "h6")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert [pair for pair in itertools.pairwise(levels) if pair[1] > pair[0] + 1] == []


@pytest.mark.parametrize("theme", [0, 1])
@pytest.mark.parametrize(
    ("ink", "ground"),
    [
        ("text", "page"),
        ("quiet", "page"),
        ("quiet", "soft"),
        ("link", "page"),
        ("text", "soft"),
        ("good", "good-soft"),
        ("bad", "bad-soft"),
        ("unknown", "unknown-soft"),
        ("text", "unknown-soft"),
        ("link", "unknown-soft"),
    ],
)
def test_contrast_of_text_is_enough_in_light_and_dark(theme: int, ink: str, ground: str) -> None:
    blocks = re.findall(r":root \{(.*?)\}", STYLE.read_text(encoding="utf-8"), re.DOTALL)
    colours = dict(re.findall(r"--([\w-]+): (#\w{6})", blocks[theme]))
    light, dark = sorted((luminance(colours[ink]), luminance(colours[ground])), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 4.5


def luminance(colour: str) -> float:
    """Relative luminance of WCAG 2.2."""
    parts = [int(colour[place : place + 2], 16) / 255.0 for place in (1, 3, 5)]
    linear = [x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4 for x in parts]
    return float(np.dot((0.2126, 0.7152, 0.0722), linear))

"""Claims about what a report holds, in which order, and what it says is missing."""

import shlex
from pathlib import Path
from xml.etree.ElementTree import Element

from matplotlib import pyplot

from windup.fit.report.build import RunReport
from windup.fit.report.document.elements import Details, Gallery

from ..hostile import NAMES
from .reports import every, text_of

MEGABYTES = 1e6


def test_all_studies_of_the_packaged_trials_would_fit(found: RunReport) -> None:
    pictures = [
        picture
        for part in found.parts
        for block in part.blocks
        if isinstance(block, Gallery)
        for picture in block.pictures
    ]
    assert len(pictures) == len(NAMES)
    of_one = sum(len(picture.png) for picture in pictures) / len(pictures)
    # Base64 takes four bytes for three.
    assert 124 * of_one * 4 / 3 < 4 * MEGABYTES
    assert len(found.html) < 15 * MEGABYTES


def test_no_figure_is_left_open(found: RunReport) -> None:
    assert found.parts
    assert pyplot.get_fignums() == []


def test_first_part_is_the_results_and_the_second_what_may_not_be_concluded(found: RunReport) -> None:
    assert [part.name for part in found.parts[:2]] == ["results", "limits"]


def test_folded_content_is_in_the_page(page: Element, found: RunReport) -> None:
    folded = [block for part in found.parts for block in part.blocks if isinstance(block, Details)]
    assert len(folded) > 1
    assert len(list(every(page, "details"))) >= len(folded)


def test_missing_parts_are_named_with_a_command_that_works_in_a_shell(
    page: Element, found: RunReport, folder: Path
) -> None:
    names = {each.name for each in found.missing}
    assert {"predictions", "claims", "power-scaling", "rivals", "calibration", "sobol"} <= names
    assert "identifiability" not in names
    command = next(each.command for each in found.missing if each.name == "claims")
    assert shlex.split(command) == ["windup", "claims", str(folder)]
    shown = [text_of(code) for code in every(page, "code")]
    assert {each.command for each in found.missing} == set(shown)


def test_result_of_the_same_draws_is_shown(page: Element) -> None:
    part = next(each for each in page.iter() if each.get("id") == "identifiability")
    assert NAMES[0] in text_of(part)
    assert len(list(every(part, "img"))) == 1

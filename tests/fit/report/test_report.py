"""Claims about the report of a run: safe, whole, honest about what it shows and what is missing."""

import dataclasses
import itertools
import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

import html5lib
import numpy as np
import pandas as pd
import pytest
import xarray as xr
from matplotlib import pyplot
from scipy import stats
from typer.testing import CliRunner

from windup.fit.analyses.comparison.left_out_rows import LeftOutRows, pit_left_out, studies_left_out
from windup.fit.cli.app import app
from windup.fit.display.blocks import Bullets
from windup.fit.display.figure import figure, png
from windup.fit.display.text import drawn
from windup.fit.report.build import RunReport, build_report
from windup.fit.report.document.elements import Gallery, Link, Question, Questions
from windup.fit.report.document.links import linked
from windup.fit.report.document.results import Absent, CommandResult, results_of
from windup.fit.report.document.subject import Subject
from windup.fit.report.parts.limits import limits_part
from windup.fit.report.parts.verdicts import verdicts_part
from windup.fit.runs.analysis_result import AnalysisResult, Section
from windup.fit.runs.fitted_run import FittedRun, read_run
from windup.fit.runs.results import publish_results
from windup.fit.storage import folder as _run_folder
from windup.fit.storage.folder import RunFolder
from windup.fit.storage.formats import as_json
from windup.fit.storage.tree import draws_digest

from ..hostile import ADDRESS, NAMES, hostile_run, write_hostile_trials
from ..synthetic import synthetic_tree, with_variable

HTML = "{http://www.w3.org/1999/xhtml}"
MEGABYTES = 1e6
RIVALS = "Does the cascade beat its rivals?"
STYLE = Path(__file__).parents[3] / "fit" / "report" / "templates" / "report.css"


def leaves_out(run: FittedRun, **_: Any) -> LeftOutRows:
    """Stand-in for what evaluates the model: uniform transforms."""
    count = run.tree["observed_data"].sizes["row"]
    rows = pd.DataFrame({"pit": (np.arange(count) + 0.5) / count, "pareto_k": 0.1})
    return LeftOutRows(rows, studies_left_out(run.tree))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run with hostile names everywhere, also in its path, and one result of its draws."""
    home = tmp_path_factory.mktemp("reports")
    data = write_hostile_trials(home / "data")
    run = hostile_run(home / "<b>r & \"d'\N{PILL}", data)
    identified(run, read_run(run).draws_sha256)
    return run


def identified(run: Path, digest: str) -> None:
    """What `windup identify` would leave."""
    section = Section(NAMES[0], NAMES[1], ("name", "value"), ((NAMES[2], NAMES[5]), (NAMES[6], "1")))
    drawn_figure = figure("nothing", width_inches=4.0, height_inches=2.0)
    found = AnalysisResult(
        "identify", "title", NAMES[0], (section,), {}, {NAMES[4]: drawn_figure}, xr.DataTree(), {}, ()
    )
    found = dataclasses.replace(found, numbers={"draws_sha256": digest})
    folder = RunFolder.open(run / "identify", overwrite=True)
    publish_results(folder, found.results({}))


@pytest.fixture(scope="module")
def found(folder: Path) -> RunReport:
    return build_report(folder, leaves_out=leaves_out)


@pytest.fixture(scope="module")
def page(found: RunReport) -> Element:
    """The report as a strict parser of HTML 5 reads it: it raises on any error."""
    parsed: Element = html5lib.HTMLParser(strict=True).parse(found.html)
    return parsed


@pytest.fixture
def subject(folder: Path) -> Subject:
    run = read_run(folder)
    record = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    results = results_of(run, compare=None, calibration=None)
    return Subject(run, record, pd.DataFrame(), leaves_out(run), results)


def every(page: Element, *names: str) -> Iterator[Element]:
    return (element for element in page.iter() if element.tag in {f"{HTML}{name}" for name in names})


def text_of(element: Element) -> str:
    return "".join(element.itertext())


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
    assert text_of(next(every(page, "h1"))) == f"Report of {folder.name}"


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


def test_first_part_is_the_verdicts_and_the_second_what_may_not_be_concluded(found: RunReport) -> None:
    assert [part.name for part in found.parts[:2]] == ["verdicts", "limits"]


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


def test_result_of_other_draws_is_not_shown_and_says_so(folder: Path, tmp_path: Path) -> None:
    run = read_run(folder)
    claims = run.folder / "claims"
    claims.mkdir()
    try:
        for record, why in (
            ({"failed_checks": [], "draws_sha256": "0" * 64}, "other draws"),
            ({"failed_checks": []}, "does not say which draws"),
            ({}, "no summary of windup"),
        ):
            (claims / "summary.json").write_text(as_json(record), encoding="utf-8")
            left = results_of(run, compare=None, calibration=None)["claims"]
            assert isinstance(left, Absent)
            assert why in left.why
            assert left.command.endswith("--overwrite")
    finally:
        (claims / "summary.json").unlink()
        claims.rmdir()


def test_comparison_counts_when_one_of_its_runs_is_this_one(folder: Path, tmp_path: Path) -> None:
    run = read_run(folder)
    record = {"failed_checks": [], "draws_sha256": {"cascade": run.draws_sha256, "turnover": "0"}}
    (tmp_path / "summary.json").write_text(as_json(record), encoding="utf-8")
    assert isinstance(results_of(run, compare=tmp_path, calibration=None)["compare"], CommandResult)
    record["draws_sha256"] = {"cascade": "1", "turnover": "0"}
    (tmp_path / "summary.json").write_text(as_json(record), encoding="utf-8")
    assert isinstance(results_of(run, compare=tmp_path, calibration=None)["compare"], Absent)


def test_calibration_of_another_model_says_nothing_of_this_one(folder: Path, tmp_path: Path) -> None:
    run = read_run(folder)
    record: dict[str, Any] = {"failed_checks": [], "calibrated": True, "model": "turnover"}
    (tmp_path / "summary.json").write_text(as_json(record), encoding="utf-8")
    left = results_of(run, compare=None, calibration=tmp_path)["calibrate"]
    assert isinstance(left, Absent)
    assert "is of the model 'turnover'" in left.why
    (tmp_path / "summary.json").write_text(as_json(record | {"model": "cascade"}), encoding="utf-8")
    assert isinstance(results_of(run, compare=None, calibration=tmp_path)["calibrate"], CommandResult)


def test_digest_of_draws_changes_with_a_single_one() -> None:
    tree = synthetic_tree(draws=5, prior_draws=5)
    values = tree["posterior"].to_dataset()["individual_spread"].values.copy()
    values[3, 4] = np.nextafter(values[3, 4], np.inf)
    moved = with_variable(tree, "posterior", "individual_spread", values)
    assert draws_digest(tree) == draws_digest(synthetic_tree(draws=5, prior_draws=5))
    assert draws_digest(tree) != draws_digest(moved)


def sentences(subject: Subject) -> str:
    (bullets,) = (block for block in limits_part(subject, ()).blocks if isinstance(block, Bullets))
    return "\n".join(bullets.items)


def with_record(subject: Subject, **changes: Any) -> Subject:
    return dataclasses.replace(subject, record={**subject.record, **changes})


def test_run_that_did_not_converge_allows_no_conclusion(subject: Subject) -> None:
    assert "anything at all" not in sentences(with_record(subject, converged=True))
    assert "anything at all" in sentences(with_record(subject, converged=False))
    assert "anything at all" in sentences(with_record(subject, converged=True, preset="quick"))


def test_limits_name_what_the_trials_hardly_moved(subject: Subject) -> None:
    effects = [
        {"drug": "first", "prior_driven": True, "low_95": -1.0, "high_95": 1.0},
        {"drug": "second", "prior_driven": False, "low_95": -1.0, "high_95": 0.5},
        {"drug": "third", "prior_driven": False, "low_95": -1.0, "high_95": -0.5},
    ]
    told = sentences(with_record(subject, drug_effects=effects, prior_driven=["this_one"]))
    assert "the trials hardly speak of them: first\n" in told
    assert "their 95 % interval holds 0: second\n" in told
    assert "third" not in told
    assert "this_one" in told
    assert "hardly speak" not in sentences(with_record(subject, drug_effects=effects[1:]))


def test_width_of_predictions_is_a_limit_only_where_rows_left_out_say_so(subject: Subject) -> None:
    assert "right width" not in sentences(subject)
    pit = subject.left_out.rows["pit"].to_numpy()
    narrow = subject.left_out.rows.assign(pit=np.where(pit < 0.5, 0.01, 0.99))
    told = sentences(dataclasses.replace(subject, left_out=subject.left_out._replace(rows=narrow)))
    assert "too narrow" in told
    wide = subject.left_out.rows.assign(pit=0.5)
    told = sentences(dataclasses.replace(subject, left_out=subject.left_out._replace(rows=wide)))
    assert "too wide" in told


def test_studies_whose_weights_fail_are_named(subject: Subject) -> None:
    elpd = studies_left_out(subject.run.tree)
    elpd.pareto_k[:] = 0.1
    kept = subject.left_out._replace(studies=elpd)
    assert "without any one of" not in sentences(dataclasses.replace(subject, left_out=kept))
    elpd.pareto_k[0] = 2.0
    assert "without any one of 1 of 7" in sentences(dataclasses.replace(subject, left_out=kept))


def answers(subject: Subject) -> dict[str, Question]:
    (block,) = (each for each in verdicts_part(subject).blocks if isinstance(each, Questions))
    return {question.text: question for question in block.questions}


def test_verdicts_follow_the_record(subject: Subject) -> None:
    good = with_record(subject, converged=True, failed_checks=[])
    bad = with_record(subject, converged=False, failed_checks=["R-hat of x is 2."], failed_solves=3)
    assert answers(good)["Did the chains converge?"].answer == "yes"
    assert answers(bad)["Did the chains converge?"].answer == "no"
    assert "R-hat of x is 2." in answers(bad)["Did the chains converge?"].told
    assert answers(good)["Can the solver be trusted?"].answer == "not known"
    assert answers(bad)["Can the solver be trusted?"].answer == "no"


@pytest.mark.parametrize(("needed", "answer"), [(True, "yes"), (False, "no")])
def test_cascade_beats_its_rivals_only_if_the_comparison_says_so(
    subject: Subject, tmp_path: Path, needed: bool, answer: str
) -> None:
    models = [{"model": "cascade", "unreliable_studies": 3}, {"model": "turnover", "unreliable_studies": 0}]
    record = {"models": models, "verdict": "So it is.", "notices": [], "cascade_needed": needed}
    compared = {**subject.results, "compare": CommandResult(tmp_path, record, {})}
    with_rivals = dataclasses.replace(subject, results=compared)
    assert answers(subject)[RIVALS].answer == "not known"
    assert answers(with_rivals)[RIVALS].answer == answer
    assert "So it is." in answers(with_rivals)[RIVALS].told
    assert ("need the mechanism" in sentences(with_rivals)) is not needed
    assert "3 studies left out" in sentences(with_rivals)


def test_a_lead_by_fits_that_mixed_poorly_is_no_yes(subject: Subject, tmp_path: Path) -> None:
    models = [{"model": "cascade", "unreliable_studies": 0}, {"model": "turnover", "unreliable_studies": 0}]
    notice = "cascade: fits without a fold mixed poorly."
    record = {"models": models, "verdict": "It leads.", "notices": [notice], "cascade_needed": True}
    compared = {**subject.results, "compare": CommandResult(tmp_path, record, {})}
    with_rivals = dataclasses.replace(subject, results=compared)
    assert answers(with_rivals)[RIVALS].answer == "read on"
    assert notice in answers(with_rivals)[RIVALS].told
    assert "as certain as it looks" in sentences(with_rivals)


def test_transform_of_a_row_left_out_is_that_of_the_posterior_without_it() -> None:
    # Normal data of unit variance and a flat prior: without row i the mean of the others and 1 / (n - 1).
    rng = np.random.default_rng(5)
    data = rng.normal(0.3, 1.0, 12)
    draws = rng.normal(data.mean(), 1.0 / np.sqrt(len(data)), 50_000)[:, None]
    found = pit_left_out(stats.norm.logpdf(data - draws), stats.norm.cdf(data - draws))
    others = (data.sum() - data) / (len(data) - 1)
    expected = stats.norm.cdf((data - others) / np.sqrt(1.0 + 1.0 / (len(data) - 1)))
    np.testing.assert_allclose(found["pit"], expected, atol=0.005)
    # Without weights it is another.
    assert np.abs(stats.norm.cdf(data - draws).mean(axis=0) - expected).max() > 0.015


def test_any_name_can_be_drawn() -> None:
    empty = figure("", width_inches=4.0, height_inches=3.0)
    axes = empty.subplots()
    for place, name in enumerate(NAMES):
        axes.text(0.0, place / 10, drawn(name))
    assert len(png(empty, "")) > 1000


def test_addresses_in_text_are_found_and_nothing_of_it_is_lost() -> None:
    text = "See https://a.org/x_(y), doi:10.1000/ab(c)d; pmid:12 (NCT01234567) javascript:1 PMC123456."
    parts = linked(text)
    assert "".join(part.text if isinstance(part, Link) else part for part in parts) == text
    assert [part.address for part in parts if isinstance(part, Link)] == [
        "https://a.org/x_(y)",
        "https://doi.org/10.1000/ab(c)d",
        "https://pubmed.ncbi.nlm.nih.gov/12/",
        "https://clinicaltrials.gov/study/NCT01234567",
        "https://pmc.ncbi.nlm.nih.gov/articles/PMC123456",
    ]


@pytest.fixture
def quick_leaving_out(monkeypatch: pytest.MonkeyPatch, found: RunReport) -> None:
    """The command, without evaluating the model and drawing it all anew."""
    monkeypatch.setattr("windup.fit.report.build.build_report", lambda *_, **__: found)


def windup(*arguments: object) -> Any:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.mark.usefixtures("quick_leaving_out")
def test_command_writes_the_report_and_lists_what_is_in_it(folder: Path, found: RunReport) -> None:
    result = windup("report", folder, "--json")
    assert result.exit_code == 0, result.stderr
    told = json.loads(result.stdout)
    written = Path(told["path"])
    assert written == folder / "report.html"
    assert written.stat().st_size == told["bytes"]
    assert written.read_text(encoding="utf-8") == found.html
    assert [part["name"] for part in told["parts"]] == [part.name for part in found.parts]
    assert [each["command"] for each in told["missing"]] == [each.command for each in found.missing]


@pytest.mark.usefixtures("quick_leaving_out")
def test_earlier_report_is_replaced_and_no_other_file(folder: Path, tmp_path: Path) -> None:
    place = tmp_path / "deep" / "a.html"
    assert windup("report", folder, "--output", place).exit_code == 0
    assert windup("report", folder, "--output", place).exit_code == 0
    for other in ("", "<html>my own page about windup report</html>"):
        place.write_text(other, encoding="utf-8")
        result = windup("report", folder, "--output", place)
        assert (result.exit_code, place.read_text(encoding="utf-8")) == (5, other)
        assert "not touched" in result.stderr
    assert windup("report", folder, "--output", tmp_path).exit_code == 5


@pytest.mark.usefixtures("quick_leaving_out")
def test_full_disk_leaves_the_earlier_report_whole(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "a.html"
    assert windup("report", folder, "--output", place).exit_code == 0
    before = place.read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(_run_folder.os, "fsync", full)
    assert windup("report", folder, "--output", place).exit_code == 6
    assert place.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["a.html"]


def test_folder_without_a_run_is_refused(tmp_path: Path) -> None:
    result = windup("report", tmp_path)
    assert result.exit_code == 5
    assert list(tmp_path.iterdir()) == []

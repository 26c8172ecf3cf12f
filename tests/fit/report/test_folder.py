"""Claims about `windup report`: the file that it writes, and those that it leaves alone."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from windup.fit.cli.app import app
from windup.fit.report.build import RunReport
from windup.fit.storage import folder as _run_folder


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

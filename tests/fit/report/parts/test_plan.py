"""Claims about the part of a report on the analysis plan, and about the command of plans."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from windup.fit.cli.app import app
from windup.fit.diagnostics.convergence import MAX_RHAT, MIN_ESS
from windup.fit.report.build import build_report, contents
from windup.fit.report.document.elements import Grid
from windup.fit.report.parts.plan import plan_part, plan_state
from windup.fit.report.plan.page import verdicts_of
from windup.fit.report.planned import check_against_plan
from windup.fit.runs.fitted_run import read_run

from ..plan.plans import LIMIT, plan_of
from ..reports import leaves_out

BROKEN = {"quantity": "summary.chains", "at_least": 9, "why": "<b>Many chains.</b>"}


def windup(*arguments: object) -> Any:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.mark.parametrize(
    ("limits", "changes", "state"),
    [
        ((LIMIT,), {}, "passed"),
        ((LIMIT, BROKEN), {}, "failed"),
        ((LIMIT,), {"data_sha256": "a" * 64}, "failed"),
        (({"quantity": "summary.solver.pareto_k", "at_most": 1, "why": "x"},), {}, "not run"),
    ],
)
def test_plan_passes_only_if_nothing_deviates_and_every_limit_holds(
    folder: Path, tmp_path: Path, limits: tuple[dict[str, Any], ...], changes: dict[str, Any], state: str
) -> None:
    run = read_run(folder)
    assert plan_state(check_against_plan(run, plan_of(run, tmp_path, *limits, **changes))) == state


def test_deviating_run_is_shown_as_deviating_in_plain_words(folder: Path, tmp_path: Path) -> None:
    run = read_run(folder)
    check = check_against_plan(run, plan_of(run, tmp_path, LIMIT, BROKEN, data_sha256="a" * 64))
    assert [(each.text, each.good) for each in verdicts_of(check)] == [
        ("THE RUN DEVIATES FROM ITS PLAN in 1 point: trials.", False),
        ("1 of 2 limits holds, 1 does not hold.", False),
    ]
    grids = {block.caption: block for block in plan_part(check).blocks if isinstance(block, Grid)}
    assert grids["Deviations"].rows[0][0] == "trials"
    assert [row[3] for row in grids["Limits"].rows] == ["held", "NOT HELD"]


def test_report_has_the_plan_after_what_may_not_be_concluded(folder: Path, tmp_path: Path) -> None:
    run = read_run(folder)
    plan = plan_of(run, tmp_path, LIMIT, BROKEN)
    found = build_report(run, plan=plan, leaves_out=leaves_out)
    assert [part.name for part in found.parts[:3]] == ["results", "limits", "plan"]
    assert 'href="#plan">Analysis plan: <strong>failed</strong>' in found.html
    assert "&lt;b&gt;Many chains.&lt;/b&gt;" in found.html
    assert "For research only; this is not medical advice." in found.html
    assert contents(found)["plan"]["limits_broken"] == 1


def test_command_shows_the_hash_of_a_plan_and_compares_a_run(folder: Path, tmp_path: Path) -> None:
    run = read_run(folder)
    plan = plan_of(run, tmp_path, LIMIT, BROKEN)
    shown = windup("plan", plan)
    digest = json.loads(windup("plan", plan, "--json").stdout)["sha256"]
    assert (shown.exit_code, digest in shown.stdout) == (0, True)
    compared = windup("plan", plan, "--run", folder, "--json")
    assert compared.exit_code == 0, compared.stderr
    assert json.loads(compared.stdout)["sha256"] == digest
    assert "not medical advice" in windup("plan", plan, "--run", folder).stdout


def test_new_plan_names_the_settings_file_and_replaces_no_file(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text("seed = 3\n", encoding="utf-8")
    plan = tmp_path / "plans" / "plan.toml"
    made = windup("plan", plan, "--new", "--settings", tmp_path / "settings.toml")
    assert made.exit_code == 0, made.stderr
    text = plan.read_text(encoding="utf-8")
    assert 'settings = "../settings.toml"' in text
    assert json.loads(windup("check", "--json").stdout)["data_sha256"] in text
    assert f"at_most = {MAX_RHAT:g}" in text
    assert f"at_least = {MIN_ESS:g}" in text
    assert windup("plan", plan, "--new").exit_code == 5
    assert plan.read_text(encoding="utf-8") == text


def test_plan_with_faults_ends_with_2_and_writes_no_report(folder: Path, tmp_path: Path) -> None:
    plan = tmp_path / "plan.toml"
    plan.write_text("titel = 1\n", encoding="utf-8")
    out = tmp_path / "report.html"
    result = windup("report", folder, "--plan", plan, "--output", out)
    assert result.exit_code == 2
    assert "faults in the analysis plan" in result.stderr
    assert not out.exists()

"""Claims about the command line: what it prints, and how it ends."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr
from typer.main import get_group
from typer.testing import CliRunner

from windup.datasets import packaged_catalogue, packaged_trials
from windup.fit.cli.app import app
from windup.fit.cli.console.exits import EXIT_CODES
from windup.fit.errors import Interrupted
from windup.fit.settings.fit import MODELS
from windup.fit.storage.tree import group

from ..synthetic import synthetic_tree, with_variable

COUNTS = {
    "studies",
    "arms",
    "observations",
    "used",
    "unused_by_reason",
    "by_condition",
    "by_treatment",
    "rows_by_treatment",
    "pain_rows_by_treatment",
    "studies_used",
    "by_outcome",
    "faults",
}


def run(*arguments: object) -> Any:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture
def draws_from(monkeypatch: pytest.MonkeyPatch) -> Callable[[object], None]:
    """Make `windup fit` draw a given tree, or end with a given error, without drawing figures."""

    def use(ending: object) -> None:
        def engine(*_: object, **__: object) -> object:
            if isinstance(ending, BaseException):
                raise ending
            return ending

        monkeypatch.setattr("windup.fit.cli.commands.fit._engine", lambda: engine)
        monkeypatch.setattr("windup.fit.runs.write.figures", lambda *_: iter(()))

    return use


def small() -> xr.DataTree:
    return synthetic_tree(draws=250, prior_draws=100)


def unconverged() -> xr.DataTree:
    tree = small()
    values = group(tree, "posterior")["pregabalin_maximum"].values.copy()
    values[0] += 5.0
    return with_variable(tree, "posterior", "pregabalin_maximum", values)


def test_fit_that_converged_ends_with_0_and_shows_its_summary(
    tmp_path: Path, draws_from: Callable[[object], None]
) -> None:
    draws_from(small())
    result = run("fit", "--out", tmp_path / "a")
    assert result.exit_code == 0
    assert "Every convergence check passed." in result.stdout
    assert f"Written to {tmp_path / 'a'}." in result.stderr


def test_fit_that_did_not_converge_ends_with_4_and_its_last_lines_name_the_check(
    tmp_path: Path, draws_from: Callable[[object], None]
) -> None:
    draws_from(unconverged())
    result = run("fit", "--out", tmp_path / "a")
    assert result.exit_code == 4
    last = result.stderr.split("The fit did not converge:")[1].strip().splitlines()
    assert last[0].startswith("R-hat of pregabalin_maximum is")
    assert (tmp_path / "a" / "summary.json").exists()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--model", "casacde"), "Did you mean 'cascade'?"),
        (("--preset", "ful"), "Did you mean 'full'?"),
        (("--chains", "1"), "chains is 1"),
        (("--draws", "many"), "--draws"),
        (("--drws", "3"), "--drws"),
    ],
)
def test_wrong_option_ends_with_2_and_says_what_is_wrong(
    tmp_path: Path, options: tuple[str, str], said: str
) -> None:
    result = run("fit", "--out", tmp_path / "a", *options)
    assert result.exit_code == 2
    assert said in result.stderr
    assert "Traceback" not in result.output


def test_unknown_command_ends_with_2() -> None:
    assert run("fitt").exit_code == 2


def test_fit_on_data_with_faults_ends_with_3_and_shows_them_all(
    tmp_path: Path, draws_from: Callable[[object], None]
) -> None:
    draws_from(AssertionError("the sampler was started"))
    result = run("fit", "--data", tmp_path, "--out", tmp_path / "a")
    assert result.exit_code == 3
    assert all(name in result.stderr for name in ("studies.csv", "dosing.csv", "observations.csv"))


def test_fit_into_a_finished_run_ends_with_5_and_names_overwrite(
    tmp_path: Path, draws_from: Callable[[object], None]
) -> None:
    draws_from(small())
    assert run("fit", "--out", tmp_path / "a").exit_code == 0
    result = run("fit", "--out", tmp_path / "a")
    assert result.exit_code == 5
    assert "--overwrite" in result.stderr
    assert run("fit", "--out", tmp_path / "a", "--overwrite").exit_code == 0


def test_resume_with_nothing_to_resume_ends_with_5(
    tmp_path: Path, draws_from: Callable[[object], None]
) -> None:
    draws_from(AssertionError("the sampler was started"))
    result = run("fit", "--out", tmp_path / "a", "--resume")
    assert result.exit_code == 5
    assert "nothing to resume" in result.stderr


def test_disk_that_refuses_ends_with_6(tmp_path: Path, draws_from: Callable[[object], None]) -> None:
    draws_from(OSError(28, "No space left on device"))
    result = run("fit", "--out", tmp_path / "a")
    assert result.exit_code == 6
    assert "No space left on device" in result.stderr


def test_bug_ends_with_1_without_traceback_and_names_debug(
    tmp_path: Path, draws_from: Callable[[object], None]
) -> None:
    draws_from(ZeroDivisionError("by zero"))
    result = run("fit", "--out", tmp_path / "a")
    assert result.exit_code == 1
    assert "ZeroDivisionError: by zero" in result.stderr
    assert "--debug" in result.stderr
    assert "Traceback" not in result.output


def test_debug_shows_the_traceback_of_a_bug(tmp_path: Path, draws_from: Callable[[object], None]) -> None:
    draws_from(ZeroDivisionError("by zero"))
    result = run("fit", "--out", tmp_path / "a", "--debug")
    assert result.exit_code == 1
    assert "Traceback" in result.stderr


def test_interrupted_fit_ends_with_130_and_says_where_its_draws_are(
    tmp_path: Path, draws_from: Callable[[object], None]
) -> None:
    draws_from(Interrupted(small()))
    result = run("fit", "--out", tmp_path / "a")
    assert result.exit_code == 130
    assert str(tmp_path / "a.interrupted") in result.stderr
    assert "INTERRUPTED" in result.stdout


@pytest.mark.parametrize("stop", [Interrupted(None), KeyboardInterrupt()])
def test_fit_interrupted_before_any_draw_ends_with_130(
    tmp_path: Path, draws_from: Callable[[object], None], stop: BaseException
) -> None:
    draws_from(stop)
    result = run("fit", "--out", tmp_path / "a")
    assert result.exit_code == 130
    assert list(tmp_path.iterdir()) == []


def test_quick_fit_that_did_not_converge_is_no_alarm(
    tmp_path: Path, draws_from: Callable[[object], None]
) -> None:
    draws_from(unconverged())
    result = run("fit", "--preset", "quick", "--out", tmp_path / "a")
    assert result.exit_code == 4
    assert "this was to be expected" in result.stderr
    assert result.stderr.rstrip().endswith("Everything works. For results run without --preset quick.")


def test_quick_fit_is_marked_on_the_terminal(tmp_path: Path, draws_from: Callable[[object], None]) -> None:
    draws_from(small())
    assert "NOT for conclusions" in run("fit", "--preset", "quick", "--out", tmp_path / "a").stdout


def test_options_of_fit_reach_the_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Any] = []

    def engine(trials: object, settings: object, **_: object) -> xr.DataTree:
        seen.append(settings)
        return synthetic_tree(draws=20, prior_draws=20)

    monkeypatch.setattr("windup.fit.cli.commands.fit._engine", lambda: engine)
    monkeypatch.setattr("windup.fit.runs.write.figures", lambda *_: iter(()))
    options = {"model": "turnover", "preset": "quick", "chains": 3, "warmup": 5, "draws": 7, "seed": 9}
    run("fit", "--out", tmp_path / "a", *(f"--{name}={value}" for name, value in options.items()))
    assert {name: getattr(seen[0], name) for name in options} == options


def test_summary_of_a_run_is_the_page_of_its_markdown(
    tmp_path: Path, draws_from: Callable[[object], None]
) -> None:
    draws_from(small())
    run("fit", "--out", tmp_path / "a")
    shown = run("summary", tmp_path / "a")
    assert shown.exit_code == 0
    headings = [
        line.lstrip("# ")
        for line in (tmp_path / "a" / "summary.md").read_text().splitlines()
        if line[:1] == "#"
    ]
    assert [heading for heading in headings if heading not in shown.stdout] == []


def test_summary_as_json_is_the_file(tmp_path: Path, draws_from: Callable[[object], None]) -> None:
    draws_from(small())
    run("fit", "--out", tmp_path / "a")
    assert run("summary", tmp_path / "a", "--json").stdout == (tmp_path / "a" / "summary.json").read_text()


@pytest.mark.parametrize("content", [None, "{", "[]", "{}"])
def test_summary_of_what_is_no_run_ends_with_5(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "summary.json").write_text(content)
    result = run("summary", tmp_path)
    assert result.exit_code == 5
    assert "Traceback" not in result.output


def test_check_of_the_packaged_trials_prints_one_json_object() -> None:
    result = run("check", "--json")
    assert result.exit_code == 0
    assert set(json.loads(result.stdout)) >= COUNTS


def test_check_prints_the_count_of_every_reason_condition_treatment_and_outcome() -> None:
    text, counts = run("check").stdout, json.loads(run("check", "--json").stdout)
    lines = [tuple(line.rsplit(maxsplit=1)) for line in text.splitlines()]
    stripped = {(line[0].strip(), line[1]) for line in lines if len(line) == 2}
    catalogue = packaged_catalogue()
    labels = {
        each.name: each.label
        for each in (*catalogue.drugs, *catalogue.outside_classes, *catalogue.conditions)
    }
    for key in ("unused_by_reason", "by_condition", "by_treatment", "by_outcome"):
        # A reason is a sentence, in which the name of a study stays as it is.
        shown = {
            (labels.get(name, name if " " in name else name.replace("_", " ")), str(count))
            for name, count in counts[key].items()
        }
        assert shown - stripped == set()


@pytest.mark.parametrize("options", [(), ("--json",)])
def test_check_of_a_folder_with_faults_ends_with_3_and_shows_all(
    tmp_path: Path, options: tuple[str, ...]
) -> None:
    result = run("check", tmp_path, *options)
    assert result.exit_code == 3
    assert all(name in result.output for name in ("studies.csv", "dosing.csv", "observations.csv"))


def test_fault_in_json_has_its_place_and_remedy(tmp_path: Path) -> None:
    faults = json.loads(run("check", tmp_path, "--json").stdout)["faults"]
    assert {tuple(fault) for fault in faults} == {("file", "row", "column", "found", "remedy")}


def test_check_agrees_with_the_python_interface() -> None:
    used = packaged_trials().observations["used"]
    assert json.loads(run("check", "--json").stdout)["used"] == int(np.sum(used))


def test_models_names_every_model() -> None:
    text = run("models").stdout
    assert all(name in text for name in MODELS)


def test_version_is_printed() -> None:
    assert run("--version").stdout.startswith("windup 0.")


def test_help_of_fit_mentions_every_option() -> None:
    text = run("fit", "--help").stdout
    options = {
        *("--data", "--model", "--preset", "--out", "--chains", "--warmup", "--draws", "--seed"),
        *("--overwrite", "--resume", "--debug"),
    }
    assert {option for option in options if option not in text} == set()


@pytest.mark.parametrize(
    ("command", "option"), [("check", "--json"), ("summary", "--json"), ("check", "[DIR]")]
)
def test_help_of_other_commands_mentions_their_options(command: str, option: str) -> None:
    assert option in run(command, "--help").stdout


def test_help_explains_every_exit_code() -> None:
    text = run("--help").stdout
    assert [code for code, meaning in EXIT_CODES.items() if f"{code:>3}  {meaning}" not in text] == []


@pytest.mark.parametrize("command", sorted(get_group(app).commands))
def test_help_of_a_command_has_a_summary_that_fits_the_list_and_examples(command: str) -> None:
    text = run(command, "--help").stdout
    first = text.split("\n\n")[1].strip()
    assert len(first) <= 45
    assert first.endswith(".")
    assert first in run("--help").stdout
    assert "Examples:" in text or command == "models"
    assert "Exit codes: see windup --help." in text


def test_help_lists_commands_in_the_order_of_work() -> None:
    text = run("--help").stdout
    places = [text.index(f"\n{heading}:\n") for heading in ("Set up", "Fit", "Use a fit", "Check a fit")]
    assert places == sorted(places)


def test_exit_codes_are_documented_as_they_are() -> None:
    page = (Path(__file__).parents[3] / "docs" / "look-up" / "exit-codes.md").read_text(encoding="utf-8")
    assert [code for code, meaning in EXIT_CODES.items() if f"| {code} | {meaning} |" not in page] == []


@pytest.mark.parametrize("arguments", ["['--help']", "['check', '--json']", "['models']"])
def test_commands_that_do_not_fit_never_import_jax(arguments: str) -> None:
    code = (
        "import sys\n"
        "from windup.fit.cli.app import app\n"
        f"try: app({arguments})\n"
        "except SystemExit: pass\n"
        "print(sorted({'jax', 'numpyro', 'diffrax'} & set(sys.modules)), file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.splitlines()[-1] == "[]"


def test_help_and_completion_wait_for_no_library_of_arrays() -> None:
    code = (
        "import sys\n"
        "from windup.fit.cli.app import app\n"
        "try: app(['fit', '--help'])\n"
        "except SystemExit: pass\n"
        "heavy = {'jax', 'xarray', 'pandera', 'scipy', 'matplotlib'}\n"
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.splitlines()[-1] == "[]"

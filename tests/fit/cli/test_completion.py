"""Claims about tab completion: the shell is given the words that options allow, with what they mean."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from windup.fit.analyses.sensitivity.settings import METHODS
from windup.fit.settings.fit import MODELS, PRESETS
from windup.fit.settings.samplers import PRECISIONS, SAMPLERS

_CODE = "import sys; sys.argv = ['windup', *sys.argv[1:]]; from windup.fit.cli.app import main; main()"


def windup(*arguments: str, **variables: str) -> str:
    """Standard output of the command below a bash: completion finds its shell among its parents."""
    done = subprocess.run(
        ["bash", "-c", '"$@"; exit $?', "bash", sys.executable, "-c", _CODE, *arguments],
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert "Traceback" not in done.stderr
    return done.stdout


def completed(line: str) -> list[str]:
    """What bash is offered at the end of a line."""
    words = line.split(" ")
    return windup(
        _WINDUP_COMPLETE="complete_bash", COMP_WORDS=line, COMP_CWORD=str(len(words) - 1)
    ).splitlines()


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("windup fit --model ", MODELS),
        ("windup fit --preset ", PRESETS),
        ("windup fit --sampler ", SAMPLERS),
        ("windup fit --precision ", PRECISIONS),
        ("windup sensitivity runs/published --method ", METHODS),
    ],
)
def test_every_word_of_an_option_is_offered(line: str, words: dict[str, object]) -> None:
    assert set(completed(line)) == set(words)


def test_only_words_that_begin_so_are_offered() -> None:
    assert completed("windup fit --model s") == ["single_loop"]


def test_commands_are_offered() -> None:
    assert {"fit", "check", "init", "doctor"} <= set(completed("windup "))


def test_meaning_is_offered_where_the_shell_can_show_it() -> None:
    shown = windup(_WINDUP_COMPLETE="complete_zsh", _TYPER_COMPLETE_ARGS="windup fit --model placebo")
    assert MODELS["placebo_only"] in shown


def test_completion_installs_itself_into_the_home_of_the_user(tmp_path: Path) -> None:
    said = windup("--install-completion", HOME=str(tmp_path))
    written = {path.name for path in tmp_path.rglob("*") if path.is_file()}
    assert "windup.sh" in written
    assert "bash completion installed in" in said

"""Claims about analyses that fit inside and are killed: the second call gives the same numbers."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from .stopped import KINDS, run_of

ROOT = Path(__file__).parents[3]
_CALL = "import sys; from pathlib import Path; from tests.fit.analyses.stopped import KINDS; "
_CALL += "KINDS[sys.argv[1]][0](Path(sys.argv[2]))"
_LONGEST_SECONDS = 600.0


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a finished run, of which each test takes copies."""
    place = tmp_path_factory.mktemp("whole")
    run_of(place)
    return place


def killed(kind: str, place: Path) -> None:
    """Kill a process that does an analysis, as soon as it has kept how far it is."""
    process = subprocess.Popen([sys.executable, "-c", _CALL, kind, str(place)], cwd=ROOT)
    began = time.monotonic()
    while not any(place.glob(KINDS[kind][1])):
        assert process.poll() is None, "it ended before it kept anything"
        assert time.monotonic() - began < _LONGEST_SECONDS
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL


@pytest.mark.release
@pytest.mark.parametrize("kind", KINDS)
def test_analysis_that_was_killed_goes_on_by_itself_and_gives_the_same_numbers(
    kind: str, whole: Path, tmp_path: Path
) -> None:
    one, two = (Path(shutil.copytree(whole, tmp_path / name)) for name in ("one", "two"))
    killed(kind, one)
    again, at_once = (KINDS[kind][0](place) for place in (one, two))
    assert again == at_once
    # Nothing of the killed call is left.
    assert {path.relative_to(one) for path in one.rglob("*")} == {
        path.relative_to(two) for path in two.rglob("*")
    }

"""Claims about the script that tests a merge: it installs what tests need, and no test is skipped."""

import subprocess
from pathlib import Path

import pytest

from . import skips

ROOT = Path(__file__).parents[1]
# What the script calls, each of which writes down its name and its arguments.
STUB = '#!/bin/sh\necho "${0##*/} $*" >> "$CALLS"\n'


@pytest.fixture
def skipping(pytester: pytest.Pytester) -> pytest.Pytester:
    """A project with a test that passes, three that are skipped and one that fails as expected."""
    pytester.makeconftest(Path(skips.__file__).read_text(encoding="utf-8"))
    pytester.makepyfile(
        test_some="""
        import pytest

        def test_passes(): pass

        @pytest.mark.skip(reason="no browser")
        def test_marked(): pass

        def test_within(): pytest.importorskip("no_such_module")

        @pytest.mark.xfail
        def test_expected_to_fail(): assert False
        """,
        test_module="import pytest; pytest.skip('no module', allow_module_level=True)",
    )
    return pytester


def test_skip_is_a_skip_where_nothing_is_said(skipping: pytest.Pytester) -> None:
    skipping.runpytest_inprocess().assert_outcomes(passed=1, skipped=3, xfailed=1)


def test_every_skip_is_a_failure_that_says_its_reason_where_that_is_asked(skipping: pytest.Pytester) -> None:
    found = skipping.runpytest_inprocess("--fail-on-skip", "--continue-on-collection-errors")
    found.assert_outcomes(passed=1, failed=1, errors=2, xfailed=1)
    found.stdout.fnmatch_lines(["*was skipped*no browser*"])


def ci(folder: Path, *commands: str, user: int = 0) -> tuple[subprocess.CompletedProcess[str], list[str]]:
    """The script on a machine that has these commands and no others, and what it called."""
    programs, calls = folder / "bin", folder / "calls"
    (folder / ".ci").mkdir()
    programs.mkdir()
    (folder / ".ci" / "run").write_bytes((ROOT / ".ci" / "run").read_bytes())
    for name in ("dirname", "bash"):
        (programs / name).symlink_to(f"/usr/bin/{name}")
    for name in ("make", *commands):
        (programs / name).write_text(STUB, encoding="utf-8")
    (programs / "id").write_text(f"#!/bin/sh\necho {user}\n", encoding="utf-8")
    # What sudo is asked for is what is called.
    if "sudo" in commands:
        (programs / "sudo").write_text(f'{STUB}exec "$@"\n', encoding="utf-8")
    for path in programs.iterdir():
        if not path.is_symlink():
            path.chmod(0o755)
    ended = subprocess.run(
        ["/usr/bin/bash", folder / ".ci" / "run"],
        env={"PATH": str(programs), "CALLS": str(calls)},
        capture_output=True,
        text=True,
        check=False,
    )
    return ended, calls.read_text(encoding="utf-8").splitlines() if calls.exists() else []


TESTS = ["make test ARGS=--fail-on-skip", "make test-slow ARGS=--fail-on-skip"]
INSTALL = [
    "apt-get update -qq",
    "apt-get install -qq --yes --no-install-recommends"
    " chromium chromium-driver r-base-core r-cran-ncdf4 r-cran-posterior",
]


def test_ci_runs_quick_and_slow_tests_and_allows_no_skip(tmp_path: Path) -> None:
    ended, calls = ci(tmp_path, "chromium", "chromedriver", "Rscript")
    assert (ended.returncode, calls) == (0, TESTS)


@pytest.mark.parametrize(
    "there",
    [[], ["chromium", "Rscript"], ["chromedriver", "Rscript"], ["chromium", "chromedriver"]],
    ids=["none", "browser and R", "driver and R", "browser and driver"],
)
def test_ci_installs_the_browser_that_is_missing(tmp_path: Path, there: list[str]) -> None:
    ended, calls = ci(tmp_path, "apt-get", *there)
    assert (ended.returncode, calls) == (0, [*INSTALL, *TESTS])


def test_ci_installs_with_sudo_where_it_is_not_root(tmp_path: Path) -> None:
    ended, calls = ci(tmp_path, "apt-get", "sudo", user=1000)
    assert ended.returncode == 0
    assert [call for call in calls if call.startswith("sudo ")] == [f"sudo {call}" for call in INSTALL]
    assert [call for call in calls if not call.startswith("sudo ")] == [*INSTALL, *TESTS]


@pytest.mark.parametrize("commands", [["apt-get"], ["sudo"], []], ids=["no sudo", "no apt-get", "neither"])
def test_ci_that_cannot_install_a_browser_says_what_to_do_and_tests_nothing(
    tmp_path: Path, commands: list[str]
) -> None:
    ended, calls = ci(tmp_path, *commands, user=1000)
    assert (ended.returncode, calls) == (1, [])
    assert "Install chromium, chromedriver, and R" in ended.stderr


def test_make_has_the_targets_that_ci_calls() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert "\ntest: " in makefile
    assert "\ntest-slow: " in makefile

"""The option ``--fail-on-skip``: a test that was skipped is a test that failed.

Where every tool is installed first, as `.ci/run` does, nothing has a reason to be skipped.
"""

from collections.abc import Generator

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--fail-on-skip", action="store_true", help="count a skipped test as a failure")


def as_failure(config: pytest.Config, report: pytest.TestReport | pytest.CollectReport) -> None:
    # A failure that was expected is reported as skipped too; it ran.
    if config.getoption("fail_on_skip") and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.longrepr = f"{report.nodeid} was skipped, and --fail-on-skip allows no skip. {reason}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    as_failure(item.config, report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    as_failure(collector.config, report)
    return report

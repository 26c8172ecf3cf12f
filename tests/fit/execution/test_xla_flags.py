"""Claims about what XLA is told in a process that fits."""

import os

import pytest

from windup.fit.execution.xla_flags import set_compiler_flags


@pytest.mark.parametrize("given", ["", "--xla_force_host_platform_device_count=2"])
def test_loops_are_not_unrolled_and_other_flags_stay(monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    monkeypatch.setenv("XLA_FLAGS", given)
    for _ in range(2):
        set_compiler_flags()
    option = "--xla_backend_extra_options=xla_cpu_disable_loop_unrolling"
    assert os.environ["XLA_FLAGS"].split() == [*given.split(), option]


def test_backend_options_of_the_users_own_stay_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XLA_FLAGS", "--xla_backend_extra_options=xla_cpu_optimize_for_size")
    set_compiler_flags()
    assert os.environ["XLA_FLAGS"] == "--xla_backend_extra_options=xla_cpu_optimize_for_size"

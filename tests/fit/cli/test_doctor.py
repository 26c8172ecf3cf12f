"""Claims about `windup doctor`: what is well is said to be, and what is not is found, with what to do."""

import base64
import hashlib
import json
import shutil
from collections import namedtuple
from importlib import metadata
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jax
import numpy as np
import pytest
from typer.testing import CliRunner

import windup.fit.cli.doctor.machine as machine
import windup.fit.cli.doctor.software as software
from windup.fit.cli.app import app
from windup.fit.cli.doctor.check import Check
from windup.fit.cli.doctor.self_test import SelfTest, closed_form, self_test

NAMES = {
    "Python", "windup", "dependencies", "packaged tables", "devices", "precision", "cores", "memory", "disk",
    "cache", "self-test",
}  # fmt: skip
Memory = namedtuple("Memory", ["available", "total"])


def run(*arguments: str) -> Any:
    return CliRunner().invoke(app, ["doctor", *arguments])


def of(findings: list[Check], name: str) -> Check:
    (found,) = (each for each in findings if each.name == name)
    return found


@pytest.fixture(scope="module")
def record() -> dict[str, Any]:
    result = run("--json")
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def test_sound_machine_has_no_error_and_every_part_is_looked_at(record: dict[str, Any]) -> None:
    assert record["errors"] == 0
    assert {finding["name"] for finding in record["checks"]} == NAMES


def test_whatever_is_not_ok_has_a_remedy(record: dict[str, Any]) -> None:
    for finding in record["checks"]:
        assert (finding["status"] == "ok") == (finding["remedy"] == "")


def test_versions_in_the_record_are_those_installed(record: dict[str, Any]) -> None:
    details = {finding["name"]: finding["details"] for finding in record["checks"]}
    assert details["dependencies"]["jax"] == jax.__version__
    assert details["windup"]["version"] == metadata.version("windup")


def test_closed_form_has_the_derivatives_that_it_says() -> None:
    step = 1e-5
    _, slopes = closed_form(1.3, 14.0)
    by_effect = (closed_form(1.3 + step, 14.0)[0] - closed_form(1.3 - step, 14.0)[0]) / (2.0 * step)
    by_time = (closed_form(1.3, 14.0 + step)[0] - closed_form(1.3, 14.0 - step)[0]) / (2.0 * step)
    np.testing.assert_allclose(slopes, np.stack([by_effect, by_time], axis=1), atol=1e-9)


def test_self_test_passes_here() -> None:
    assert self_test().passed


@pytest.mark.parametrize("wrong", [1e-6, float("nan"), float("inf")])
def test_solver_that_is_off_is_an_error(monkeypatch: pytest.MonkeyPatch, wrong: float) -> None:
    monkeypatch.setattr(machine, "self_test", lambda: SelfTest(0.0, wrong, 1.0))
    assert machine.solver().status == "error"


def test_solver_that_solves_wrongly_is_off(monkeypatch: pytest.MonkeyPatch) -> None:
    from windup.fit.design import hypothetical_arms as _arms

    solve = _arms.solve
    monkeypatch.setattr(
        _arms, "solve", lambda *a, **k: (lambda c: c._replace(pain=c.pain * (1.0 + 1e-7)))(solve(*a, **k))
    )
    assert not self_test().passed


def test_self_test_that_breaks_is_an_error_and_no_bug(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> SelfTest:
        raise RuntimeError("no such symbol")

    monkeypatch.setattr(machine, "self_test", broken)
    found = machine.solver()
    assert (found.status, "no such symbol" in found.found) == ("error", True)


def test_slow_self_test_is_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "self_test", lambda: SelfTest(0.0, 0.0, 60.0))
    assert machine.solver().status == "warning"


def test_gpu_that_jax_cannot_use_is_told_with_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "_has_nvidia_gpu", lambda: True)
    monkeypatch.delenv("JAX_PLATFORMS", raising=False)
    found = of(list(machine.devices()), "devices")
    assert (found.status, "windup[gpu]" in found.remedy) == ("warning", True)


def test_gpu_left_aside_on_purpose_is_no_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "_has_nvidia_gpu", lambda: True)
    monkeypatch.setenv("JAX_PLATFORMS", "cpu")
    assert of(list(machine.devices()), "devices").status == "ok"


def test_gpu_in_use_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    cards = [SimpleNamespace(platform="gpu", device_kind="NVIDIA H200")] * 2
    monkeypatch.setattr(machine.jax, "devices", lambda: cards)
    found = of(list(machine.devices()), "devices")
    assert (found.status, found.found) == ("ok", "JAX computes on 2 × NVIDIA H200 (gpu).")


def test_no_device_is_an_error_and_the_rest_is_not_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    def none() -> list[object]:
        raise RuntimeError("Unknown backend cuda")

    monkeypatch.setattr(machine.jax, "devices", none)
    result = run("--json")
    assert result.exit_code == 8
    found = {finding["name"]: finding["status"] for finding in json.loads(result.stdout)["checks"]}
    assert found["devices"] == "error"
    assert "self-test" not in found


def test_single_precision_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine.jnp, "zeros", lambda _: np.zeros(1, np.float32))
    assert of(list(machine.devices()), "precision").status == "error"


@pytest.mark.parametrize(("free", "status"), [(1e9, "warning"), (32e9, "ok")])
def test_little_memory_is_a_warning(monkeypatch: pytest.MonkeyPatch, free: float, status: str) -> None:
    monkeypatch.setattr(machine.psutil, "virtual_memory", lambda: Memory(free, 64e9))
    assert machine.memory().status == status


@pytest.mark.parametrize(("free", "status"), [(1e8, "warning"), (1e11, "ok")])
def test_little_disk_is_a_warning(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, free: float, status: str
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=free))
    assert machine.disk(tmp_path).status == status


@pytest.mark.parametrize(("load", "status"), [(0.1, "ok"), (1e4, "warning")])
def test_busy_machine_is_a_warning(monkeypatch: pytest.MonkeyPatch, load: float, status: str) -> None:
    monkeypatch.setattr(machine.os, "getloadavg", lambda: (load, load, load))
    assert machine.cores().status == status


def test_cache_that_cannot_be_written_is_a_warning(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    before = jax.config.jax_compilation_cache_dir
    jax.config.update("jax_compilation_cache_dir", str(tmp_path / "file"))  # type: ignore[no-untyped-call]
    try:
        found = machine.cache()
    finally:
        jax.config.update("jax_compilation_cache_dir", before)  # type: ignore[no-untyped-call]
    assert (found.status, found.details["writable"]) == ("warning", False)


def test_user_without_a_home_can_work_without_a_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(Path, "home", nowhere)
    before = jax.config.jax_compilation_cache_dir
    jax.config.update("jax_compilation_cache_dir", None)  # type: ignore[no-untyped-call]
    try:
        found = machine.cache()
        assert jax.config.jax_compilation_cache_dir is None
    finally:
        jax.config.update("jax_compilation_cache_dir", before)  # type: ignore[no-untyped-call]
    assert (found.status, found.details["folder"]) == ("warning", None)


def test_missing_and_old_dependencies_are_errors_each(monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = ["numpy>=999", "no-such-thing>=1", "jax>=0.1", 'other>=1; extra == "gpu"']
    monkeypatch.setattr(metadata, "requires", lambda _: wanted)
    found = list(software.dependencies())
    assert [(each.name, each.status) for each in found] == [("numpy", "error"), ("no-such-thing", "error")]
    assert found[0].remedy == 'Run pip install "numpy>=999"'


def test_python_that_is_too_old_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(software.platform, "python_version", lambda: "3.10.2")
    assert software.python().status == "error"


class Installed:
    """An installed windup of one file with the hash that it had when it was installed."""

    version = "0.1.0"

    def __init__(self, path: Path, content: bytes) -> None:
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
        self.files = [
            SimpleNamespace(
                hash=SimpleNamespace(mode="sha256", value=digest),
                parts=("windup", "datasets", "studies.csv"),
                locate=lambda: path,
            )
        ]


@pytest.mark.parametrize(("now", "status"), [(b"a", "ok"), (b"b", "error"), (None, "error")])
def test_file_that_is_not_as_installed_is_an_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, now: bytes | None, status: str
) -> None:
    path = tmp_path / "studies.csv"
    if now is not None:
        path.write_bytes(now)
    monkeypatch.setattr(metadata, "distribution", lambda _: Installed(path, b"a"))
    assert software.windup().status == status


def test_page_names_every_error_with_its_remedy_and_ends_with_8(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(software.platform, "python_version", lambda: "3.10.2")
    result = run()
    assert result.exit_code == 8
    assert "error   Python: 3.10.2" in result.stdout
    assert "→ Install windup with Python >=3.12." in result.stdout
    assert result.stdout.rstrip().endswith("windup cannot work here: 1 error.")

"""Claims about gradients that are traced once per machine."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jax
import numpy as np
import pytest

from windup.datasets import packaged_trials
from windup.fit import MODELS, Hmc
from windup.fit.problem import target as _fingerprint
from windup.fit.problem.build import build_problem, model_named
from windup.fit.problem.problem import Problem
from windup.fit.problem.target import build_target, fingerprint_of
from windup.fit.sampling.chains.run import Programs
from windup.fit.sampling.target.density import Density, compile_density
from windup.fit.sampling.target.stored_gradient import with_stored_gradient
from windup.fit.sampling.target.target import Target
from windup.models import TimeCourse, Turnover, solve_adaptive

from ....datasets.tiny import tiny_tables
from ...designs import tables_of, trials_of

type Tables = dict[str, list[dict[str, str]]]


def tables() -> Tables:
    found: Tables = tables_of({}, "placebo", "active")
    found["dosing.csv"][1] = {**tiny_tables()["dosing.csv"][0], "arm_id": "active"}
    return found


@pytest.fixture(scope="module")
def problem(tmp_path_factory: pytest.TempPathFactory) -> Problem:
    return build_problem(trials_of(tmp_path_factory.mktemp("trials"), tables()), TimeCourse())


@pytest.fixture
def cache(tmp_path: Path) -> Iterator[Path]:
    before = jax.config.jax_compilation_cache_dir
    jax.config.update("jax_compilation_cache_dir", str(tmp_path))  # type: ignore[no-untyped-call]
    yield tmp_path / "gradients"
    jax.config.update("jax_compilation_cache_dir", before)  # type: ignore[no-untyped-call]


def untraceable(target: Target) -> Target:
    """The same target with a density that refuses to be traced."""

    def refuses(x: Any, data: Any) -> Any:
        raise AssertionError("The density was traced.")

    return target._replace(potential=refuses)


def at_start(density: Density, target: Target) -> tuple[float, np.ndarray]:
    value, gradient = density(np.asarray(target.initial) + 0.1)
    return value, np.asarray(gradient)


def test_second_target_is_not_traced_and_gives_the_same_bits(problem: Problem, cache: Path) -> None:
    target = build_target(problem)
    first = at_start(compile_density(target), target)
    assert len(list(cache.iterdir())) == 1
    again = at_start(compile_density(untraceable(build_target(problem))), target)
    assert again[0] == first[0]
    assert (again[1] == first[1]).all()


def test_stored_gradient_is_that_of_the_density(problem: Problem, cache: Path) -> None:
    target = build_target(problem)
    assert cache.parent.is_dir()
    found, x = at_start(compile_density(target), target), target.initial + 0.1
    value, gradient = jax.jit(jax.value_and_grad(target.potential))(x, target.data)
    assert found[0] == pytest.approx(float(value), rel=1e-13)
    np.testing.assert_allclose(found[1], gradient, rtol=1e-10, atol=1e-12)


def test_density_of_other_data_comes_from_the_same_program(problem: Problem, cache: Path) -> None:
    target = build_target(problem)
    (observed,) = target.data
    other = (observed._replace(estimate=observed.estimate + 1.0),)
    assert cache.parent.is_dir()
    compiled = compile_density(target)
    found = Density(compiled.program, other)(np.asarray(target.initial))[0]
    assert found == pytest.approx(float(jax.jit(target.potential)(target.initial, other)), rel=1e-13)
    assert found != compiled(np.asarray(target.initial))[0]


def test_sampler_has_the_same_program_from_disk_as_when_it_was_traced(problem: Problem, cache: Path) -> None:
    traced = Programs(build_target(problem), Hmc()).lowered.program
    assert len(list(cache.iterdir())) == 1
    assert Programs(untraceable(build_target(problem)), Hmc()).lowered.program == traced


def test_sampler_has_the_same_program_after_the_folder_was_cleared(problem: Problem, cache: Path) -> None:
    traced = Programs(build_target(problem), Hmc()).lowered.program
    (path,) = cache.iterdir()
    path.unlink()
    assert Programs(build_target(problem), Hmc()).lowered.program == traced


@pytest.mark.parametrize("spoilt", [b"", b"short", bytes(64)], ids=["empty", "cut off", "zeros"])
def test_spoilt_file_is_written_anew(problem: Problem, cache: Path, spoilt: bytes) -> None:
    target = build_target(problem)
    first = at_start(compile_density(target), target)
    (path,) = cache.iterdir()
    path.write_bytes(spoilt)
    assert at_start(compile_density(target), target)[0] == first[0]
    assert at_start(compile_density(untraceable(target)), target)[0] == first[0]


def test_single_and_double_precision_are_two_programs(problem: Problem, cache: Path) -> None:
    Programs(build_target(problem), Hmc(precision="float32")).density(build_target(problem).data)
    assert len(list(cache.iterdir())) == 2


def test_without_a_folder_for_programs_a_target_is_as_it_was(problem: Problem, cache: Path) -> None:
    target = build_target(problem)
    jax.config.update("jax_compilation_cache_dir", None)  # type: ignore[no-untyped-call]
    assert with_stored_gradient(target) is target
    assert not cache.exists()


def test_folder_that_cannot_be_written_to_stops_nothing(problem: Problem, cache: Path) -> None:
    cache.write_text("a file in the way")
    target = build_target(problem)
    assert np.isfinite(at_start(compile_density(target), target)[0])


@pytest.mark.parametrize("name", MODELS)
def test_packaged_models_on_the_packaged_trials_have_fingerprints(name: str) -> None:
    problem = build_problem(packaged_trials(), model_named(name))
    assert fingerprint_of(problem) == fingerprint_of(problem)
    assert fingerprint_of(problem) is not None


def test_fingerprint_changes_with_model_mesh_and_design(problem: Problem, tmp_path: Path) -> None:
    trials = trials_of(tmp_path, tables())
    found = [
        fingerprint_of(problem),
        fingerprint_of(build_problem(trials, Turnover())),
        fingerprint_of(build_problem(trials, TimeCourse(), refinement=2)),
        fingerprint_of(problem._replace(drug_index=problem.drug_index + 1)),
        fingerprint_of(problem._replace(drugs=("other", *problem.drugs[1:]))),
    ]
    assert None not in found
    assert len(set(found)) == len(found)


def test_fingerprint_is_the_same_for_other_numbers_of_the_same_design(
    problem: Problem, tmp_path: Path
) -> None:
    assert fingerprint_of(build_problem(trials_of(tmp_path, tables()), TimeCourse())) == fingerprint_of(
        problem
    )
    observed = problem.observed._replace(estimate=problem.observed.estimate + 1.0)
    assert fingerprint_of(problem._replace(observed=observed)) == fingerprint_of(problem)


@pytest.mark.parametrize("what", ["versions", "loaded_code"])
def test_fingerprint_changes_with_code_and_versions(
    problem: Problem, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = fingerprint_of(problem)
    monkeypatch.setattr(_fingerprint, what, lambda *_: "others")
    assert fingerprint_of(problem) != before


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("windup.fit.problem.model.DRUG_SPREAD_SD", 0.123),
        ("windup.models.integrator.exponential._STAGES", 3),
        ("windup.models.TimeCourse.pain", lambda *_: 0.0),
        ("windup.fit.problem.model.sample_sites", lambda *_: {}),
    ],
    ids=["constant", "constant far below", "method", "function"],
)
def test_fingerprint_changes_with_what_was_replaced_in_memory(
    problem: Problem, name: str, value: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = fingerprint_of(problem)
    monkeypatch.setattr(name, value)
    assert fingerprint_of(problem) != before


def test_fingerprint_is_the_same_in_another_process(problem: Problem, tmp_path: Path) -> None:
    trials_of(tmp_path, tables())
    code = (
        "import sys, jax; jax.config.update('jax_enable_x64', True)\n"
        "from windup.datasets import load_trials\n"
        "from windup.fit.problem.target import fingerprint_of\n"
        "from windup.fit.problem.build import build_problem\n"
        "from windup.models import TimeCourse\n"
        "print(fingerprint_of(build_problem(load_trials(sys.argv[1]), TimeCourse())))"
    )
    first, second = (
        subprocess.run(
            [sys.executable, "-c", code, tmp_path], check=True, capture_output=True, text=True
        ).stdout
        for _ in range(2)
    )
    assert first == second
    assert len(first.strip()) == 64


def test_fingerprint_changes_with_settings_of_jax(problem: Problem) -> None:
    before = fingerprint_of(problem)
    precision = jax.config.jax_default_matmul_precision
    jax.config.update("jax_default_matmul_precision", "tensorfloat32")  # type: ignore[no-untyped-call]
    try:
        assert fingerprint_of(problem) != before
    finally:
        jax.config.update("jax_default_matmul_precision", precision)  # type: ignore[no-untyped-call]


class Own(TimeCourse):  # type: ignore[misc]  # what a user might do
    """Code that windup does not bring."""


def test_models_and_solvers_of_ones_own_have_no_fingerprint(problem: Problem) -> None:
    assert fingerprint_of(problem._replace(model=Own())) is None
    assert fingerprint_of(problem._replace(solve=solve_adaptive)) is None

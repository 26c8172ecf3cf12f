"""Claims about folders of trials that lack what most have: each has a density with a gradient."""

from functools import cache
from pathlib import Path

import jax
import numpy as np
import pytest

from windup.datasets import Trials
from windup.fit import MODELS
from windup.fit.problem.build import build_problem, model_named
from windup.fit.problem.target import build_target
from windup.fit.sampling.target.target import Target

from ...designs import trials_of
from .odd_folders import FOLDERS


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("odd")


@cache
def odd_trials(folder: Path, name: str) -> Trials:
    place = folder / name
    place.mkdir()
    return trials_of(place, FOLDERS[name]())


def target_of(folder: Path, name: str, model: str) -> Target:
    return build_target(build_problem(odd_trials(folder, name), model_named(model)))


# A gradient is traced for every model; to compile each would take minutes.
@pytest.mark.parametrize("name", FOLDERS)
@pytest.mark.parametrize("model", ["single_loop", "placebo_only"])
def test_gradient_can_be_traced(folder: Path, model: str, name: str) -> None:
    target = target_of(folder, name, model)
    value, gradient = jax.eval_shape(
        jax.value_and_grad(lambda x: target.potential(x, target.data)), target.initial
    )
    assert value.shape == ()
    assert gradient.shape == target.initial.shape


# Every program is compiled, so every second folder with one of the models in turn; before a release, all.
PAIRS = [
    pytest.param(
        model,
        name,
        marks=pytest.mark.slow
        if number % 2 == 0 and at % len(MODELS) == number % len(MODELS)
        else pytest.mark.release,
    )
    for number, name in enumerate(FOLDERS)
    for at, model in enumerate(MODELS)
]


@pytest.mark.parametrize(("model", "name"), PAIRS)
def test_density_and_gradient_are_finite(folder: Path, model: str, name: str) -> None:
    assert_finite(target_of(folder, name, model))


@pytest.mark.parametrize("name", ["baselines only", "untreated arms only", "serum at week 0 only"])
def test_density_and_gradient_are_finite_where_nothing_is_integrated(folder: Path, name: str) -> None:
    assert_finite(target_of(folder, name, "turnover"))


def assert_finite(target: Target) -> None:
    both = jax.jit(jax.value_and_grad(lambda x: target.potential(x, target.data)))
    value, gradient = both(target.initial)
    assert np.isfinite(float(value))
    assert np.isfinite(np.asarray(gradient)).all()


@pytest.mark.parametrize("name", ["serum at week 0 only", "baselines only"])
def test_cascade_can_be_traced_without_pain_or_without_time(folder: Path, name: str) -> None:
    target = target_of(folder, name, "cascade")
    value = jax.eval_shape(lambda x: target.potential(x, target.data), target.initial)
    assert value.shape == ()

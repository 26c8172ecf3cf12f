"""Claims about the names of what is sampled, in the store of draws and in a start from another run."""

import numpy as np
import pytest

from windup.datasets import CAUSE_REMOVED, DEFAULT_BLOCKS, packaged_trials
from windup.fit import Settings
from windup.fit.design.subset import some_studies
from windup.fit.posterior.tree import coordinate_labels, named_sites
from windup.fit.problem.build import problem_of
from windup.fit.problem.problem import Problem
from windup.fit.problem.target import build_target
from windup.fit.sampling.target.target import Target


@pytest.fixture(scope="module")
def asked() -> tuple[Problem, Target]:
    blocks = (*DEFAULT_BLOCKS, CAUSE_REMOVED)
    trials = some_studies(packaged_trials(blocks=blocks), 14)
    settings = Settings.from_preset("quick", model="placebo_only", blocks=blocks)
    problem = problem_of(trials, settings)
    return problem, build_target(problem)


def test_draws_on_disk_have_every_vector_by_its_labels(asked: tuple[Problem, Target]) -> None:
    problem, target = asked
    classes = problem.design.outside.classes
    assert classes
    found = named_sites(problem, target)(np.asarray(target.initial)[None, None])
    assert found["outside_response"].dims == ("chain", "draw", "outside_class")
    assert found["outside_class"].values.tolist() == list(classes)
    assert all(variable.dims[2:] for variable in found.data_vars.values() if variable.ndim > 2)


def test_coordinates_of_classes_have_their_names_and_no_number(asked: tuple[Problem, Target]) -> None:
    problem, target = asked
    labels = coordinate_labels(problem, target.coordinates)
    assert {f"outside_response[{name}]" for name in problem.design.outside.classes} <= set(labels)
    assert not [label for label in labels if label.endswith("]") and label[:-1].rpartition("[")[2].isdigit()]

"""Claims that a change of the program's form leaves its numbers as they were.

``log_density_0_1.npz`` holds 50 draws of a fit of each packaged model to the trials of version 0.1, and the
log density that version 0.1 gave them before its files were put into rooms and its drugs into tables.
``trials_0_1`` holds the used rows of those trials and the dosing of their studies, so that a correction of
the packaged tables leaves this proof about the code alone. Whoever changes a model or a prior on purpose
writes the file of densities again, in a commit that says why: contrasts that share an arm correlate by the
arms' sizes since then, a study's drugs are in alphabetical order, gabapentin enacarbil, magnesium oxide and
S(+)-ketamine count as they are absorbed, priors that come from trials in the fit are wider, and what open and
small trials exaggerate, the placebo response of attacks and the natural course are parameters.
"""

from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from windup.datasets import load_trials
from windup.fit import MODELS
from windup.fit.problem.build import build_problem, model_named
from windup.fit.problem.target import build_target

KEPT = Path(__file__).parent / "log_density_0_1.npz"
TRIALS = Path(__file__).parent / "trials_0_1"


@pytest.mark.parametrize("model", MODELS)
def test_log_density_at_50_stored_draws_is_what_it_was(model: str) -> None:
    target = build_target(build_problem(load_trials(TRIALS), model_named(model)))
    with np.load(KEPT) as kept:
        names = list(kept[f"{model}/coordinates"])
        positions = np.asarray(kept[f"{model}/positions"], float)
        before = kept[f"{model}/log_density"]
    assert sorted(names) == sorted(target.coordinates)
    order = [names.index(name) for name in target.coordinates]
    potential = jax.jit(target.potential)
    after = [-float(potential(jnp.asarray(row), target.data)) for row in positions[:, order]]
    np.testing.assert_allclose(after, before, rtol=1e-9)

"""Claims about a run that an earlier state of this version wrote: it is read whole and means the same."""

import json
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import xarray as xr

from windup.fit.errors import RunFolderRefused
from windup.fit.problem.target import build_target
from windup.fit.runs.fitted_run import FittedRun, read_run
from windup.fit.settings.fit import Settings

# A fit of a few draws to a few made-up trials, written before the packages had rooms.
EARLIER = Path(__file__).parent / "data" / "run_0_1"


def test_draws_of_an_earlier_run_have_the_log_density_that_they_had() -> None:
    run = read_run(EARLIER)
    target = build_target(run.problem)
    dataset = run.tree["unconstrained_posterior"].to_dataset()
    names = [str(name) for name in dataset["coordinate"].values]
    order = [names.index(name) for name in target.coordinates]
    positions = dataset["position"].values.reshape(-1, len(names))[:, order]
    potential = jax.jit(target.potential)
    found = [-float(potential(jnp.asarray(row), target.data)) for row in positions]
    before = json.loads((EARLIER / "log_density.json").read_text(encoding="utf-8"))
    np.testing.assert_allclose(found, before, rtol=1e-9)


def test_trials_of_an_earlier_run_are_those_that_it_keeps() -> None:
    assert sorted(read_run(EARLIER).trials.studies["study_id"]) == ["alpha", "beta", "gamma"]


def test_run_of_earlier_packaged_tables_is_not_read_with_the_corrected_ones(tmp_path: Path) -> None:
    tree = xr.DataTree()
    tree.attrs["data_sha256"] = json.dumps("ed21e352c00cf9988b651a55cf59a56dda79881888830e61f8ce7e64f2bd9cc8")
    run = FittedRun(tmp_path, tree, Settings.from_preset("quick"), ())
    with pytest.raises(RunFolderRefused, match="ed21e352c00c"):
        _ = run.trials

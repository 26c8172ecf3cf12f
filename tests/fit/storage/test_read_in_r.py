"""Claims about reading the draws of a run in R, with R's own diagnostics as outside truth."""

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from windup.fit.diagnostics.mixing import effective_sample_size, rhat
from windup.fit.storage.formats import tree_bytes
from windup.fit.storage.tree import all_elements

SCRIPT = Path(__file__).parents[3] / "docs" / "examples" / "read_run.R"

needs_r = pytest.mark.skipif(
    shutil.which("Rscript") is None, reason="Rscript, with the packages ncdf4 and posterior, is not installed"
)


def tree() -> xr.DataTree:
    """Four chains of a number, a vector with labels and a matrix; and what has no element."""
    generator = np.random.default_rng(5)
    # Draws that follow one another, so that effective sample sizes are no mere counts.
    steps = generator.normal(size=(4, 300, 7))
    values = np.zeros_like(steps)
    for draw in range(1, 300):
        values[:, draw] = 0.6 * values[:, draw - 1] + steps[:, draw]
    dims = ("chain", "draw")
    return xr.DataTree.from_dict(
        {
            "posterior": xr.Dataset(
                {
                    "gain": (dims, values[..., 0]),
                    "effect": ((*dims, "drug"), values[..., 1:3]),
                    "spread": ((*dims, "drug", "loop"), values[..., 3:].reshape(4, 300, 2, 2)),
                    "missing": ((*dims, "nothing"), np.zeros((4, 300, 0))),
                },
                coords={"drug": ["magnesium 300 mg/day", "naïve"], "loop": ["a", "b"]},
            )
        }
    )


@pytest.fixture(scope="module")
def in_r(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    run = tmp_path_factory.mktemp("run")
    (run / "posterior.nc").write_bytes(tree_bytes(tree(), ()))
    table = run / "found.csv"
    done = subprocess.run(["Rscript", SCRIPT, run, table], capture_output=True, text=True, check=False)
    if "there is no package called" in done.stderr:
        pytest.skip("R lacks ncdf4 or posterior")
    assert done.returncode == 0, done.stderr
    return pd.read_csv(table, index_col="variable")


@needs_r
def test_r_reads_every_element_of_every_parameter_under_the_name_that_windup_gives_it(
    in_r: pd.DataFrame,
) -> None:
    assert set(in_r.index) == {label for label, _ in all_elements(tree()["posterior"].to_dataset())}


@needs_r
@pytest.mark.parametrize("column", ["mean", "sd", "rhat", "ess_bulk", "ess_tail"])
def test_diagnostics_of_posterior_in_r_are_those_of_windup(in_r: pd.DataFrame, column: str) -> None:
    draws = tree()["posterior"].to_dataset()
    found = {
        "mean": lambda: draws.mean(("chain", "draw")),
        "sd": lambda: draws.std(("chain", "draw"), ddof=1),
        "rhat": lambda: rhat(draws),
        "ess_bulk": lambda: effective_sample_size(draws, "bulk"),
        "ess_tail": lambda: effective_sample_size(draws, "tail"),
    }[column]()
    ours = {label: float(value) for label, value in all_elements(found)}
    assert in_r[column].to_dict() == pytest.approx(ours, rel=1e-3)

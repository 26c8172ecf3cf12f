"""Claims about courses between visits, on draws of the prior."""

from functools import partial
from typing import Any

import jax
import numpy as np
import pandas as pd
import pytest
import xarray as xr

from windup.fit.design.build import build_design
from windup.fit.diagnostics.informative_studies import courses_in, informative_studies
from windup.fit.execution.process import prepare_process
from windup.fit.posterior.study_courses import with_study_courses
from windup.fit.problem.target import prior_draw
from windup.fit.runs.fitted_run import FittedRun

from ..prior_run import prior_run


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> FittedRun:
    prepare_process()
    return prior_run(tmp_path_factory.mktemp("run"))


@pytest.fixture(scope="module")
def rows(run: FittedRun) -> pd.DataFrame:
    table, design = run.problem.design.table, run.problem.design
    drugs = dict(zip(design.arms, design.arm_drugs, strict=True))
    arms = table["study_id"] + "/" + table["arm_id"]
    return pd.DataFrame(
        {
            "study": table["study_id"],
            "arm": table["arm_id"],
            "kind": table["kind"],
            "week": table["time_weeks"],
            "drugs": arms.map(lambda name: "+".join(drugs[name])),
        }
    )


@pytest.fixture(scope="module")
def courses(run: FittedRun, rows: pd.DataFrame) -> pd.DataFrame:
    draws = jax.vmap(partial(prior_draw, run.problem))(jax.random.split(jax.random.key(0), 40))
    posterior = {
        name: (("chain", "draw", *(f"{name}_{n}" for n in range(x.ndim - 1))), np.asarray(x)[None])
        for name, x in draws.items()
    }
    tree = xr.DataTree.from_dict({"posterior": xr.Dataset(posterior)})
    columns: Any = {name: ("row", rows[name].to_numpy(object)) for name in rows.columns}
    columns["week"] = ("row", rows["week"].to_numpy(float))
    tree["constant_data"] = xr.DataTree(xr.Dataset(columns))
    return courses_in(with_study_courses(tree, run.problem, run.trials))


@pytest.mark.slow
def test_every_shown_arm_has_a_course_that_passes_its_visits(
    courses: pd.DataFrame, rows: pd.DataFrame
) -> None:
    for study, kind in informative_studies(rows):
        for arm, part in rows[(rows["study"] == study) & (rows["kind"] == kind)].groupby("arm"):
            mine = courses[(courses["study"] == study) & (courses["arm"] == arm)]
            assert set(np.round(part["week"], 6)) <= set(mine["week"])
            assert len(mine) > 2 * len(part)


@pytest.mark.slow
def test_interval_of_an_arm_mean_holds_that_of_the_course(courses: pd.DataFrame) -> None:
    assert (courses["low_95"] <= courses["median"]).all()
    assert (courses["median"] <= courses["high_95"]).all()
    course, mean = courses["high_95"] - courses["low_95"], courses["new_high_95"] - courses["new_low_95"]
    # 40 draws: a quantile of either is uncertain.
    assert (mean > 0.8 * course).all()
    assert mean.mean() > course.mean()


def test_more_visits_leave_the_rows_and_their_visits_as_they_are(run: FittedRun) -> None:
    plain = run.problem.design
    study, arm = plain.arms[0].split("/")
    dense = build_design(run.trials, also={(study, arm): (1.0, 2.0, 3.5)})
    assert np.array_equal(dense.rows.visits, plain.rows.visits)
    count = len(plain.visits.arm)
    assert np.array_equal(dense.visits.elapsed_days[:count], plain.visits.elapsed_days)
    assert set(dense.visits.elapsed_days[count:]) <= {7.0, 14.0, 24.5}


def test_run_of_an_earlier_version_has_no_courses(run: FittedRun) -> None:
    assert courses_in(run.tree).empty

"""Claims about what the likelihood reads of the patients of a trial."""

from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd
import pytest

from windup.datasets import Trials, load_trials, patients_to_trials
from windup.fit import Settings
from windup.fit.design.build import build_design
from windup.fit.problem.build import problem_of
from windup.fit.problem.people.visit_spreads import visit_spreads
from windup.fit.problem.target import build_target

from ...datasets.individuals.simulated import ARMS, STUDY, WEEKS, simulated_patients, wide
from ...datasets.tiny import Tables, write_tables


def made(folder: Path, table: pd.DataFrame, **options: object) -> Trials:
    trials = patients_to_trials(table, arms=ARMS, study=STUDY, **options)
    for name, text in trials.files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return load_trials(folder)


def by_hand(folder: Path, table: pd.DataFrame) -> Trials:
    """What somebody would write down who has computed the moments with pandas."""
    rows = []
    for arm in ("placebo", "active"):
        pains = wide(table, arm)
        for week in WEEKS:
            at = {"study_id": "simulated", "arm_id": arm, "time_weeks": str(week), "scale": "NRS_0_10"}
            seen, changes = pains[week].dropna(), (pains[week] - pains[0.0]).dropna()
            for outcome, values in (("pain_intensity", seen), ("pain_intensity_change", changes)):
                if outcome == "pain_intensity" or week > 0.0:
                    moments = {"value": str(values.mean()), "sd": str(values.std()), "n": str(len(values))}
                    rows.append(at | {"outcome": outcome} | moments)
            fell = (pains[0.0] - pains[week]) / pains[0.0]
            for percent in (30, 50) if week > 0.0 else ():
                share = 100.0 * (fell.dropna() >= percent / 100.0 - 1e-12).mean()
                counted = {"value": str(share), "sd": "", "n": str(fell.count()), "scale": "percent"}
                rows.append(at | {"outcome": f"responder_{percent}"} | counted)
    phase = {"study_id": "simulated", "start_week": "0", "end_week": "12", "n_randomised": "40"}
    dosing = [{"arm_id": arm, "drug": drug, **phase} for arm, drug in ARMS.to_numpy().tolist()]
    tables: Tables = {
        "studies.csv": [STUDY],
        "dosing.csv": dosing,
        "observations.csv": rows,
    }
    return load_trials(write_tables(folder, tables))


@pytest.fixture(scope="module")
def patients() -> pd.DataFrame:
    return simulated_patients(missing=0.2)


def test_log_density_is_that_of_tables_written_by_hand(tmp_path: Path, patients: pd.DataFrame) -> None:
    folders = [tmp_path / name for name in ("made", "hand")]
    for folder in folders:
        folder.mkdir()
    both = made(folders[0], patients, responders=(30, 50)), by_hand(folders[1], patients)
    settings = Settings.from_preset(model="placebo_only")
    first, second = (build_target(problem_of(trials, settings)) for trials in both)
    assert first.coordinates == second.coordinates
    potentials = [jax.jit(target.potential) for target in (first, second)]
    rng = np.random.default_rng(5)
    for _ in range(5):
        position = jnp.asarray(rng.normal(scale=0.5, size=len(first.coordinates)))
        both_data = first.data, second.data
        values = [float(of(position, data)) for of, data in zip(potentials, both_data, strict=True)]
        assert np.isfinite(values).all()
        assert values[0] == pytest.approx(values[1], rel=1e-8)


def test_correlation_is_the_mean_z_of_the_patients_of_all_arms(tmp_path: Path) -> None:
    table = simulated_patients()
    z = [
        np.arctanh(wide(table, arm).corr().iloc[later, 0])
        for arm in ("active", "placebo")
        for later in (1, 2)
    ]
    printed = build_design(made(tmp_path, table)).printed
    np.testing.assert_allclose(printed.correlation, [np.mean(z)], rtol=1e-7)
    assert printed.patients.tolist() == [80.0]


def test_with_all_pairs_the_correlation_is_that_of_all_visits(tmp_path: Path) -> None:
    table = simulated_patients()
    pairs = np.tril_indices(3, -1)
    z = [np.arctanh(wide(table, arm).corr().to_numpy()[pairs]) for arm in ("active", "placebo")]
    printed = build_design(made(tmp_path, table, pairs="all")).printed
    np.testing.assert_allclose(printed.correlation, [np.mean(z)], rtol=1e-7)


def test_sds_of_all_visits_are_data_of_a_population(tmp_path: Path, patients: pd.DataFrame) -> None:
    spreads = visit_spreads(build_design(made(tmp_path, patients)))
    arms = [wide(patients, arm) for arm in ("active", "placebo")]
    np.testing.assert_allclose(np.exp(spreads.log_sd), np.concatenate([each.std() for each in arms]))
    np.testing.assert_array_equal(spreads.patients, np.concatenate([each.count() for each in arms]))


def test_standard_errors_are_those_of_the_patients_seen(tmp_path: Path, patients: pd.DataFrame) -> None:
    rows = made(tmp_path, patients).observations
    means = rows[rows["kind"] == "mean"].set_index(["arm_id", "time_weeks"])
    for arm in ("active", "placebo"):
        np.testing.assert_allclose(means.loc[arm, "standard_error"], wide(patients, arm).sem())


def test_of_an_instrument_with_a_link_means_count_and_no_correlation(tmp_path: Path) -> None:
    design = build_design(made(tmp_path, simulated_patients(), scale="WOMAC_pain_0_20"))
    assert set(design.rows.kind) == {"instrument_mean"}
    assert (design.rows.link >= 0).all()
    assert len(design.printed.correlation) == 0
    assert len(visit_spreads(design).visit) == 0

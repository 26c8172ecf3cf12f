"""Claims about the moments of arms, against pandas and closed forms."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from windup.datasets import PatientMoments, PatientTrials, patients_to_trials

from .simulated import STUDY, simulated_patients, wide


def made_of(table: pd.DataFrame, **options: object) -> PatientTrials:
    return patients_to_trials(table, study=STUDY, **options)


def active(made: PatientTrials) -> PatientMoments:
    return next(each for each in made.moments if each.arm_id == "active")


@pytest.mark.parametrize("missing", [0.0, 0.3])
def test_moments_are_those_that_pandas_finds_among_available_patients(missing: float) -> None:
    table = simulated_patients(missing=missing)
    found, pains = active(made_of(table)), wide(table, "active")
    np.testing.assert_array_equal(found.n, pains.count())
    np.testing.assert_allclose(found.mean, pains.mean())
    np.testing.assert_allclose(found.sd, pains.std())
    np.testing.assert_allclose(found.covariance, pains.cov())
    for later in (1, 2):
        change = pains.iloc[:, later] - pains.iloc[:, 0]
        assert found.pairs[later, 0] == change.count()
        assert found.change[later, 0] == pytest.approx(change.mean())
        assert found.change_sd[later, 0] == pytest.approx(change.std())


def test_correlation_that_a_fit_reads_is_that_of_patients_who_are_all_seen() -> None:
    table = simulated_patients()
    np.testing.assert_allclose(active(made_of(table)).read_correlation, wide(table, "active").corr())


def test_correlation_that_a_fit_reads_differs_where_visits_are_missing() -> None:
    found = active(made_of(simulated_patients(missing=0.3)))
    own = found.covariance[1, 0] / np.sqrt(found.covariance[0, 0] * found.covariance[1, 1])
    assert 0.001 < abs(found.read_correlation[1, 0] - own) < 0.3


def test_density_of_normal_patients_follows_from_mean_and_covariance_alone() -> None:
    table = simulated_patients()
    found, pains = active(made_of(table)), wide(table, "active").to_numpy()
    mean, spread = np.array([6.0, 5.0, 4.5]), np.array([[2.0, 0.8, 0.5], [0.8, 2.2, 0.9], [0.5, 0.9, 3.0]])
    away, n = found.mean - mean, found.patients
    scatter = (n - 1) * found.covariance + n * np.outer(away, away)
    by_moments = -0.5 * (
        n * np.linalg.slogdet(2.0 * np.pi * spread)[1] + np.trace(np.linalg.solve(spread, scatter))
    )
    assert by_moments == pytest.approx(stats.multivariate_normal(mean, spread).logpdf(pains).sum())


def test_patients_who_are_counted_twice_have_the_same_means_and_twice_the_number() -> None:
    table = simulated_patients(missing=0.2)
    twins = pd.concat([table, table.assign(patient_id=table["patient_id"] + "'")])
    once, twice = active(made_of(table)), active(made_of(twins))
    np.testing.assert_array_equal(twice.n, 2 * once.n)
    np.testing.assert_allclose(twice.mean, once.mean)
    shrunk = 2.0 * (once.pairs - 1.0) / (2.0 * once.pairs - 1.0)
    np.testing.assert_allclose(twice.covariance, once.covariance * shrunk)


def test_moments_come_near_those_the_patients_are_drawn_from() -> None:
    found = active(made_of(simulated_patients(4000)))
    np.testing.assert_allclose(found.mean, [6.5, 4.5, 4.0], atol=0.1)
    np.testing.assert_allclose(found.read_correlation[np.tril_indices(3, -1)], 0.5, atol=0.05)


def test_moments_table_holds_every_pair_of_visits_once() -> None:
    made = made_of(simulated_patients())
    lines = made.files["moments.csv"].splitlines()
    assert len(lines) == 1 + 2 * 6
    assert lines[0].endswith("covariance,correlation,read_correlation")

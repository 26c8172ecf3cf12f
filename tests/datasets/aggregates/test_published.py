"""Claims about a published synthesis: time courses of pain in osteoarthritis, from MBNMAtime.

Pedder 2019, doi:10.1002/jrsm.1351; `datasets/trials/README.md` says what was taken over.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from windup.datasets import AggregateTrials, aggregates_to_trials

FILE = Path(__file__).parents[3] / "datasets" / "literature" / "osteoarthritis_timecourses.csv"


@pytest.fixture(scope="module")
def raw() -> pd.DataFrame:
    return pd.read_csv(FILE)


@pytest.fixture(scope="module")
def made(raw: pd.DataFrame) -> AggregateTrials:
    drugs = {drug: {"drug": "nsaid", "dose_how": "not stated"} for drug in set(raw["drug"]) - {"placebo"}}
    return aggregates_to_trials(
        FILE,
        mapping={
            "studies": {"condition": "osteoarthritis"},
            "rows": {"outcome": "pain_intensity", "scale": "NRS_0_10"},
            "treatment": drugs,
        },
    )


def test_rows_are_as_many_as_the_file_has(made: AggregateTrials) -> None:
    assert len(made.observations) == 362


def test_studies_and_arms_are_those_of_the_file(made: AggregateTrials, raw: pd.DataFrame) -> None:
    assert list(made.studies["study_id"]) == sorted(set(raw["study"]))
    assert len(made.dosing) == raw.groupby(["study", "arm"]).ngroups


def test_means_and_errors_are_those_of_the_file(made: AggregateTrials, raw: pd.DataFrame) -> None:
    keys = ["study", "arm", "time_weeks"]
    rows = made.observations.rename(columns={"study_id": "study", "arm_id": "arm"})
    rows = rows.astype({"arm": int, "time_weeks": float, "value": float, "se": float}).sort_values(keys)
    expected = raw.sort_values(keys)
    np.testing.assert_allclose(rows["value"], expected["mean"], rtol=1e-9)
    np.testing.assert_allclose(rows["se"], expected["se"], rtol=1e-9)


def test_column_that_may_be_a_dose_is_not_read(made: AggregateTrials) -> None:
    assert "Columns that are not read: dose_mg_per_day." in made.guesses.notes
    assert set(made.dosing["dose_per_administration"]) == {""}

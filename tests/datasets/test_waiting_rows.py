"""Claims about packaged rows that wait for a wider likelihood, and the words by which it finds them."""

from __future__ import annotations

import pandas as pd
import pytest

from windup.datasets import INSTRUMENTS, LINKED_KINDS, WITHOUT_COMPARATOR, Trials, packaged_trials

INSTRUMENT = "another instrument with a stated range"
RANDOMISED = ("parallel_rct", "crossover_rct")


@pytest.fixture(scope="module")
def trials() -> Trials:
    return packaged_trials(blocks=())


def rows_with(trials: Trials, reason: str) -> pd.DataFrame:
    rows = trials.observations[trials.observations["reason"] == reason]
    assert len(rows) > 0
    return rows


def drugs_of(trials: Trials, rows: pd.DataFrame) -> list[set[str]]:
    drugs: dict[tuple[str, str], set[str]] = {}
    for study, arm, drug in trials.dosing[["study_id", "arm_id", "drug"]].itertuples(index=False):
        drugs.setdefault((study, arm), set()).add(drug)
    arms = zip(rows["study_id"], rows["arm_id"], rows["reference_arm"], strict=True)
    return [drugs[study, arm] | drugs.get((study, other), set()) for study, arm, other in arms]


def test_a_row_that_waits_for_its_instrument_lacks_nothing_else(trials: Trials) -> None:
    rows = rows_with(trials, INSTRUMENT)
    studies = trials.studies.set_index("study_id")
    instruments = [trials.catalogue.instrument_by_name[name] for name in rows["scale"]]
    assert {each.quantity for each in instruments} == {"linked_pain"}
    assert None not in {end for each in instruments for end in (each.low, each.high)}
    assert all("other" not in drugs for drugs in drugs_of(trials, rows))
    assert rows[["time_weeks", "n_effective"]].notna().all(axis=None)
    assert rows["study_id"].map(studies["condition"]).isin(trials.catalogue.chronic_conditions).all()
    assert rows["study_id"].map(studies["design"]).isin(RANDOMISED).all()
    assert rows["outcome"].isin(["pain_intensity", "pain_intensity_change", "difference_vs_placebo"]).all()


@pytest.mark.parametrize(
    ("blocks", "gained", "studies"),
    [((INSTRUMENTS,), 72, 26), ((INSTRUMENTS, WITHOUT_COMPARATOR), 72, 26), ((WITHOUT_COMPARATOR,), 0, 0)],
)
def test_the_block_of_instruments_takes_so_many_rows(
    blocks: tuple[str, ...], gained: int, studies: int
) -> None:
    rows = packaged_trials(blocks=blocks).observations
    taken = rows[rows["used"] & rows["kind"].isin(LINKED_KINDS)]
    assert (len(taken), taken["study_id"].nunique()) == (gained, studies)


def test_without_its_block_no_row_of_another_instrument_is_used(trials: Trials) -> None:
    rows = trials.observations
    assert not rows.loc[rows["kind"].isin(LINKED_KINDS), "used"].any()
    assert (rows["reason"] == INSTRUMENT).sum() == 72


def test_rows_that_wait_for_their_instrument_say_each_fact_once(trials: Trials) -> None:
    rows = rows_with(trials, INSTRUMENT)
    assert not rows.duplicated(["study_id", "arm_id", "time_weeks", "scale"]).any()


def test_a_value_of_such_an_instrument_lies_within_its_range(trials: Trials) -> None:
    rows = rows_with(trials, INSTRUMENT)
    for row in rows[rows["outcome"] == "pain_intensity"].itertuples():
        instrument = trials.catalogue.instrument_by_name[str(row.scale)]
        assert instrument.low is not None
        assert instrument.high is not None
        assert instrument.low <= float(str(row.value)) <= instrument.high


def test_a_study_that_waits_for_the_block_of_removed_causes_has_an_arm_with_a_procedure(
    trials: Trials,
) -> None:
    rows = rows_with(trials, "cause of pain removed")
    procedures = list(trials.catalogue.procedure_by_name)
    operated = set(trials.dosing.loc[trials.dosing["drug"].isin(procedures), "study_id"])
    assert set(rows["study_id"]) == operated


def test_counts_of_attacks_are_counts_days_or_shares(trials: Trials) -> None:
    rows = rows_with(trials, "count of attacks or days")
    scales = {"count_per_month", "count_per_2_weeks", "days_per_month", "percent", "other"}
    assert set(rows["scale"]) <= scales
    assert set(rows["kind"]) == {""}


def test_of_a_baseline_common_to_both_arms_one_copy_is_used(trials: Trials) -> None:
    rows = trials.observations
    for study in ("katz2007_oxymorphone", "peloso2004"):
        common = rows[(rows["study_id"] == study) & (rows["time_weeks"] == 0.0)]
        assert common["value"].nunique() == 1
        assert common["used"].sum() == 1


def test_a_second_copy_of_a_trial_is_not_used(trials: Trials) -> None:
    rows = trials.observations[trials.observations["arm_id"].str.endswith("_duplicate")]
    assert set(rows["study_id"]) >= {"matsumoto2005", "katz2007_oxymorphone"}
    assert not rows["used"].any()


def test_a_review_that_pools_two_kinds_of_exercise_gives_no_exercise_of_a_model(trials: Trials) -> None:
    dosing = trials.dosing
    pools = dosing[dosing["titration_notes"].str.contains("pool of two kinds of exercise")]
    assert set(pools["study_id"]) == {"ettinger1997_kneeoa", "oiestad2023_kneeoa", "wortley2013_kneeoa"}
    assert set(pools["drug"]) == {"exercise_other"}

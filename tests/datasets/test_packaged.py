from __future__ import annotations

import csv
import hashlib
from importlib import resources
from pathlib import Path

import pytest

from windup.datasets import (
    BLOCKS,
    KINDS,
    TABLES,
    WITHOUT_COMPARATOR,
    Trials,
    check_counts,
    dictionary_markdown,
    packaged_trials,
)

FOLDER = Path(str(resources.files("windup.datasets")))


@pytest.fixture(scope="module")
def trials() -> Trials:
    return packaged_trials()


def test_no_collected_study_is_lost(trials: Trials) -> None:
    assert len(trials.studies) == 833


def test_no_collected_dosing_row_is_lost(trials: Trials) -> None:
    assert (~trials.dosing["titration_notes"].str.startswith("added:")).sum() == 1980


def test_no_collected_observation_is_lost(trials: Trials) -> None:
    assert (~trials.observations["flags"].str.contains("added")).sum() == 3317


def test_added_observations_say_how_they_were_computed(trials: Trials) -> None:
    added = trials.observations[trials.observations["flags"].str.contains("added")]
    assert added["how"].str.startswith("computed:").all()


def test_every_row_has_a_source_that_can_be_followed(trials: Trials) -> None:
    assert trials.observations["source"].str.match(r"doi:10\.|pmid:\d|https?://").all()


@pytest.mark.parametrize("column", ["row_id", "location", "how"])
def test_every_row_is_named_and_says_where_and_how_it_was_read(trials: Trials, column: str) -> None:
    assert (trials.observations[column] != "").all()


def test_every_study_is_cited(trials: Trials) -> None:
    assert (trials.studies[["citation", "source_url", "design"]] != "").all(axis=None)


def test_packaged_tables_leave_no_decision_open() -> None:
    rows = packaged_trials(blocks=tuple(BLOCKS)).observations
    assert set(rows["decided_by"]) == {"table"}


def test_rows_of_a_block_that_is_off_are_left_out_with_its_reason() -> None:
    rows = packaged_trials(blocks=()).observations
    waiting = rows[rows["decided_by"] == "settings"]
    assert len(waiting) > 40
    assert (waiting["blocks"] != "").all()
    assert not waiting["used"].any()
    assert set(waiting["reason"]) <= {block.reason for block in BLOCKS.values()}


def test_every_unused_row_has_a_reason_and_no_used_row_has_one(trials: Trials) -> None:
    rows = trials.observations
    assert ((rows["reason"] == "") == rows["used"]).all()


def test_every_used_row_has_a_kind_an_estimate_a_time_and_an_n(trials: Trials) -> None:
    used = trials.observations[trials.observations["used"]]
    filled = used[["estimate", "time_weeks", "n_effective"]].notna().all(axis=None)
    assert (bool(filled), set(used["kind"]) <= set(KINDS)) == (True, True)


def test_used_pain_rows_are_of_chronic_conditions_or_of_attacks(trials: Trials) -> None:
    used = trials.observations[trials.observations["used"]]
    pain = used[~used["kind"].isin(["serum_mg", "serum_mg_change", "csf_mg"])]
    conditions = trials.studies.set_index("study_id")["condition"]
    of_rows = pain["study_id"].map(conditions)
    linked = pain["scale"].map(trials.catalogue.link_of) != ""
    assert set(of_rows[~linked]) <= set(trials.catalogue.chronic_conditions)
    assert set(of_rows) - set(trials.catalogue.chronic_conditions) == set(
        trials.catalogue.episodic_conditions
    )


def test_used_rows_outside_randomised_trials_say_so(trials: Trials) -> None:
    used = trials.observations[trials.observations["used"]]
    design = used["study_id"].map(trials.studies.set_index("study_id")["design"])
    loose = used[~design.isin(["parallel_rct", "crossover_rct"])]
    said = loose["flags"].str.contains("natural_history|case_control|iv_course")
    assert (said | loose["blocks"].str.contains(WITHOUT_COMPARATOR)).all()


def test_used_standard_deviations_of_pain_are_those_of_people(trials: Trials) -> None:
    used = trials.observations[trials.observations["used"]]
    pain = used[used["kind"].isin(["mean", "change", "contrast"])]["standard_deviation"].dropna()
    assert (pain.min() >= 0.9, pain.max() <= 3.5) == (True, True)


def test_no_crossover_trial_has_the_same_baseline_in_two_arms(trials: Trials) -> None:
    crossed = trials.studies.loc[trials.studies["crossover"], "study_id"]
    used = trials.observations[trials.observations["used"]]
    means = used["kind"].isin(["mean", "instrument_mean"]) & (used["time_weeks"] <= 0.0)
    baselines = used[means & used["study_id"].isin(crossed)]
    assert len(baselines) > 5
    assert not baselines.duplicated(["study_id", "scale", "time_weeks", "value", "sd"]).any()


def test_row_names_begin_with_study_and_arm(trials: Trials) -> None:
    rows = trials.observations
    begin = rows["study_id"] + "/" + rows["arm_id"] + "/"
    assert all(name.startswith(start) for name, start in zip(rows["row_id"], begin, strict=True))


def test_selected_weeks_of_simpson_2010_are_not_used(trials: Trials) -> None:
    rows = trials.observations[trials.observations["study_id"] == "simpson2010"]
    assert set(rows.loc[rows["used"], "time_weeks"]) == {0.0, 14.0}


@pytest.mark.parametrize("flag", ["duplicate", "selected_weeks", "subacute"])
def test_rows_of_recent_pain_chosen_weeks_and_repeats_are_not_used(trials: Trials, flag: str) -> None:
    rows = trials.observations
    marked = rows["flags"].str.split(";").map(lambda flags: flag in flags)
    assert (marked.any(), rows.loc[marked, "used"].any()) == (True, False)


def test_dextromethorphan_trial_is_two_studies_with_their_own_condition(trials: Trials) -> None:
    studies = trials.studies.set_index("study_id")["condition"]
    parts = {name: studies[name] for name in studies.index if name.startswith("sang2002")}
    assert parts == {"sang2002_dpn": "painful_diabetic_neuropathy", "sang2002_phn": "postherpetic_neuralgia"}


def test_the_placebo_arm_of_a_withdrawal_trial_had_the_drug_before(trials: Trials) -> None:
    phases = trials.dosing[
        (trials.dosing["study_id"] == "raskin2014") & (trials.dosing["arm_id"] == "placebo_withdrawn")
    ]
    before = phases[phases["start_week"] < 0]
    assert before[["drug", "start_week", "end_week"]].to_numpy().tolist() == [["pregabalin", -6.0, 0.0]]


def test_the_hash_is_that_of_the_three_files(trials: Trials) -> None:
    content = b"".join((FOLDER / "trials" / name).read_bytes() for name in TABLES)
    assert trials.sha256 == hashlib.sha256(content).hexdigest()


def test_missing_numbers_are_nan(trials: Trials) -> None:
    assert trials.observations["sd"].isna().any()


def test_missing_words_are_empty(trials: Trials) -> None:
    assert trials.observations.select_dtypes("str").notna().all(axis=None)


@pytest.mark.parametrize(("table", "column"), [("studies", "crossover"), ("observations", "used")])
def test_yes_and_no_become_booleans(trials: Trials, table: str, column: str) -> None:
    assert set(getattr(trials, table)[column].tolist()) == {True, False}


def test_counts_add_up_to_all_rows(trials: Trials) -> None:
    counts = check_counts(trials)
    reasons = counts["unused_by_reason"]
    assert isinstance(reasons, dict)
    assert sum(reasons.values()) + int(str(counts["used"])) == counts["observations"]


def test_counts_by_kind_add_up_to_the_used_rows(trials: Trials) -> None:
    counts = check_counts(trials)
    kinds = counts["by_outcome"]
    assert isinstance(kinds, dict)
    assert sum(kinds.values()) == counts["used"]


def test_the_data_dictionary_is_that_of_the_column_tables() -> None:
    text = (FOLDER / "trials" / "README.md").read_text(encoding="utf-8")
    assert text.endswith(dictionary_markdown())


@pytest.mark.parametrize(("name", "columns"), TABLES.items())
def test_packaged_files_have_the_columns_of_the_dictionary(name: str, columns: tuple[object, ...]) -> None:
    with (FOLDER / "trials" / name).open(encoding="utf-8", newline="") as handle:
        header = next(csv.reader(handle))
    assert header == [column.name for column in columns]


@pytest.mark.parametrize(
    ("name", "rows"),
    [
        ("pharmacokinetics.csv", 153),
        ("mechanism_parameters.csv", 166),
        ("osteoarthritis_timecourses.csv", 362),
    ],
)
def test_no_row_of_the_literature_is_lost(name: str, rows: int) -> None:
    with (FOLDER / "literature" / name).open(encoding="utf-8", newline="") as handle:
        assert sum(1 for _ in csv.DictReader(handle)) == rows

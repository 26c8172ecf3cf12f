"""Counts that tell what a folder of trials holds and what the fit makes of it."""

from __future__ import annotations

import dataclasses

import pandas as pd

from windup.datasets.decisions.blocks import BLOCKS
from windup.datasets.tables.dose_rules import dose_warnings
from windup.datasets.tables.network import network_warnings
from windup.datasets.tables.treatments import rows_by_treatment
from windup.datasets.tables.trials import Trials

type Counts = dict[str, object]


def _tally(column: pd.Series) -> dict[str, int]:
    return {str(key): int(count) for key, count in column.value_counts().items()}


def block_counts(needed: pd.Series) -> dict[str, int]:
    """Rows by block of the likelihood, from those that each needs, joined by ``;``."""
    named = {name: int(needed.str.split(";").explode().eq(name).sum()) for name in BLOCKS}
    return {"main": int((needed == "").sum()), **named}


_DECIDED = (
    "row", "row_id", "study_id", "arm_id", "time_weeks", "outcome", "used", "reason", "decided_by", "why",
)  # fmt: skip


def _decisions(observations: pd.DataFrame) -> list[dict[str, object]]:
    table = observations.rename(columns={"line": "row"})[list(_DECIDED)]
    # A time that is not known is no number in JSON.
    return [
        {str(key): None if value != value else value for key, value in row.items()}
        for row in table.to_dict("records")
    ]


def check_counts(trials: Trials) -> Counts:
    """Counts of studies, arms, rows, used rows, and of used rows by reason, condition, drug and kind.

    Parameters
    ----------
    trials
        Loaded trials.

    Returns
    -------
    dict
        ``data_sha256`` (of the tables, as a run records it); ``studies``, ``arms``, ``observations``,
        ``used``, ``studies_used``, ``arms_used``, ``phases_without_dose`` (ints); ``unused_by_reason``,
        ``by_condition``, ``by_treatment``, ``by_outcome``, ``by_flag`` (used rows, as dicts of ints);
        ``rows_by_treatment`` and ``pain_rows_by_treatment`` (the same for every drug of the catalogue, 0
        where no row is used, of all rows and of those of pain); ``by_block`` (used rows by the blocks of the
        likelihood that they need, ``main`` for those that need none; a row counts for each of its blocks);
        ``notes`` (sentences on how the files were read); ``warnings`` (doses that a fit assumes, and unusual
        ones); ``network`` (drugs that no used trial compares with a control); ``decisions`` (for every row of
        ``observations`` whether it is used, who decided, and why); ``faults`` (always empty: trials with
        faults do not load). ``by_treatment`` counts a row once for each drug of its arm.
    """
    observations = trials.observations
    used = observations[observations["used"]]
    condition = trials.studies.set_index("study_id")["condition"]
    arms = used[["study_id", "arm_id"]].drop_duplicates()
    given = trials.dosing.merge(arms, on=["study_id", "arm_id"])
    drugs = given[["study_id", "arm_id", "drug"]].drop_duplicates()
    rows = used[["study_id", "arm_id"]].merge(drugs, on=["study_id", "arm_id"])
    dosed = ~given["drug"].isin(trials.catalogue.without_dose)
    flags = used["flags"].str.split(";").explode()
    return {
        "data_sha256": trials.sha256,
        "studies": len(trials.studies),
        "arms": len(trials.dosing[["study_id", "arm_id"]].drop_duplicates()),
        "observations": len(observations),
        "used": len(used),
        "studies_used": int(used["study_id"].nunique()),
        "arms_used": len(arms),
        "phases_without_dose": int((dosed & given["daily_dose"].isna()).sum()),
        "unused_by_reason": _tally(observations.loc[~observations["used"], "reason"]),
        "by_condition": _tally(used["study_id"].map(condition)),
        "by_treatment": _tally(rows["drug"]),
        "rows_by_treatment": rows_by_treatment(trials),
        "pain_rows_by_treatment": rows_by_treatment(trials, of_pain=True),
        "by_outcome": _tally(used["kind"]),
        "by_block": block_counts(used["blocks"]),
        "by_flag": _tally(flags[flags != ""]),
        "notes": list(trials.notes),
        "warnings": [dataclasses.asdict(warning) for warning in dose_warnings(trials)],
        "network": [dataclasses.asdict(warning) for warning in network_warnings(trials)],
        "decisions": _decisions(observations),
        "faults": [],
    }

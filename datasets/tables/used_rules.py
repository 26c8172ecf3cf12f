"""What a used row must have, and that no two used rows say the same."""

from __future__ import annotations

import math
from itertools import combinations

import pandas as pd

from windup.datasets.catalogue.catalogue import Catalogue
from windup.datasets.decisions.limits import fact_of
from windup.datasets.decisions.rings import Edge, following
from windup.datasets.decisions.same_fact import same_fact, same_instrument, same_time
from windup.datasets.dictionary.usage import MAGNESIUM_KINDS, STANDARDISED_KIND, plain_kind
from windup.datasets.files.errors import Fault

_OBSERVATIONS = "observations.csv"


def usage_faults(
    row: pd.Series, line: int, condition: str, drugs: set[str], sized: set[str], catalogue: Catalogue
) -> list[Fault]:
    """What a used row lacks.

    Parameters
    ----------
    row
        Typed row of the observations.
    line
        Its line in the file.
    condition
        Condition of its study, ``''`` when not known.
    drugs
        Drugs that its arm or its reference arm received.
    sized
        Arms of its study whose number of participants is known.
    catalogue
        Conditions and instruments.
    """
    kind = plain_kind(catalogue.kind_of(row["outcome"], row["scale"]))

    def fault(column: str, found: str, remedy: str) -> Fault:
        return Fault(_OBSERVATIONS, line, column, found, f"{remedy}, or set used to no.")

    faults: list[Fault] = []
    if not kind:
        found = f"The fit has no use for '{row['outcome']}' on the scale '{row['scale']}'."
        faults.append(fault("outcome", found, "Convert the scale"))
    if math.isnan(row["time_weeks"]):
        faults.append(fault("time_weeks", "A used row has no time.", "Give the time in weeks"))
    if math.isnan(row["n"]) and not ({row["arm_id"], row["reference_arm"]} - {""}) <= sized:
        faults.append(fault("n", "A used row has no n, and its arm has no n_randomised.", "Give n"))
    if row["outcome"] == "difference_vs_placebo" and not row["reference_arm"]:
        faults.append(fault("reference_arm", "A contrast does not name its reference arm.", "Name it"))
    if row["reference_arm"] and row["reference_arm"] == row["arm_id"]:
        faults.append(
            fault("reference_arm", "A contrast is taken against its own arm.", "Name the other arm")
        )
    if row["reference_arm"] and kind and kind not in ("contrast", "serum_mg_change"):
        found = f"A row of '{row['outcome']}' has a reference arm; a contrast alone has one."
        faults.append(fault("reference_arm", found, "Empty the cell"))
    if "other" in drugs:
        found = f"The arm '{row['arm_id']}', or its reference arm, received a treatment outside the cascade."
        faults.append(
            fault("arm_id", found, "Give its drug a name of drugs.csv, outside_classes.csv or procedures.csv")
        )
    if kind and kind not in MAGNESIUM_KINDS and not catalogue.pain_counts(condition, row["scale"]):
        found = f"Pain in '{condition}' on '{row['scale']}' is not a weekly mean of chronic pain."
        faults.append(fault("used", found, "Correct the condition in studies.csv or the scale"))
    return faults


def crossover_faults(studies: pd.DataFrame, observations: pd.DataFrame, catalogue: Catalogue) -> list[Fault]:
    """Used standardised differences of crossover trials.

    Such a difference may be divided by the SD of paired differences or by that between patients, and its
    error depends on the correlation of the periods (Cochrane Handbook, section 23.2.7).

    Parameters
    ----------
    studies, observations
        Typed tables indexed by line; ``crossover`` of the studies is ``yes`` or ``no``.
    catalogue
        Instruments.
    """
    crossed = set(studies.loc[studies["crossover"] == "yes", "study_id"])
    found = "A standardised difference of a crossover trial does not say which SD it is divided by."
    remedy = "Give the difference in points, or set used to no."
    return [
        Fault(_OBSERVATIONS, int(str(line)), "scale", found, remedy)
        for line, row in observations[observations["used"] == "yes"].iterrows()
        if row["study_id"] in crossed and catalogue.kind_of(row["outcome"], row["scale"]) == STANDARDISED_KIND
    ]


def duplicate_faults(studies: pd.DataFrame, observations: pd.DataFrame, catalogue: Catalogue) -> list[Fault]:
    """Used rows that say what another used row says already.

    That is the same arm and time in the same kind, in a change beside its mean, or in a contrast beside
    the arm it was computed from; contrasts that follow from other rows; and used rows of two studies with the
    same patients.

    Parameters
    ----------
    studies, observations
        Typed tables indexed by line.
    catalogue
        Instruments.
    """
    used = observations[observations["used"] == "yes"]
    kinds = [fact_of(row, catalogue) for _, row in used.iterrows()]
    instruments = [catalogue.told_on(scale) for scale in used["scale"]]
    faults: list[Fault] = []
    remedy = "Set used to no in one of them, with the reason 'duplicates another row'."
    columns = (
        used.index, used["study_id"], kinds, used["arm_id"], used["reference_arm"], used["time_weeks"],
        instruments,
    )  # fmt: skip
    edges = [Edge(*row) for row in zip(*columns, strict=True)]
    by_arm: dict[tuple[str, str], list[Edge]] = {}
    for row in edges:
        by_arm.setdefault((row.study, row.arm), []).append(row)
    repeated = set[int]()
    for (_, arm), rows in by_arm.items():
        for one, other in combinations(sorted(rows), 2):
            # Contrasts of one arm with two others are two facts.
            compared = not (one.reference and other.reference) or one.reference == other.reference
            compared = compared and same_instrument(one.instrument, other.instrument)
            if compared and same_time(one.time, other.time) and same_fact(one.kind, other.kind):
                found = f"The {other.kind} of '{arm}' at this time repeats a used {one.kind}."
                faults.append(Fault(_OBSERVATIONS, other.name, "used", found, remedy))
                repeated.add(other.name)
    for line, others in following(sorted(row for row in edges if row.name not in repeated)):
        # Nothing but the order of lines decides: any row of a ring follows from the others.
        lines = ", ".join(str(other) for other in others)
        found = f"The row follows from used rows of the same time (rows {lines}): their arms close a ring."
        faults.append(Fault(_OBSERVATIONS, line, "used", found, remedy))
    with_rows = set(used["study_id"])
    for index, study in studies.iterrows():
        if study["study_id"] in with_rows and study["overlaps"] in with_rows:
            found = f"Rows of '{study['study_id']}' and of '{study['overlaps']}' are both used."
            overlap = f"Set used to no in one of them, with the reason 'overlaps {study['study_id']}'."
            faults.append(Fault("studies.csv", int(str(index)), "overlaps", found, overlap))
    return faults

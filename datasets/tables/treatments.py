"""How many used rows each treatment has, those without any included."""

from __future__ import annotations

from windup.datasets.dictionary.usage import MAGNESIUM_KINDS
from windup.datasets.tables.trials import Trials

FEWEST_ROWS = 10
"""Used rows of pain below which trials hold hardly anything on a treatment (expert: about three trials)."""


def rows_by_treatment(trials: Trials, *, of_pain: bool = False) -> dict[str, int]:
    """Used rows of arms that received each drug of the catalogue; 0 where there is none.

    A row counts once for each drug of its arm, so that a combination counts for both. A contrast is a row of
    its treated arm and not of the arm that it is taken against.

    Parameters
    ----------
    trials
        Loaded trials.
    of_pain
        Leave out rows of magnesium in serum and cerebrospinal fluid.

    Returns
    -------
    dict
        In the order of the catalogue.
    """
    rows = trials.observations[trials.observations["used"]]
    if of_pain:
        rows = rows[~rows["kind"].isin(MAGNESIUM_KINDS)]
    keys = ["study_id", "arm_id"]
    drugs = trials.dosing[[*keys, "drug"]].drop_duplicates()
    counts = rows[keys].merge(drugs, on=keys)["drug"].value_counts()
    return {drug.name: int(counts.get(drug.name, 0)) for drug in trials.catalogue.drugs}


def scarce_treatments(trials: Trials) -> dict[str, int]:
    """Drugs with fewer than `FEWEST_ROWS` used rows of pain, fewest first.

    Parameters
    ----------
    trials
        Loaded trials.
    """
    rows = rows_by_treatment(trials, of_pain=True)
    few = [drug for drug, count in rows.items() if count < FEWEST_ROWS]
    return {drug: rows[drug] for drug in sorted(few, key=lambda drug: rows[drug])}

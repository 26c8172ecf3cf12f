"""Faults of limits, and used shares at a limit that a fit cannot read."""

from __future__ import annotations

import pandas as pd

from windup.datasets.catalogue.catalogue import Catalogue
from windup.datasets.decisions.limits import limit_findings, studies_with_baseline, use_findings
from windup.datasets.dictionary.usage import LIMIT_KIND, plain_kind
from windup.datasets.files.errors import Fault


def limits_faults(observations: pd.DataFrame, catalogue: Catalogue) -> list[Fault]:
    """All that is wrong with limits, and all that keeps used shares at a limit from a fit.

    Parameters
    ----------
    observations
        Typed table indexed by line.
    catalogue
        Instruments.
    """
    told = observations[observations["limit"].notna() | observations["outcome"].str.startswith("share_")]
    faults = [
        Fault("observations.csv", int(str(line)), *finding)
        for line, row in told.iterrows()
        for finding in limit_findings(row, catalogue)
    ]
    used = observations[observations["used"] == "yes"]
    kinds = [catalogue.kind_of(*each) for each in zip(used["outcome"], used["scale"], strict=True)]
    with_baseline = studies_with_baseline(
        zip(used["study_id"], map(plain_kind, kinds), used["time_weeks"], strict=True)
    )
    for (line, row), kind in zip(used.iterrows(), kinds, strict=True):
        if kind == LIMIT_KIND:
            known = row["study_id"] in with_baseline
            for column, _, found, remedy in use_findings(row["time_weeks"], with_baseline=known):
                remedy = f"{remedy}, or set used to no."
                faults.append(Fault("observations.csv", int(str(line)), column, found, remedy))
    return faults

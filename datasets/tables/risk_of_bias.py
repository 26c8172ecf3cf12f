"""Risk of bias of each study in the five domains of RoB 2, as far as the tables decide it.

The domains are those of Sterne et al. 2019, doi 10.1136/bmj.l4898. A rule reads columns and flags that are
there anyway; what they do not show is ``unknown``, which is no verdict. A filled cell goes before the rule.
No number of a fit depends on these columns.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import pandas as pd

from windup.datasets.dictionary.decisions import LOOSE_DESIGNS
from windup.datasets.dictionary.vocabulary import BIAS_DOMAINS

_FLAGS = ("completers", "selected_weeks")
LOW, SOME, HIGH, UNKNOWN = "low", "some concerns", "high", "unknown"


def with_risk_of_bias(studies: pd.DataFrame, observations: pd.DataFrame) -> pd.DataFrame:
    """Studies with their five columns of bias filled.

    Parameters
    ----------
    studies
        With empty cells where the rules decide.
    observations
        Of the same folder; flags of any row of a study count for it.

    Notes
    -----
    - ``bias_randomisation``: high without a randomised comparison; else unknown, as how the sequence was made
      and concealed was not collected.
    - ``bias_deviations``: high without a randomised comparison; some concerns if single blind or open, or in
      a crossover trial (carry-over was not collected); low if double blind; else unknown.
    - ``bias_missing``: high if completers alone were analysed (imputation, or the flag of a row); some
      concerns for LOCF and BOCF; low for multiple imputation and MMRM; else unknown.
    - ``bias_measurement``: of pain, which patients report themselves: low if double blind, some concerns if
      single blind, high if open, else unknown.
    - ``bias_reporting``: high if a row carries ``selected_weeks``; else unknown, as protocols were not read.
    """
    words = observations.assign(flag=observations["flags"].str.split(";")).explode("flag")
    flagged = {flag: set(words.loc[words["flag"] == flag, "study_id"]) for flag in _FLAGS}
    rules = [_of_study(row, flagged) for row in studies.to_dict("records")]
    derived = pd.DataFrame(rules, index=studies.index, columns=list(BIAS_DOMAINS), dtype="str")
    table = studies.copy()
    for domain in BIAS_DOMAINS:
        table[domain] = table[domain].where(table[domain] != "", derived[domain]).astype("str")
    return table


def _of_study(study: Mapping[Hashable, Any], flagged: Mapping[str, set[str]]) -> dict[str, str]:
    loose, blinding = study["design"] in LOOSE_DESIGNS, study["blinding"]
    name, imputation = study["study_id"], study["imputation"]
    deviations = {"double": LOW, "single": SOME, "open": SOME}.get(blinding, UNKNOWN)
    if deviations == LOW and study["crossover"]:
        deviations = SOME
    missing = {"LOCF": SOME, "BOCF": SOME, "MI": LOW, "MMRM": LOW}.get(imputation, UNKNOWN)
    return {
        "bias_randomisation": HIGH if loose else UNKNOWN,
        "bias_deviations": HIGH if loose else deviations,
        "bias_missing": HIGH if imputation == "completers" or name in flagged["completers"] else missing,
        "bias_measurement": {"double": LOW, "single": SOME, "open": HIGH}.get(blinding, UNKNOWN),
        "bias_reporting": HIGH if name in flagged["selected_weeks"] else UNKNOWN,
    }

"""What the verdict of a comparison adds to the joint density: treated rows, and single studies.

The rule is that of the joint density: a difference of at most two standard errors is no clear one.
"""

from __future__ import annotations

from collections.abc import Sequence

from windup.fit.analyses.comparison.influence import Lead
from windup.fit.analyses.scoring.scores import is_clear
from windup.fit.display.format import number

TREATED = "treated observations given the control arms"


def about_leads(joint: Sequence[Lead], treated: Sequence[Lead]) -> str:
    """Sentences on the leads of the best model: in treated rows, and without a single study.

    Parameters
    ----------
    joint
        Leads of the model with the highest joint density over every other one, the closest first.
    treated
        Leads of the same model over the same others in treated rows given control rows; none without a
        randomised comparison.
    """
    in_treated = {lead.over: lead for lead in treated}
    pairs = [(lead, in_treated.get(lead.over)) for lead in joint]
    sentences = [
        _joint_alone([(a, b) for a, b in pairs if b is not None and a.is_clear and not b.is_clear]),
        _treated_alone([b for a, b in pairs if b is not None and not a.is_clear and b.is_clear]),
        _against([(a, b) for a, b in pairs if b is not None and a.is_clear and b.is_clear]),
        _on_one_study("all observations", joint),
        _on_one_study(TREATED, treated),
    ]
    if not treated:
        sentences.append("No study has a control arm, so that treated observations cannot be compared.")
    return " ".join(each for each in sentences if each)


def _joint_alone(pairs: Sequence[tuple[Lead, Lead]]) -> str:
    """Clear in all rows, not in treated ones."""
    if not pairs:
        return ""
    listed = ", ".join(f"'{lead.over}' ({size_of(lead)})" for _, lead in pairs)
    return (
        f"For {TREATED} there is no clear difference from {listed}: the lead in all observations is no clear "
        "one in the effects of treatments."
    )


def _treated_alone(leads: Sequence[Lead]) -> str:
    """Clear in treated rows, not in all."""
    if not leads:
        return ""
    return " ".join(
        f"For {TREATED} '{_better(lead)}' predicts clearly better than '{_worse(lead)}' ({size_of(lead)}), "
        "although their joint densities do not differ clearly."
        for lead in leads
    )


def _against(pairs: Sequence[tuple[Lead, Lead]]) -> str:
    """Clear in both: the same direction or the opposite one."""
    same = [lead for joint, lead in pairs if (joint.difference > 0.0) == (lead.difference > 0.0)]
    other = [lead for joint, lead in pairs if (joint.difference > 0.0) != (lead.difference > 0.0)]
    sentences = [
        f"For {TREATED} the opposite holds: '{_better(lead)}' predicts clearly better than '{_worse(lead)}' "
        f"({size_of(lead)})."
        for lead in other
    ]
    if same:
        listed = ", ".join(f"'{lead.over}' ({size_of(lead)})" for lead in same)
        sentences.append(f"For {TREATED} it also leads clearly over {listed}.")
    return " ".join(sentences)


def _on_one_study(what: str, leads: Sequence[Lead]) -> str:
    """Clear leads that one study decides."""
    return " ".join(
        f"The difference of '{lead.model}' and '{lead.over}' for {what} depends on one study: without "
        f"{_listed(lead.changed_by)} it is {_otherwise(lead)}."
        for lead in leads
        if lead.is_clear and lead.changed_by
    )


def _otherwise(lead: Lead) -> str:
    """What a clear difference is without any of the studies that decide it."""
    changed = lead.studies[lead.studies["changes_verdict"]]
    reverses = any(
        is_clear(difference, error)
        for difference, error in zip(changed["difference"], changed["difference_error"], strict=True)
    )
    return "not clear or has the other sign" if reverses else "not clear"


def size_of(lead: Lead) -> str:
    """Difference with its standard error; below 0 where the other model predicts better."""
    return f"{number(lead.difference, 1)}, SE {number(lead.difference_error, 1)}"


def _listed(studies: Sequence[str]) -> str:
    return studies[0] if len(studies) == 1 else f"any one of {', '.join(studies)}"


def _better(lead: Lead) -> str:
    return lead.model if lead.difference > 0.0 else lead.over


def _worse(lead: Lead) -> str:
    return lead.over if lead.difference > 0.0 else lead.model

"""What kind of illness each condition is before the trial begins."""

from __future__ import annotations

from typing import NamedTuple


class Illness(NamedTuple):
    """Run from health to enrolment.

    Attributes
    ----------
    central_share
        Share of the drive that has no peripheral source.
    injury
        Size of the healing injury pulse at onset (a drive of 1 holds severe pain in most prior draws).
    days
        Duration of illness at enrolment.
    """

    central_share: float
    injury: float
    days: float


# Kinds from the design of the model: an injury that persists, an injury that heals, a central set point. The
# shares, sizes and durations are expert choices (trials rarely report them); three years is the order of what
# enrolment criteria and baseline tables of chronic-pain trials describe. Every illness begins with an event
# that heals: without one, a self-sustaining state (a loop gain above 1) could never have been entered and
# would be ruled out by construction instead of by data.
_PERSISTING = Illness(central_share=0.1, injury=1.0, days=1095.0)
_HEALING = Illness(central_share=0.1, injury=3.0, days=730.0)
_CENTRAL = Illness(central_share=0.9, injury=1.0, days=1095.0)

ILLNESS: dict[str, Illness] = {
    "painful_diabetic_neuropathy": _PERSISTING,
    "postherpetic_neuralgia": _HEALING,
    "fibromyalgia": _CENTRAL,
    "chronic_low_back_pain": _PERSISTING,
    "osteoarthritis": _PERSISTING,
    "neuropathic_mixed": _PERSISTING,
    "sciatica": _HEALING._replace(days=180.0),
    "spinal_cord_injury_pain": _CENTRAL._replace(central_share=0.6),
    "crps": _HEALING,
    "chemo_neuropathy": _PERSISTING._replace(days=365.0),
    "carpal_tunnel": _PERSISTING._replace(days=365.0),
    "other_chronic_pain": _PERSISTING,
}

# Groups that share a placebo response: the meta-analysis of Cepeda 2012 (Pain Med 13:575) separates diabetic,
# postherpetic and central pain; the other groups are ours.
PLACEBO_GROUP: dict[str, str] = {
    "painful_diabetic_neuropathy": "diabetic_neuropathy",
    "postherpetic_neuralgia": "postherpetic_neuralgia",
    "spinal_cord_injury_pain": "central_pain",
    "fibromyalgia": "fibromyalgia",
    "osteoarthritis": "musculoskeletal",
    "chronic_low_back_pain": "musculoskeletal",
    "sciatica": "musculoskeletal",
}
OTHER_GROUP = "other_neuropathic"
PLACEBO_GROUPS = (
    "diabetic_neuropathy",
    "postherpetic_neuralgia",
    "central_pain",
    "fibromyalgia",
    "musculoskeletal",
    OTHER_GROUP,
)


def illness_of(condition: str) -> Illness | None:
    """Illness of a chronic-pain condition; None for people without chronic pain (magnesium studies)."""
    return ILLNESS.get(condition)


def placebo_group_of(condition: str) -> str:
    """Group of conditions that share a mean placebo response."""
    return PLACEBO_GROUP.get(condition, OTHER_GROUP)

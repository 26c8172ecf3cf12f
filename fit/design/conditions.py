"""What kind of illness each condition is: where its drive comes from, and its placebo response."""

from __future__ import annotations

# Share of the drive that has no peripheral source, by condition. Kinds from the design of the model: an
# injury, healed or not, leaves most of the drive in the periphery; in the central kinds most of it is not.
# The shares are expert choices: trials do not report them.
_PERIPHERAL, _CENTRAL = 0.1, 0.9

CENTRAL_SHARE: dict[str, float] = {
    "painful_diabetic_neuropathy": _PERIPHERAL,
    "postherpetic_neuralgia": _PERIPHERAL,
    "fibromyalgia": _CENTRAL,
    "chronic_low_back_pain": _PERIPHERAL,
    "osteoarthritis": _PERIPHERAL,
    "neuropathic_mixed": _PERIPHERAL,
    "sciatica": _PERIPHERAL,
    "spinal_cord_injury_pain": 0.6,
    "crps": _PERIPHERAL,
    "chemo_neuropathy": _PERIPHERAL,
    "carpal_tunnel": _PERIPHERAL,
    "other_chronic_pain": _PERIPHERAL,
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


def placebo_group_of(condition: str) -> str:
    """Group of conditions that share a mean placebo response."""
    return PLACEBO_GROUP.get(condition, OTHER_GROUP)

"""The rules by which windup decides whether a row is used, where a table leaves that open."""

from __future__ import annotations

GIVEN_REASON = "no reason given"
"""Reason of a row that a table sets to no without one."""

WITHOUT_CONTROL_FLAGS = frozenset({"natural_history", "case_control", "iv_course"})
"""Flags of rows that may be used without a randomised comparison."""

LOOSE_DESIGNS = ("open_label", "cohort", "case_control", "cross_sectional")
"""Designs without a randomised comparison."""

DOUBTS = frozenset(
    {
        "completers",
        "dispersion_assumed",
        "dispersion_doubtful",
        "n_assumed_equal",
        "other_instrument",
        "scale_assumed",
        "secondary_source",
        "time_assumed",
        "worst_pain",
    }
)
"""Flags that count against a row which says the same as another one."""

RULES: tuple[str, ...] = (
    "A row whose `used` is filled stays as it is.",
    "A row is left out when its outcome or scale has no use in the model, its study is a `meta_analysis`, "
    "its condition is neither chronic pain nor, on an instrument of attacks, episodic (rows of magnesium "
    "excepted), an arm of it received the drug `other`, "
    "it has no time, neither it nor its arm has a number of participants, it has the flag `duplicate` or "
    "`selected_weeks`, it is a standardised difference of a crossover trial, or its visit is within twelve "
    "weeks after an operation of its arm.",
    "A row of a study without a randomised comparison (`open_label`, `cohort`, `case_control`, "
    "`cross_sectional`) is left out, but for the flags `natural_history`, `case_control` and `iv_course`.",
    "A share of people at a limit (`share_at_least`, `share_above`) is left out in week 0 and before, and "
    "where no usable row of its study has the mean pain then: its people are followed from there.",
    "Rows of a study without any row after week 0 are left out, with the same exceptions.",
    "A contrast is left out when its arm and its reference arm both have results of their own at that time. "
    "When only its arm has one, the contrast replaces it; a standardised difference is left out then too.",
    "Of two rows that say the same of one arm and time, one is used. These are two rows of one kind, and a "
    "mean, a change, a contrast and a percent change among each other. Contrasts of one arm with two others "
    "are not the same, nor are shares at two limits, nor rows on two instruments of pain of which one has a "
    "link of its own; a standardised difference is the same as a contrast on any instrument. The first that "
    "applies decides: a "
    "row in points or tenths before a standardised difference; a row with a standard deviation, standard "
    "error or interval; a mean before a change, a contrast and a percent change; fewer flags of doubt ("
    + ", ".join(f"`{flag}`" for flag in sorted(DOUBTS))
    + "); more participants; the order of the cells. Times from week 1 on that differ by at most 0.05 weeks "
    "are the same.",
    "Contrasts of one time that follow from other rows are left out, in the same order: of A - P, B - P and "
    "B - A any two say all.",
    "Of two studies with the same patients, the one whose `overlaps` names the other is left out.",
)
"""In the order in which they apply."""

"""Words of fixed lists: designs, units, routes, outcomes, reasons, flags."""

from __future__ import annotations

DESIGNS = (
    "parallel_rct",
    "crossover_rct",
    "open_label",
    "cohort",
    "case_control",
    "cross_sectional",
    "meta_analysis",
)
BLINDINGS = ("double", "single", "open", "na")
IMPUTATIONS = ("LOCF", "BOCF", "MI", "MMRM", "completers", "other")
VERIFICATIONS = ("full_text", "abstract", "secondary", "registry")
DOSE_UNITS = ("mg", "g", "ug", "mg/kg", "mg/h", "mg/day", "g/day", "ug/day", "ml", "IU", "capsule", "film")
"""Units of a dose besides those of the catalogue's drugs and substances."""

ROUTES = (
    "oral",
    "iv",
    "im",
    "topical",
    "transdermal",
    "intra_articular",
    "local_injection",
    "epidural",
    "sublingual",
    "buccal",
    "nasal",
    "parenteral",
    "stimulation",
    "diet",
    "exercise",
    "mixed",
)
DOSE_ORIGINS = ("reported", "computed", "midpoint", "target", "not stated", "not convertible")
ROLES = ("case", "control")
BIAS_DOMAINS = (
    "bias_randomisation",
    "bias_deviations",
    "bias_missing",
    "bias_measurement",
    "bias_reporting",
)
"""Columns of the domains of RoB 2 (doi 10.1136/bmj.l4898), in its order."""

BIAS_LEVELS = ("low", "some concerns", "high", "unknown")
OUTCOMES = (
    "pain_intensity",
    "pain_intensity_change",
    "difference_vs_placebo",
    "responder_30",
    "responder_50",
    "share_at_least",
    "share_above",
    "serum_mg",
    "serum_mg_change",
    "csf_mg",
    "rbc_mg",
    "fiq",
    "attack_frequency",
    "attack_frequency_change",
    "other",
)
INTERVALS = ("ci95_low_high", "range", "iqr", "reference_interval")
REASONS = (
    "outcome outside the model",
    "scale without a defensible conversion",
    "treatment outside the cascade",
    "episodic pain, not a weekly mean",
    "acute or minute-scale",
    "acute pain that falls by itself",
    "not a chronic-pain population",
    "uncontrolled",
    "pooled or secondary of included trials",
    "no time",
    "time of dose or sample not known",
    "no n",
    "duplicates another row",
    "subgroup of another row",
    "selected weeks",
    "suspect figures",
    "conditional mean",
    "no outcome after baseline",
    "no pain at baseline",
    "limit not stated",
    "open run-in or earlier treatment not known",
    "dose not convertible",
    "another instrument with a stated range",
    "standardised difference",
    "count of attacks or days",
    "cause of pain removed",
    "wound of an operation",
    "share treated not known",
    "input blocked for hours or months",
    "marker or sensory test",
    "no reason given",
)
"""Reasons a row may stay out of the fit; ``overlaps STUDY`` is allowed too."""

FLAGS = (
    "active_control",
    "added",
    "attention_control",
    "baseline",
    "bocf",
    "case_control",
    "cointervention",
    "completers",
    "crossover",
    "dispersion_assumed",
    "dispersion_doubtful",
    "duplicate",
    "enriched",
    "iv_course",
    "locf",
    "median",
    "n_assumed_equal",
    "n_randomised",
    "natural_history",
    "no_comparator",
    "open_label",
    "other_instrument",
    "scale_assumed",
    "secondary_source",
    "selected_weeks",
    "subacute",
    "time_assumed",
    "window_mean",
    "withdrawal",
    "within_hours",
    "worst_pain",
)
"""What the fit may want to know of a row; several are joined by ``;``."""

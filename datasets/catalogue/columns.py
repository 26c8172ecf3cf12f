"""The eight tables of the catalogue as data: every column with its type, unit, bounds, words and meaning."""

from __future__ import annotations

from windup.datasets.catalogue.instrument import LINKED
from windup.datasets.dictionary.columns import Column
from windup.datasets.dictionary.limits import LARGEST_DOSE, LARGEST_NUMBER

_YES_NO = ("no", "yes")
_LEAST = 1e-9

DRUGS: tuple[Column, ...] = (
    Column("drug", "text", "Word of the drug in the other tables: lower-case letters, digits and _.",
           cell_required=True),
    Column("label", "text", "Name as it is shown.", cell_required=True),
    Column("synonyms", "text", "Other names, joined by ';'.", column_required=False),
    Column("unit", "text", "Unit of a daily dose, e.g. mg/day.", cell_required=True),
    Column("reference_dose", "number", "Daily dose at which strengths are defined: a customary full dose; "
           "empty only where every application counts alike.", unit="unit", minimum=_LEAST,
           maximum=LARGEST_DOSE),
    Column("reference_dose_source", "text", "Where that dose comes from, or 'expert: reason'."),
    Column("usual_low", "number", "Daily doses below it are asked about.", unit="unit",
           column_required=False, minimum=0.0, maximum=LARGEST_DOSE),
    Column("usual_high", "number", "Daily doses above it are asked about.", unit="unit",
           column_required=False, minimum=0.0, maximum=LARGEST_DOSE),
    Column("usual_source", "text", "Where that range comes from, or 'expert: reason'.",
           column_required=False),
    Column("usual_dose", "number", "Daily dose that trials give where they say it: median over studies, of "
           "what is absorbed where a dose does not count whole; empty: the reference dose.", unit="unit",
           column_required=False, minimum=_LEAST, maximum=LARGEST_DOSE),
    Column("usual_dose_log_sd", "number", "SD of its logarithm between studies; empty: 0.7, an expert's.",
           column_required=False, minimum=0.01, maximum=5.0),
    Column("usual_dose_source", "text", "Where both come from, or 'expert: reason'.", column_required=False),
    Column("half_dose", "number", "Daily dose at half of the maximal effect: median of its prior; empty: "
           "the reference dose, known.", unit="unit", column_required=False, minimum=_LEAST,
           maximum=LARGEST_DOSE),
    Column("half_dose_log_sd", "number", "SD of the logarithm of half_dose; empty or 0: known.",
           column_required=False, minimum=0.0, maximum=5.0),
    Column("half_dose_source", "text", "Where half_dose comes from, or 'expert: reason'.",
           column_required=False),
    Column("dose_column", "text", "Name of the dose in a model; empty: the drug's.", column_required=False),
    Column("parenteral_dose_column", "text", "Name of a dose that does not pass the gut, where a model tells "
           "it apart.", column_required=False),
    Column("absorption_a_mg", "number", "Constant a of saturable absorption a / (b + single dose); empty: a "
           "dose counts whole.", unit="mg", column_required=False, minimum=0.0, maximum=LARGEST_DOSE),
    Column("absorption_b_mg", "number", "Constant b of saturable absorption.", unit="mg",
           column_required=False, minimum=_LEAST, maximum=LARGEST_DOSE),
    Column("absorption_administrations_per_day", "number", "Administrations assumed where none are given.",
           unit="1/day", column_required=False, minimum=1.0, maximum=24.0),
    Column("absorption_source", "text", "Where the constants come from.", column_required=False),
    Column("reported_label", "text", "Name of the regimen whose effect every fit reports; empty: made of "
           "label and dose.", column_required=False),
    Column("reported_dose", "number", "Its daily dose, before absorption; empty: the reference dose.",
           unit="unit", column_required=False, minimum=_LEAST, maximum=LARGEST_DOSE),
    Column("reported_days", "number", "Days from the start on which it is taken; empty: 84.", unit="days",
           column_required=False, minimum=1.0, maximum=84.0),
)  # fmt: skip

SUBSTANCES: tuple[Column, ...] = (
    Column("drug", "text", "Drug of drugs.csv that the substance counts as.", cell_required=True),
    Column("substance", "text", "Words by which it is recognised in dosing.csv, joined by ';'; * for any.",
           cell_required=True),
    Column("route", "text", "Routes for which this holds, joined by ';'; empty for all.",
           column_required=False),
    Column("unit", "text", "Unit of amount; mg stands for every unit of mass.", cell_required=True),
    Column("amount", "number", "So much of the substance …", unit="unit", cell_required=True,
           minimum=_LEAST, maximum=LARGEST_DOSE),
    Column("equals", "number", "… equals so much of the drug.", unit="the drug's", cell_required=True,
           minimum=_LEAST, maximum=LARGEST_DOSE),
    Column("proportional", "yes/no", "Whether other amounts count in proportion.", column_required=False,
           allowed=_YES_NO),
    Column("bioavailability", "number", "Share of what it equals that reaches the blood whatever the dose; "
           "empty: the absorption of the drug.", column_required=False, minimum=_LEAST, maximum=1.0),
    Column("source", "text", "Where equivalence and bioavailability come from.", cell_required=True),
)  # fmt: skip

ACTIONS: tuple[Column, ...] = (
    Column("model", "text", "Models in which the drug acts so, joined by ';'.", cell_required=True),
    Column("drug", "text", "Drug of drugs.csv; forms of one substance are joined by ';'.",
           cell_required=True),
    Column("through", "text", "dose, or the slow state by which it acts.", column_required=False),
    Column("target", "text", "Point of action in the model.", cell_required=True),
    Column("sign", "text", "lowers or raises the target; feeds: drives a slow state.", cell_required=True,
           allowed=("lowers", "raises", "feeds")),
    Column("strength", "text", "Name of its parameter; empty: drug_target.", column_required=False),
    Column("prior_sd", "number", "SD of the prior of the strength, which is centred at no effect: log "
           "multiplier, or NRS points for relief.", column_required=False, minimum=_LEAST, maximum=10.0),
    Column("widening", "number", "Factor on prior_sd for evidence that is not human; empty: 1.",
           column_required=False, minimum=1.0, maximum=10.0),
    Column("species", "text", "Where the evidence is from; empty: none.", column_required=False),
    Column("part", "text", "Part of the model that the parameter is listed under.", column_required=False),
    Column("meaning", "text", "What the parameter means.", column_required=False),
    Column("source", "text", "Where the prior comes from, or 'expert: reason'.", column_required=False),
)  # fmt: skip

CONDITIONS: tuple[Column, ...] = (
    Column("condition", "text", "Word of the condition in studies.csv.", cell_required=True),
    Column("label", "text", "Name as it is shown.", cell_required=True),
    Column("synonyms", "text", "Other names, joined by ';'.", column_required=False),
    Column("chronic", "yes/no", "Whether a weekly mean of pain means something in it.", cell_required=True,
           allowed=_YES_NO),
    Column("episodic", "yes/no", "Whether pain comes in attacks or menses, in rows of linked instruments.",
           column_required=False, allowed=_YES_NO),
    Column("kind", "text", "Where most of the drive comes from.", column_required=False,
           allowed=("peripheral", "central", "mixed")),
    Column("central_share", "number", "Share of the drive without a peripheral source; needed where chronic "
           "or episodic.", column_required=False, minimum=0.0, maximum=1.0),
    Column("central_share_source", "text", "Where that share comes from, or 'expert: reason'.",
           column_required=False),
    Column("placebo_group", "text", "Group of placebo_groups.csv; needed where chronic or episodic.",
           column_required=False),
    Column("placebo_group_source", "text", "Why it belongs to that group.", column_required=False),
)  # fmt: skip

PLACEBO_GROUPS: tuple[Column, ...] = (
    Column("placebo_group", "text", "Word of the group.", cell_required=True),
    Column("label", "text", "Name as it is shown.", cell_required=True),
    Column("mean", "number", "Mean fall of pain on placebo by the end of a trial: mean of its prior.",
           unit="NRS points", cell_required=True, minimum=-10.0, maximum=10.0),
    Column("sd", "number", "SD of that prior.", unit="NRS points", cell_required=True, minimum=_LEAST,
           maximum=10.0),
    Column("source", "text", "Where the prior comes from, or 'expert: reason'.", cell_required=True),
)  # fmt: skip

INSTRUMENTS: tuple[Column, ...] = (
    Column("instrument", "text", "Word of the column scale in observations.csv.", cell_required=True),
    Column("label", "text", "Name as it is shown.", cell_required=True),
    Column("quantity", "text", "What it measures. pain: read as 0-10; linked_pain: its link with 0-10 is "
           "estimated; attack_pain, attack_count: the same of attacks or menses; standardised_pain: "
           "differences of pain in SDs between patients; none: nothing that a model computes.",
           cell_required=True,
           allowed=("pain", *LINKED, "standardised_pain", "magnesium", "percent", "none")),
    Column("low", "number", "Lower end of the scale; needed for pain and what is linked.",
           column_required=False, minimum=-LARGEST_NUMBER, maximum=LARGEST_NUMBER),
    Column("high", "number", "Upper end of the scale; needed for pain and what is linked.",
           column_required=False, minimum=-LARGEST_NUMBER, maximum=LARGEST_NUMBER),
    Column("higher_is", "text", "Direction; empty: worse.", column_required=False,
           allowed=("worse", "better")),
    Column("factor", "number", "mmol/L per unit of magnesium.", column_required=False, minimum=_LEAST,
           maximum=LARGEST_NUMBER),
    Column("source", "text", "Reference of the scale or of the conversion.", column_required=False),
    Column("link", "text", "Word of the link: instruments with one word share it; empty: a link of its own, "
           "with its name.", column_required=False),
    Column("link_shift", "number", "Mean of the prior of the shift of its link; empty: 0.", unit="log odds",
           column_required=False, minimum=-5.0, maximum=5.0),
    Column("link_shift_sd", "number", "SD of that prior; empty: 0.5.", unit="log odds", column_required=False,
           minimum=_LEAST, maximum=5.0),
    Column("link_slope_log_sd", "number", "SD of the logarithm of the slope of its link, whose median is 1; "
           "empty: 0.2.", column_required=False, minimum=_LEAST, maximum=2.0),
    Column("step", "number", "Least difference of two answers, in points of the scale: 1 of whole numbers; "
           "empty: any pain can be answered.", column_required=False, minimum=_LEAST,
           maximum=LARGEST_NUMBER),
)  # fmt: skip

OUTSIDE_CLASSES: tuple[Column, ...] = (
    Column("class", "text", "Word of the class in dosing.csv, column drug: treatments without a mechanism in "
           "the models.", cell_required=True),
    Column("label", "text", "Name as it is shown.", cell_required=True),
    Column("synonyms", "text", "Other names, joined by ';'.", column_required=False),
    Column("relief_sd", "number", "SD of the prior of its relief, which is centred at no effect.",
           unit="log odds of pain", cell_required=True, minimum=_LEAST, maximum=10.0),
    Column("days", "number", "Time constant with which the relief comes and goes: median of its prior.",
           unit="days", cell_required=True, minimum=0.1, maximum=1000.0),
    Column("days_log_sd", "number", "SD of the logarithm of that time constant.", cell_required=True,
           minimum=_LEAST, maximum=5.0),
    Column("lasts_days", "number", "Days for which it goes on acting after its phase has ended; empty: 0.",
           unit="days", column_required=False, minimum=0.0, maximum=3640.0),
    Column("source", "text", "Where these numbers come from, or 'expert: reason'.", cell_required=True),
)  # fmt: skip

PROCEDURES: tuple[Column, ...] = (
    Column("procedure", "text", "Word of the procedure in dosing.csv, column drug: an operation that takes "
           "the cause of pain away for good.", cell_required=True),
    Column("label", "text", "Name as it is shown.", cell_required=True),
    Column("synonyms", "text", "Other names, joined by ';'.", column_required=False),
    Column("conditions", "text", "Conditions whose cause it takes away, joined by ';'.", cell_required=True),
    Column("cause_stays_low", "number", "Share of people whose cause stays even so: lower end of the "
           "interval that has 95 % of its prior, which is normal on log odds.", cell_required=True,
           minimum=0.001, maximum=0.999),
    Column("cause_stays_high", "number", "Upper end of that interval.", cell_required=True, minimum=0.001,
           maximum=0.999),
    Column("source", "text", "Where these numbers come from, or 'expert: reason'.", cell_required=True),
)  # fmt: skip

CATALOGUE_TABLES: dict[str, tuple[Column, ...]] = {
    "drugs.csv": DRUGS,
    "substances.csv": SUBSTANCES,
    "actions.csv": ACTIONS,
    "conditions.csv": CONDITIONS,
    "placebo_groups.csv": PLACEBO_GROUPS,
    "instruments.csv": INSTRUMENTS,
    "outside_classes.csv": OUTSIDE_CLASSES,
    "procedures.csv": PROCEDURES,
}
"""Tables that a folder of trials may hold besides the three; their rows are added to the packaged ones."""

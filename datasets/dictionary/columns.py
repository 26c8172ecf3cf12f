"""The three tables as data: every column with its type, unit, bounds, words and meaning."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, final

from windup.datasets.dictionary.limits import LARGEST_DOSE, LARGEST_NUMBER, LONGEST_WEEKS, SMALLEST_DOSE
from windup.datasets.dictionary.vocabulary import (
    BIAS_DOMAINS,
    BIAS_LEVELS,
    BLINDINGS,
    DESIGNS,
    DOSE_ORIGINS,
    IMPUTATIONS,
    INTERVALS,
    OUTCOMES,
    ROLES,
    ROUTES,
    VERIFICATIONS,
)

type ColumnType = Literal["text", "number", "integer", "yes/no"]


@final
@dataclass(frozen=True)
class Column:
    """One column of a table.

    Parameters
    ----------
    name
        Header of the column.
    type
        ``text``, ``number``, ``integer`` or ``yes/no``.
    meaning
        What a cell says, in a sentence.
    unit
        Unit of a number, ``''`` where it has none or another column names it.
    column_required
        Whether the file must have the column at all.
    cell_required
        Whether every cell must be filled.
    allowed
        The words that may stand in a cell; ``()`` means free text.
    other_names
        Names that do not stand in cells, each with the allowed word that it means: for suggestions.
    minimum, maximum
        Closed bounds of a number; ``None`` means unbounded.
    """

    name: str
    type: ColumnType
    meaning: str
    unit: str = ""
    column_required: bool = True
    cell_required: bool = False
    allowed: tuple[str, ...] = ()
    other_names: tuple[tuple[str, str], ...] = ()
    minimum: float | None = None
    maximum: float | None = None


_YES_NO = ("no", "yes")
_BIAS_MEANINGS = (
    "randomisation",
    "deviations from the intended treatment",
    "missing outcomes",
    "measurement of the outcome",
    "selection of the reported result",
)


STUDIES: tuple[Column, ...] = (
    Column("study_id", "text", "Name of the study, unique in this table.", cell_required=True),
    Column("citation", "text", "Who published it, where.", column_required=False),
    Column("doi", "text", "Digital object identifier.", column_required=False),
    Column("pmid", "text", "PubMed identifier.", column_required=False),
    Column("year", "integer", "Year of publication.", column_required=False, minimum=1900, maximum=2100),
    Column("condition", "text", "What the participants have: a condition of conditions.csv.",
           cell_required=True),
    Column("design", "text", "How participants were allocated.", column_required=False, allowed=DESIGNS),
    Column("crossover", "yes/no", "Whether the same people received every arm; empty: yes for the design "
           "crossover_rct.", column_required=False, allowed=_YES_NO),
    Column("withdrawal", "yes/no", "Whether it is a randomised withdrawal: week 0 is randomisation, "
           "the drug began before; empty: no.", column_required=False, allowed=_YES_NO),
    Column("blinding", "text", "Blinding; na means not stated in what was read.", column_required=False,
           allowed=BLINDINGS),
    Column("duration_weeks", "number", "Length of follow-up.", unit="weeks", column_required=False,
           minimum=0.0, maximum=LONGEST_WEEKS),
    Column("imputation", "text", "How missing end values were filled, where stated.", column_required=False,
           allowed=IMPUTATIONS),
    Column("least_pain_at_entry", "number", "Least pain with which patients were admitted, where it "
           "is printed; 'more than 3' of whole numbers is 4. A fit with patients = population reads it.",
           unit="NRS points", column_required=False,
           minimum=0.0, maximum=10.0),
    *(
        Column(domain, "text", f"Risk of bias, domain {number} of RoB 2 ({meaning}); empty: windup "
               "derives it from other columns.", column_required=False, allowed=BIAS_LEVELS)
        for number, (domain, meaning) in enumerate(zip(BIAS_DOMAINS, _BIAS_MEANINGS, strict=True), 1)
    ),
    Column("background_therapy", "text", "Treatment continued in all arms.", column_required=False),
    Column("overlaps", "text", "study_id of a study with the same patients; never use both.",
           column_required=False),
    Column("source_url", "text", "Where the figures were read.", column_required=False),
    Column("verified_from", "text", "What was read.", column_required=False, allowed=VERIFICATIONS),
    Column("notes", "text", "Selection, contradictions, doubts.", column_required=False),
)  # fmt: skip


DOSING: tuple[Column, ...] = (
    Column("study_id", "text", "Study of the arm.", cell_required=True),
    Column("arm_id", "text", "Name of the arm, unique within its study.", cell_required=True),
    Column("n_randomised", "integer", "Participants randomised to the arm; used for rows without n.",
           unit="participants", column_required=False, minimum=1, maximum=LARGEST_NUMBER),
    Column("drug", "text", "What the model is given: a drug of drugs.csv, a class of outside_classes.csv, a "
           "procedure of procedures.csv, placebo, none, or other (a treatment outside the models); one row "
           "per arm, drug and phase.", cell_required=True),
    Column("treatment", "text", "Treatment class as collected.", column_required=False),
    Column("substance", "text", "Substance and form as published; empty: the drug.", column_required=False),
    Column("dose_per_administration", "number", "Dose of one administration, in dose_unit; where "
           "dose_unit ends in /day or /week it is the total of that time.", unit="dose_unit",
           column_required=False, minimum=0.0, maximum=LARGEST_DOSE),
    Column("dose_unit", "text", "Unit of the dose: one of a fixed list, or of drugs.csv or substances.csv.",
           column_required=False),
    Column("administrations_per_day", "number", "Administrations per day; empty for totals and for a "
           "single administration (start_week = end_week).", unit="1/day", column_required=False, minimum=0.0,
           maximum=24.0),
    Column("route", "text", "Route.", column_required=False, allowed=ROUTES),
    Column("start_week", "number", "Start of the phase, weeks from the start of the assigned treatment "
           "(negative: before randomisation).", unit="weeks", cell_required=True, minimum=-LONGEST_WEEKS,
           maximum=LONGEST_WEEKS),
    Column("end_week", "number", "End of the phase; equal to start_week for a single administration or "
           "an arm seen once.", unit="weeks", cell_required=True, minimum=-LONGEST_WEEKS,
           maximum=LONGEST_WEEKS),
    Column("dose_how", "text", "Where the dose comes from; midpoint: of a flexible range; target: of a "
           "titration. A fit estimates the dose, around the usual one, where this is 'not stated', or 'not "
           "convertible' (what is stated cannot be brought to the drug's unit); with the setting "
           "unknown_doses = reference it takes the reference dose.",
           column_required=False, allowed=DOSE_ORIGINS),
    Column("titration_notes", "text", "Titration as published, and every assumption made here.",
           column_required=False),
    Column("role", "text", "In rows flagged case_control: whether the people of the arm have the condition "
           "(case) or not (control); empty: case.", column_required=False, allowed=ROLES),
    Column("dose_low", "number", "Where the dose was adjusted to the patient: the lowest that was allowed, "
           "given and counted as dose_per_administration.", unit="dose_unit", column_required=False,
           minimum=SMALLEST_DOSE, maximum=LARGEST_DOSE),
    Column("dose_high", "number", "The highest that was allowed. A dose between two limits follows from what "
           "it did, and is no cause of it.", unit="dose_unit", column_required=False, minimum=SMALLEST_DOSE,
           maximum=LARGEST_DOSE),
    Column("share_treated", "number", "In rows of a procedure: share of the arm's patients who had it in the "
           "week start_week, or around it; empty: all.", column_required=False, minimum=0.001, maximum=1.0),
)  # fmt: skip


OBSERVATIONS: tuple[Column, ...] = (
    Column("row_id", "text", "Stable name of the row, unique in this table; empty: windup names it after its "
           "study, arm, week and outcome.", column_required=False),
    Column("study_id", "text", "Study of the row.", cell_required=True),
    Column("arm_id", "text", "Arm of the row.", cell_required=True),
    Column("time_weeks", "number", "Time from the start of the assigned treatment; middle of the window "
           "for a mean over a window.", unit="weeks", minimum=-LONGEST_WEEKS, maximum=LONGEST_WEEKS),
    Column("outcome", "text", "What was measured.", cell_required=True, allowed=OUTCOMES),
    Column("scale", "text", "Scale or unit of value, sd, se, low and high: an instrument of "
           "instruments.csv. In rows of share_at_least and share_above it is that of limit, and value is in "
           "per cent.",
           cell_required=True),
    Column("value", "number", "Arm mean, change (later minus baseline), contrast (arm minus reference "
           "arm) or share; median where the flag says so.", unit="scale", cell_required=True,
           minimum=-LARGEST_NUMBER, maximum=LARGEST_NUMBER),
    Column("sd", "number", "Standard deviation between patients; in a contrast of a crossover trial that of "
           "the paired differences.", unit="scale", column_required=False, maximum=LARGEST_NUMBER),
    Column("se", "number", "Standard error of value; it goes before sd and the interval.", unit="scale",
           column_required=False, maximum=LARGEST_NUMBER),
    Column("low", "number", "Lower limit of the interval.", unit="scale", column_required=False,
           minimum=-LARGEST_NUMBER, maximum=LARGEST_NUMBER),
    Column("high", "number", "Upper limit of the interval.", unit="scale", column_required=False,
           minimum=-LARGEST_NUMBER, maximum=LARGEST_NUMBER),
    Column("interval", "text", "What low and high are.", column_required=False, allowed=INTERVALS),
    Column("n", "integer", "Participants behind value; for a contrast both arms together, in a crossover "
           "trial the people who received both (half of n where n is more than an arm has).",
           unit="participants", column_required=False, minimum=1, maximum=LARGEST_NUMBER),
    Column("reference_arm", "text", "Arm that a contrast is taken against, empty otherwise.",
           column_required=False),
    Column("baseline_week", "number", "Time of the baseline that a change is counted from (empty: 0).",
           unit="weeks", column_required=False, minimum=-LONGEST_WEEKS, maximum=LONGEST_WEEKS),
    Column("used", "yes/no", "Whether the fit uses the row; empty: windup decides by the rules below.",
           column_required=False, allowed=_YES_NO),
    Column("reason", "text", "Why not, one of a fixed list or 'overlaps STUDY'; empty when used.",
           column_required=False),
    Column("flags", "text", "Words from a fixed list joined by ';'.", column_required=False),
    Column("source", "text", "The study behind the row: doi:…, pmid:… or an address; location says what "
           "was read.", column_required=False),
    Column("location", "text", "Table, figure or section of the source.", column_required=False),
    Column("how", "text", "Whether reported or computed, and how.", column_required=False),
    Column("limit", "number", "In rows of share_at_least and share_above, and empty otherwise: the pain at "
           "which people are parted, as printed. share_at_least counts people at the limit, share_above does "
           "not.",
           unit="scale", column_required=False, minimum=-LARGEST_NUMBER, maximum=LARGEST_NUMBER),
)  # fmt: skip


TABLES: dict[str, tuple[Column, ...]] = {
    "studies.csv": STUDIES,
    "dosing.csv": DOSING,
    "observations.csv": OBSERVATIONS,
}
"""The files of a folder of trials, in the order they are read."""

"""Published trials of chronic pain: tables, their rules, and a loader that reports every fault at once."""

from .aggregates.convert import aggregate_guesses, aggregates_to_trials
from .aggregates.map_text import aggregate_map
from .aggregates.reading.guess import AggregateGuesses, ColumnGuess
from .aggregates.tables import AggregateTrials
from .catalogue.catalogue import NO_DRUG, Catalogue
from .catalogue.columns import CATALOGUE_TABLES
from .catalogue.condition import Condition, PlaceboGroup, Procedure
from .catalogue.dictionary import dictionary_markdown
from .catalogue.dose_conversion import DoseConversion
from .catalogue.drug import Action, Drug, Substance
from .catalogue.instrument import Instrument
from .catalogue.load_catalogue import example_catalogue_files, packaged_catalogue
from .catalogue.outside_class import OutsideClass
from .decisions.blocks import (
    BLOCKS,
    CAUSE_REMOVED,
    DEFAULT_BLOCKS,
    EPISODES,
    INSTRUMENTS,
    OUTSIDE_DRUGS,
    STANDARDISED,
    WITHIN_HOURS,
    WITHOUT_COMPARATOR,
    Block,
)
from .decisions.hours import HOURS_KINDS, HOURS_KINETICS
from .dictionary.columns import TABLES, Column
from .dictionary.decisions import LOOSE_DESIGNS
from .dictionary.usage import (
    KINDS,
    LIMIT_KIND,
    LINKED_KINDS,
    MAGNESIUM_KINDS,
    SHARES,
    STANDARDISED_KIND,
    plain_kind,
)
from .dictionary.vocabulary import FLAGS, REASONS
from .files.data_faults import DataFaults, FaultGroup, fault_groups
from .files.errors import Fault, WindupError, nearest
from .files.plain_file import NotReadable, toml_tables
from .files.printable import printable
from .files.shape_errors import found_and_remedy, place_of, shape_errors
from .individuals.convert import patients_to_trials
from .individuals.example import example_patient_files
from .individuals.moments import PatientMoments
from .individuals.tables import PatientTrials
from .individuals.windows import VisitWindows
from .regimens.design_question import LEAST_PATIENTS, CandidateArm, DesignQuestion
from .regimens.faults import RegimenFault, RegimenFaults
from .regimens.read import load_regimens
from .regimens.read_design_questions import load_design_questions
from .regimens.read_trial_plans import load_trial_plans
from .regimens.regimen import Regimen, RegimenPhase
from .regimens.trial_plan import PlannedArm, PlannedTrial
from .tables.counts import block_counts, check_counts
from .tables.load import load_trials, packaged_trials, trials_in
from .tables.treatments import FEWEST_ROWS, rows_by_treatment, scarce_treatments
from .tables.trials import Trials

__all__ = [
    "BLOCKS",
    "CATALOGUE_TABLES",
    "CAUSE_REMOVED",
    "DEFAULT_BLOCKS",
    "EPISODES",
    "FEWEST_ROWS",
    "FLAGS",
    "HOURS_KINDS",
    "HOURS_KINETICS",
    "INSTRUMENTS",
    "KINDS",
    "LEAST_PATIENTS",
    "LIMIT_KIND",
    "LINKED_KINDS",
    "LOOSE_DESIGNS",
    "MAGNESIUM_KINDS",
    "NO_DRUG",
    "OUTSIDE_DRUGS",
    "REASONS",
    "SHARES",
    "STANDARDISED",
    "STANDARDISED_KIND",
    "TABLES",
    "WITHIN_HOURS",
    "WITHOUT_COMPARATOR",
    "Action",
    "AggregateGuesses",
    "AggregateTrials",
    "Block",
    "CandidateArm",
    "Catalogue",
    "Column",
    "ColumnGuess",
    "Condition",
    "DataFaults",
    "DesignQuestion",
    "DoseConversion",
    "Drug",
    "Fault",
    "FaultGroup",
    "Instrument",
    "NotReadable",
    "OutsideClass",
    "PatientMoments",
    "PatientTrials",
    "PlaceboGroup",
    "PlannedArm",
    "PlannedTrial",
    "Procedure",
    "Regimen",
    "RegimenFault",
    "RegimenFaults",
    "RegimenPhase",
    "Substance",
    "Trials",
    "VisitWindows",
    "WindupError",
    "aggregate_guesses",
    "aggregate_map",
    "aggregates_to_trials",
    "block_counts",
    "check_counts",
    "dictionary_markdown",
    "example_catalogue_files",
    "example_patient_files",
    "fault_groups",
    "found_and_remedy",
    "load_design_questions",
    "load_regimens",
    "load_trial_plans",
    "load_trials",
    "nearest",
    "packaged_catalogue",
    "packaged_trials",
    "patients_to_trials",
    "place_of",
    "plain_kind",
    "printable",
    "rows_by_treatment",
    "scarce_treatments",
    "shape_errors",
    "toml_tables",
    "trials_in",
]

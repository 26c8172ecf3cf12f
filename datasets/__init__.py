"""Published trials of chronic pain: tables, their rules, and a loader that reports every fault at once."""

from ._column import Column as Column
from ._columns import TABLES as TABLES
from ._counts import check_counts as check_counts
from ._dictionary import dictionary_markdown as dictionary_markdown
from ._errors import DataFaults as DataFaults
from ._errors import WindupError as WindupError
from ._errors import nearest as nearest
from ._exposure import CANONICAL_UNITS as CANONICAL_UNITS
from ._fault import Fault as Fault
from ._load import load_trials as load_trials
from ._load import packaged_trials as packaged_trials
from ._read_regimens import load_regimens as load_regimens
from ._read_trial_plans import load_trial_plans as load_trial_plans
from ._regimen import Regimen as Regimen
from ._regimen import RegimenPhase as RegimenPhase
from ._regimen_faults import RegimenFault as RegimenFault
from ._regimen_faults import RegimenFaults as RegimenFaults
from ._trial_plan import PlannedArm as PlannedArm
from ._trial_plan import PlannedTrial as PlannedTrial
from ._trials import Trials as Trials
from ._usage import KINDS as KINDS
from ._vocabulary import CHRONIC_CONDITIONS as CHRONIC_CONDITIONS
from ._vocabulary import CONDITIONS as CONDITIONS
from ._vocabulary import DRUGS as DRUGS
from ._vocabulary import FLAGS as FLAGS
from ._vocabulary import REASONS as REASONS

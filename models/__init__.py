"""What is believed to happen: the cascade, its rivals, parameters and integrators."""

from .cascade.actions import Actions
from .cascade.balance import balance
from .cascade.cascade import Cascade
from .cascade.enrolment import cascade_at_enrolment
from .cascade.gate import Gate, two_key_gate, unblocked_share
from .cascade.loop_gains import LOOPS, cascade_loop_gains, loop_gains
from .cascade.state import CascadeState
from .core.base import PainModel
from .core.parameter_page import parameter_page, prior_text
from .core.parameters import Parameter, free
from .core.pharmacology import Pharmacology, UsualAction, saturating
from .core.types import Doses, Drive, Enrolled, Values, lasting_drive, positive
from .core.with_priors import WithPriors
from .core.wrapped import Wrapped
from .drugs.dose_response import fibres_lost
from .drugs.leverage import REFERENCE_CENTRAL_SHARE, REFERENCE_PAIN, leverages_of
from .drugs.magnesium import MAGNESIUM_MG_PER_MMOL, supplement_absorbed
from .drugs.two_compartments import Exponentials, Given, following, level_at, scaled_by, two_compartments
from .formulas.errors import NoFormula
from .formulas.of_model import ModelFormulas, model_formulas
from .formulas.trace import Formula, formulas_of
from .integrator.exponential import integrate
from .integrator.mesh import (
    HALF_AN_HOUR,
    average_over_steps,
    illness_mesh,
    node_of,
    refined,
    trial_mesh,
    with_days,
)
from .integrator.schedule import Schedule
from .integrator.solve import Course, solve
from .integrator.truth import solve_adaptive
from .integrator.uncertain_doses import UncertainDoses, scaled_doses
from .rivals.burden import BurdenActions, BurdenState, burden_actions, burden_derivative
from .rivals.direct import PlaceboOnly, TimeCourse
from .rivals.rivals import BurdenModel, SingleLoop, Turnover

__all__ = [
    "HALF_AN_HOUR",
    "LOOPS",
    "MAGNESIUM_MG_PER_MMOL",
    "REFERENCE_CENTRAL_SHARE",
    "REFERENCE_PAIN",
    "Actions",
    "BurdenActions",
    "BurdenModel",
    "BurdenState",
    "Cascade",
    "CascadeState",
    "Course",
    "Doses",
    "Drive",
    "Enrolled",
    "Exponentials",
    "Formula",
    "Gate",
    "Given",
    "ModelFormulas",
    "NoFormula",
    "PainModel",
    "Parameter",
    "Pharmacology",
    "PlaceboOnly",
    "Schedule",
    "SingleLoop",
    "TimeCourse",
    "Turnover",
    "UncertainDoses",
    "UsualAction",
    "Values",
    "WithPriors",
    "Wrapped",
    "average_over_steps",
    "balance",
    "burden_actions",
    "burden_derivative",
    "cascade_at_enrolment",
    "cascade_loop_gains",
    "fibres_lost",
    "following",
    "formulas_of",
    "free",
    "illness_mesh",
    "integrate",
    "lasting_drive",
    "level_at",
    "leverages_of",
    "loop_gains",
    "model_formulas",
    "node_of",
    "parameter_page",
    "positive",
    "prior_text",
    "refined",
    "saturating",
    "scaled_by",
    "scaled_doses",
    "solve",
    "solve_adaptive",
    "supplement_absorbed",
    "trial_mesh",
    "two_compartments",
    "two_key_gate",
    "unblocked_share",
    "with_days",
]

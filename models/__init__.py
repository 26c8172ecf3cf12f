"""What is believed to happen: the cascade, its rivals, parameters and integrators."""

from ._actions import REFERENCE_DOSE as REFERENCE_DOSE
from ._actions import Actions as Actions
from ._base import PainModel as PainModel
from ._cascade import Cascade as Cascade
from ._cascade import CascadeState as CascadeState
from ._cascade import Gate as Gate
from ._dose_response import gabapentin_bioavailable as gabapentin_bioavailable
from ._exponential import integrate as integrate
from ._loop_gains import LOOPS as LOOPS
from ._loop_gains import loop_gains as loop_gains
from ._mesh import average_over_steps as average_over_steps
from ._mesh import illness_mesh as illness_mesh
from ._mesh import nearest_node as nearest_node
from ._mesh import refined as refined
from ._mesh import trial_mesh as trial_mesh
from ._parameters import Parameter as Parameter
from ._parameters import free as free
from ._solve import Course as Course
from ._solve import Schedule as Schedule
from ._solve import solve as solve
from ._truth import solve_adaptive as solve_adaptive
from ._types import Doses as Doses
from ._types import Drive as Drive
from ._types import Values as Values

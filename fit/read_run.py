"""Reading a finished run back: what predictions, claims, scores and planned trials begin with."""

from ._fitted_run import FittedRun as FittedRun
from ._fitted_run import read_run as read_run

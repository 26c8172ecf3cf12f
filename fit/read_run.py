"""Reading a finished run back: what predictions, claims, scores and planned trials begin with."""

from ._fitted_run import FittedRun, read_run

__all__ = ["FittedRun", "read_run"]

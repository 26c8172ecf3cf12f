"""Whether draws can be trusted: the checks that every fit ends with, for the draws of any model."""

from ._convergence import Convergence, convergence

__all__ = ["Convergence", "convergence"]

"""Formulas of SBML and of PEtab as functions in JAX, without running any text of a problem.

Imports no other room of `petab`; the others may import it.
"""

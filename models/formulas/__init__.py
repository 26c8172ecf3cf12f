"""Functions of scalars as named formulas in the infix of SBML, read off their JAX trace; and whole models.

Imports `core`. What writes a model for other programs may import it.
"""

"""Tables of trials as arrays: doses on a mesh of days, visits, rows, dispersions, conditions.

Imports nothing of `windup.fit` but its errors. `problem` and every room above it may import it.
"""

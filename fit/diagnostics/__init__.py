"""What draws show without a new fit: mixing, convergence, solver error, coverage, contraction, effects.

Imports the rooms of the ground floor. It knows no sampler and no problem; every room above it may import it.
"""

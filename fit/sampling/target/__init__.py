"""A numpyro model as a density in unconstrained coordinates, with its gradient.

The lowest part of `sampling`: kernels, chains and approximations import it.
"""

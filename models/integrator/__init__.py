"""The solver: meshes, schedules, the exponential integrator and its adjoint, and an adaptive solve.

Imports `core`; drugs and models may import it.
"""

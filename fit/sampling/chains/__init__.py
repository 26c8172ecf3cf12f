"""Chains from their start to their last draw: start, modes, warm-up, checkpoints.

Imports `kernels` and `target`; approximations and `sampling` itself import it.
"""

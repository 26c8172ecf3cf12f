"""Draws without a chain in equilibrium: Laplace, Pathfinder, variational, and tempering.

Imports `chains` and `target`; `sampling` itself imports it.
"""

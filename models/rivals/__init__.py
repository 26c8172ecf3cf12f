"""Simpler models of the same trials: turnover, a single loop, and no mechanism at all.

Imports `core`, `integrator` and `drugs`.
No other room imports it; the face passes on what users need.
"""

"""Draws from any numpyro model: `sample_model`, `check_solver`, and the engine that both share.

Imports `diagnostics`, `execution` and what lies below them; `problem` and every room above it may import it.
"""

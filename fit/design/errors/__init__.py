"""Errors that rows share, from who and what stands behind them; read by `windup.fit.design`, imports its arrays.

Nothing here depends on a parameter.
"""

"""Errors that rows share, from who and what stands behind them.

`windup.fit.design` reads them, and they import its arrays. Nothing here depends on a parameter.
"""

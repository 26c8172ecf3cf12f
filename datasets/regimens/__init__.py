"""Regimens and planned trials, read from TOML and checked.

Imports `files`, `dictionary` and `catalogue`.
No other room imports it; the face passes on what users need.
"""

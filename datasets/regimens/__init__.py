"""Regimens and planned trials, read from TOML and checked.

Imports `files` and `dictionary`.
No other room imports it; the face passes on what users need.
"""

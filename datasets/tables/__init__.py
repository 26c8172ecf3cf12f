"""The three tables of trials: read, checked, typed and loaded.

Imports `files` and `dictionary`.
No other room imports it; the face passes on what users need.
"""

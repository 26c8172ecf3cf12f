"""The three tables of trials: checked across rows, completed and loaded.

Imports `files`, `dictionary`, `reading` and `catalogue`.
No other room imports it; the face passes on what users need.
"""

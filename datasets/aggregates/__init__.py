"""Aggregate data of evidence syntheses: rows of arms and of contrasts become the three tables of trials.

Imports `files`, `dictionary`, `reading`, `catalogue` and `tables`, whose check every result passes.
No other room imports it; the face passes on what users need.
"""

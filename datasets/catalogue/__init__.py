"""Drugs, conditions and instruments: what the words of the tables stand for, as rows of tables.

Imports `files`, `dictionary` and `reading`.
`tables`, `regimens` and, through the face, models and fits import it.
"""

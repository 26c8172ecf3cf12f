"""From files to typed tables: which file holds a table, its columns, its numbers and its words.

Imports `files` and `dictionary`; `catalogue` and the rooms above it import it.
"""

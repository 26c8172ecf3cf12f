"""The words of the tables: columns, vocabulary, limits and what makes a row usable.

Imports no other room of `windup.datasets` but the faults of `files`; every room but `files` imports it.
"""

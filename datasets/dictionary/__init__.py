"""The words of the tables: columns, units, vocabulary, doses and what makes a row usable.

Imports no other room of `windup.datasets` but the faults of `files`; `tables` and `regimens` import it.
"""

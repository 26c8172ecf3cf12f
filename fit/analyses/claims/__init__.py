"""Claims about mechanisms and treatments: their probabilities before and after the trials, and a verdict.

Imports `prediction` and `catalogue`; report and command line import it.
"""

"""Treatments that are no dose of a drug: classes outside the models, and procedures that remove a cause.

Imports the models and nothing of `windup.fit`; `design` and every room above it may import it.
"""

"""Words that every model shares: shapes, parameters, and the abstract model.

Imports no other room of `windup.models`; every other may import it.
"""

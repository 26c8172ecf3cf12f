"""A plan of an analysis: how its file is read, what its limits can be about, and whether a run follows it.

The rest of the report and the command line import it.
"""

"""A finished fit as a folder: run, write and read it, its summary, its page and its figures.

Imports `problem` and what lies below, but not `posterior`; analyses, report and command line may import it.
"""

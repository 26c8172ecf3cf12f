"""The report of a run as one HTML file.

Imports every room below; only the command line imports it.
"""

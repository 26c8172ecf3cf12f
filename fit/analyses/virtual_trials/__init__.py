"""A planned trial with virtual patients: assurance, power and information gained.

Imports `prediction`; command line imports it.
"""

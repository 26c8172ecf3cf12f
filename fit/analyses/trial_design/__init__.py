"""The design of a trial that teaches most about a question within a budget.

Imports `prediction` and `virtual_trials`; command line imports it.
"""

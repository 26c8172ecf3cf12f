"""Which model predicts held-out studies better, by importance weights or by refits.

Imports `scoring`; report and command line import it.
"""

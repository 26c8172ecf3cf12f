"""How well a run predicts trials that it has not seen.

`comparison`, report and command line import it.
"""

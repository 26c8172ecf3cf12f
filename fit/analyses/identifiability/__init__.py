"""Which parameters the trials identify: Fisher information, contraction, profiles and trade-offs.

Report and command line import it.
"""

"""Which parameters and priors move the results: derivatives, Morris, Sobol', power-scaling and refits.

Report and command line import it.
"""

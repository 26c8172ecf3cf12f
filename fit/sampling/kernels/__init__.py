"""Compiled MCMC kernels, one file each, behind one interface.

Imports `target`; chains import it.
"""

"""Simulation-based calibration: whether fits of simulated trials find the truth.

Report and command line import it.
"""

"""What doses do: dose-response, magnesium kinetics, drugs of the user, and how far a strength moves pain.

Imports `core` and `integrator`; models may import it.
"""

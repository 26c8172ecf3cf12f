"""What a fit is asked for: settings and samplers, checked when made, read from a file or an option.

Imports nothing of `windup.fit` but its errors, and no JAX. Every room above it may import it.
"""

"""What trials measured, read from tables alone: differences of arms from a control or another treatment.

Imports nothing of `windup.fit`; `design` and every room above it may import it.
"""

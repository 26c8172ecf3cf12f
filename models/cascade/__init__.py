"""The cascade of central sensitisation: states, points of action, loops, and patients at enrolment.

Imports `core`, `integrator` and `drugs`.
No other room imports it; the face passes on what users need.
"""

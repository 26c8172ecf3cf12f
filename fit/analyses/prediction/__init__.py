"""Predicted effects and courses of regimens, also of those that no trial tested.

`claims` and `virtual_trials` import it.
"""

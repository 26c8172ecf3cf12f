"""Bytes and text of a user's file, and faults with their place.

Imports no other room of `windup.datasets`; every other may import it.
"""

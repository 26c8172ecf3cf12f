"""The command line `windup`.

Imports every room below; nothing imports it.
"""

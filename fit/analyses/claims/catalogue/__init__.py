"""The claims that are judged, one file for each kind.

`claims` imports it.
"""

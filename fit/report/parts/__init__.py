"""The parts of a report, one file each.

Imports `document`; `report` itself imports it.
"""

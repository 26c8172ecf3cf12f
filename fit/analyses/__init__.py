"""What a finished run is for, one room for each question; `pages` finds the page of any record.

Imports every room below. Its rooms import each other only as the floors in `tests/test_architecture.py` say.
"""

"""What tables leave open: names of rows, words that follow from others, and which rows a fit uses.

Imports `files`, `dictionary` and `catalogue`; `tables` imports it.
"""

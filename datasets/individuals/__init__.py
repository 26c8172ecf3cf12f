"""Individual data: entries of patients become arms with means, SDs and a covariance, and these become tables.

Imports `files`, `dictionary`, `reading` and `catalogue`.
No other room imports it; the face passes on what users need.
"""

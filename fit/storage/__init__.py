"""Files that are whole or absent: single files, run folders, archives, formats, groups of a tree of draws.

Imports nothing of `windup.fit` but its errors. Every room above it may import it.
"""

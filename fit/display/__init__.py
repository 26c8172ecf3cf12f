"""How results are shown: the blocks of a page, figures, numbers and text.

Imports no other room of `windup.fit` and no JAX. Every room above it may import it.
"""

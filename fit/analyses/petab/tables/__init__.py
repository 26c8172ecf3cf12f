"""Tables of both versions of PEtab, and the faults in them; free of JAX.

Imports no other room of `petab`; the others may import it.
"""

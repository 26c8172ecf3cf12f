"""What commands share: options, exit codes, terminal, and the list of faults.

Commands import it.
"""

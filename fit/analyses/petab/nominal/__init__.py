"""What is tried at the nominal values of a problem: which solver suits, and whether gradients are right.

Imports the problem and the solver of `petab`; what reads and samples problems may import it.
"""

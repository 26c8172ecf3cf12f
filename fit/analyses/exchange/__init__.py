"""Models and trials in the standards of systems biology: SBML for equations, PEtab for priors and rows.

Imports `problem`, `runs` and what lies below; the command line may import it.
"""

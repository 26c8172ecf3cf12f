"""Problems of PEtab (SBML and tables) read as numpyro models, evaluated and sampled.

Imports `sampling`, `runs`, `exchange` and what lies below; the command line may import it.
"""

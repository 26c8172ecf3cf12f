"""One fit: `fit_posterior`, generated quantities, the tree of draws, and tight solves of some of them.

Imports `problem` and what lies below; analyses and the command line may import it, `runs` does not.
"""

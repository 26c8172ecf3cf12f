"""The Bayesian problem: priors, patients at enrolment, likelihood and study effects of a model.

Imports `design` and the density of `sampling`; `posterior`, `runs` and every room above them may import it.
"""

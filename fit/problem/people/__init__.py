"""Who the patients of an arm are: one at its mean, or a population; `windup.fit.problem` and above import it.

Imports `design` and `models`; it knows no `windup.fit.problem.problem.Problem`.
"""

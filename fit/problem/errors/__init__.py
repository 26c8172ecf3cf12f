"""How published rows err: the two error models, which `windup.fit.problem` and all above it may import.

They know arrays of studies and no `windup.fit.problem.problem.Problem`.
"""

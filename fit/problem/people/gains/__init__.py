"""People whose loop gains differ: who stands where among them, and what is read off nodes of gain.

Modules: ``isolines`` is imported by `windup.fit.problem.people.standing`, ``normal_gains`` and ``averages``
by `windup.fit.problem.people.merging`.
"""

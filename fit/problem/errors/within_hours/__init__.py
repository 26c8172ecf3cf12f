"""Rows of minutes to hours: their arrays, parameters and density; `windup.fit.problem` imports it."""

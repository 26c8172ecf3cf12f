"""Commands for trials that are still to be done: `windup simulate` and `windup design`.

Imports `console` and analyses; the list of commands imports it.
"""

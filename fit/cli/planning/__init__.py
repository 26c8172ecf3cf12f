"""Commands for what is still to be done: `windup simulate` and `windup design` for trials, `windup plan`.

Imports `console` and analyses; the list of commands imports it.
"""

"""The commands `windup import …`: one file for each kind of data that becomes tables of trials.

Imports `console` and every room below; `cli.app` imports it.
"""

"""One file for each command: its options, its help, and the one function that it calls.

Imports `console` and every room below; `cli.app` imports it.
"""

"""Commands that exchange models with other programs, one file for each.

Imports `console` and every room below; `cli.app` imports it.
"""

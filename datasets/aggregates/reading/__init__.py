"""From a file of aggregate data and its map to results of arms and contrasts, whatever the layout.

Imports `files`, `dictionary`, `reading` and `catalogue` of `windup.datasets`; the room above imports it.
"""

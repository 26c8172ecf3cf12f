"""Levels of the central intervals whose coverage is counted; free of imports, so that pages need none."""

from typing import Final

LEVELS: Final = (50, 80, 95)
"""Percent."""
